"""What a delivery looks like as a whole: the little that later deliveries are compared with.

A profile follows from the file and its contract (groups also from the feeds their path leads through). It
holds counts and medians, never a cell, and is stored with the judgement, so that judging reads no history.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.contract import Contract
from data_contracts.set_rules import MostlyKnown, Step, UsualCodes, UsualGroups, UsualUnit
from data_contracts.sketches import NumberSketch, sketch_codes, sketch_numbers, sketch_pairs


@dataclass(frozen=True)
class Profile:
    """One delivery in counts.

    ``nulls`` by column; ``numbers`` by numeric column; ``codes`` rows by code, by column with known codes.
    ``units`` (sketches of the narrowed rows), ``pairs`` (rows by code and companion cell), ``groups`` (rows by
    group) and ``unknown`` (unknown values, all values) are by check id.
    """

    rows: int
    nulls: Mapping[str, int]
    numbers: Mapping[str, NumberSketch] = field(default_factory=dict)
    codes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    units: Mapping[str, NumberSketch] = field(default_factory=dict)
    pairs: Mapping[str, Mapping[str, Mapping[str, int]]] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    unknown: Mapping[str, tuple[int, int]] = field(default_factory=dict)


class OtherFeeds(Protocol):
    """What set checks ask other feeds; :class:`data_contracts.lookups.Lookups` answers from the lake."""

    def groups(self, counted: pa.Table, path: tuple[Step, ...]) -> Mapping[str, int] | None:
        """Return rows by group at the end of a path; None when a feed of it has not delivered.

        ``counted`` has ``key`` and ``rows``, each key once.
        """

    def unknown(self, values: pa.ChunkedArray, *, feed: str, column: str) -> int | None:
        """Return how many values the feed does not know; None when it has not delivered."""


def profile_of(rows: pa.Table, contract: Contract, others: OtherFeeds) -> Profile:
    """Return the profile of a delivery.

    Args:
        rows: the delivery, typed by the contract; a cell that could not be read is null.
        contract: the contract of the feed.
        others: other feeds as loaded so far.
    """
    numbers, codes = {}, {}
    for column in contract.columns:
        if column.is_numeric:
            numbers[column.name] = sketch_numbers(rows[column.name])
        elif column.is_coded:
            codes[column.name] = sketch_codes(_as_text(rows[column.name]), column.codes)
    units, pairs, groups, unknown = {}, {}, {}, {}
    counted: dict[str, pa.Table] = {}
    for check in contract.checks:
        match check.rule:
            case UsualUnit(column=name, where=where):
                chosen = rows if where is None else rows.filter(pc.equal(rows[where[0]], where[1]))
                units[check.check_id] = (
                    numbers[name] if where is None else sketch_numbers(chosen[name])
                )
            case UsualCodes(column=name, companion=companion):
                beside = None if companion is None else rows[companion]
                known = contract.column(name).codes
                pairs[check.check_id] = sketch_pairs(_as_text(rows[name]), known, beside)
            case UsualGroups(column=name, path=path):
                if name not in counted:
                    counted[name] = _counted(rows[name])
                found = others.groups(counted[name], path) if path else _by_key(counted[name])
                if found is not None:
                    groups[check.check_id] = found
            case MostlyKnown(column=name, feed=feed, feed_column=feed_column):
                count = others.unknown(rows[name], feed=feed, column=feed_column)
                if count is not None:
                    told = rows.num_rows - rows[name].null_count
                    unknown[check.check_id] = (count, told)
            case _:
                pass
    return Profile(
        rows=rows.num_rows,
        nulls={name: rows[name].null_count for name in rows.column_names},
        numbers=numbers,
        codes=codes,
        units=units,
        pairs=pairs,
        groups=groups,
        unknown=unknown,
    )


def _as_text(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    return cells if pa.types.is_string(cells.type) else cells.cast(pa.string())


def _counted(cells: pa.ChunkedArray) -> pa.Table:
    """Return each value that comes, as text, with its number of rows."""
    counts = pc.value_counts(pc.drop_null(_as_text(cells)))
    return pa.table({"key": counts.field("values"), "rows": counts.field("counts")})


def _by_key(counted: pa.Table) -> dict[str, int]:
    return dict(zip(counted["key"].to_pylist(), counted["rows"].to_pylist(), strict=True))
