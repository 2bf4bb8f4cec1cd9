"""Whom a warned-of day (cold, heat, typhoon, prices) asks to look in on, by plain conditions on one matrix.

Nothing is learned here and nothing is added up: a household has reasons, each with a severity, and the order
follows from how many of which severity. Only the columns an event names are read.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features.matrix_contract import AREA, MatrixRefused, require_purpose
from features.registry import Feature, FeatureGroup
from models.reasons import format_value

Severity = Literal["urgent", "serious", "watch"]
Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]
SEVERITIES: tuple[Severity, ...] = ("urgent", "serious", "watch")


class EventError(ValueError):
    """An event asks for something the declarations do not have or do not allow."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Condition(_Part):
    """One comparison with a feature; undecided where its value is unknown."""

    feature: str
    at_least: float | None = None
    at_most: float | None = None
    equals: bool | str | None = None

    @model_validator(mode="after")
    def _compares_something(self) -> Self:
        if (self.at_least, self.at_most, self.equals) == (None, None, None):
            raise ValueError(f"condition on {self.feature}: give at_least, at_most or equals")
        return self

    def decided(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return true, false or null (undecided) per row."""
        answers = []
        if self.at_least is not None:
            answers.append(pc.greater_equal(column, self.at_least))
        if self.at_most is not None:
            answers.append(pc.less_equal(column, self.at_most))
        if self.equals is not None:
            answers.append(pc.equal(column, self.equals))
        return _all(answers)


class EventReason(_Part):
    """One reason to look in. ``unknown`` is what to say where it is undecided; None says nothing.

    ``covers`` are weaker reasons that say the same once more: they do not count where this one holds.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    severity: Severity
    text: str
    unknown: str | None = None
    covers: tuple[str, ...] = ()
    all: tuple[Condition, ...] = Field(min_length=1)

    def decided(self, rows: pa.Table) -> pa.ChunkedArray:
        """Return true, false or null per row: false as soon as one condition is, however unknown others."""
        return _all([condition.decided(rows.column(condition.feature)) for condition in self.all])


class Event(_Part):
    """One kind of day. ``meant_for`` are the roles whose capacity bounds the list of a grid."""

    title: str
    for_whom: str
    meant_for: tuple[str, ...] = Field(min_length=1)
    source: str
    watch_reasons_needed: int = Field(ge=1)
    reasons: tuple[EventReason, ...] = Field(min_length=1)
    ask: tuple[str, ...]

    @cached_property
    def sha256(self) -> str:
        """Hash of the event as it is meant, whatever the file's layout."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def features(self) -> tuple[str, ...]:
        """Features it names, each once."""
        named = [condition.feature for reason in self.reasons for condition in reason.all]
        return tuple(dict.fromkeys(named))


@dataclass(frozen=True)
class Judged:
    """The households of some grids under one event.

    ``rows``: listed ones with ``household_id, grid_id``, a count per severity, per reason ``holds_<id>``,
    ``unsure_<id>``, and the columns its sentences need. ``considered`` and ``undecided`` are households by
    grid; of the undecided, more than half of the urgent and serious reasons cannot be decided, and no reason
    lists them.
    """

    rows: pd.DataFrame
    considered: Mapping[str, int]
    undecided: Mapping[str, int]


def load_events(groups: Sequence[FeatureGroup], path: Path | None = None) -> dict[str, Event]:
    """Read the events; ``path`` None means those shipped with the declarations.

    Raises:
        EventError: the file is not as described, or an event names a feature that is not declared, is not
            declared to find need, or has no words for a visitor (a diagnosis, for instance).
    """
    source = path or Path(str(files("features") / "parameters" / "events.yaml"))
    try:
        written = yaml.safe_load(source.read_text(encoding="utf-8"))
        events = {str(name): Event.model_validate(one) for name, one in written.items()}
    except (OSError, AttributeError, yaml.YAMLError, ValidationError) as error:
        raise EventError(f"{source.name}: {error}") from error
    for name, event in events.items():
        _check(f"{source.name}, event {name}", event, groups)
    return events


def _check(where: str, event: Event, groups: Sequence[FeatureGroup]) -> None:
    try:
        require_purpose(event.features, groups=groups, use=where)
    except MatrixRefused as error:
        raise EventError(str(error)) from error
    declared = _declared(groups)
    ids = [reason.id for reason in event.reasons]
    if len(set(ids)) < len(ids):
        raise EventError(f"{where}: two reasons have the same id: {sorted(ids)}")
    for reason in event.reasons:
        strange = sorted(set(reason.covers) - set(ids))
        if strange:
            raise EventError(f"{where}, reason {reason.id}: covers {strange}, which are no reasons")
        for condition in reason.all:
            group, feature = declared[condition.feature]
            at = f"{where}, reason {reason.id}: feature {feature.name}"
            if feature.phrase is None:
                raise EventError(
                    f"{at} has no words for a visitor (group {group.name}): what may not be said at a"
                    " door may not bring anybody there"
                )
            _check_type(at, condition, feature)


def _check_type(at: str, condition: Condition, feature: Feature) -> None:
    is_number = feature.dtype in ("number", "integer")
    kind: type = {"boolean": bool, "category": str}.get(feature.dtype, float)
    fits = condition.equals is None if is_number else isinstance(condition.equals, kind)
    if not fits or (not is_number and (condition.at_least, condition.at_most) != (None, None)):
        how = "at_least or at_most" if is_number else f"equals with a {kind.__name__}"
        raise EventError(f"{at} is a {feature.dtype}: compare it by {how}")


def judge(
    matrix: Path, event: Event, groups: Sequence[FeatureGroup], *, grids: Collection[str] | None
) -> Judged:
    """Return the households of ``grids`` (all grids, if None) that ``event`` lists, in no order yet."""
    rows = _read(matrix, event, groups, grids).combine_chunks()
    decided = {reason.id: reason.decided(rows) for reason in event.reasons}
    holds = {
        name: pc.fill_null(answer, False).to_numpy(zero_copy_only=False)
        for name, answer in decided.items()
    }
    for reason in event.reasons:
        for weaker in reason.covers:
            holds[weaker] = holds[weaker] & ~holds[reason.id]
    counts = {
        severity: _count(
            holds, [one.id for one in event.reasons if one.severity == severity], len(rows)
        )
        for severity in SEVERITIES
    }
    listed = (
        (counts["urgent"] + counts["serious"] > 0)
        | (counts["watch"] >= event.watch_reasons_needed)
    )  # fmt: skip
    pressing = [one.id for one in event.reasons if one.severity != "watch"]
    unsure = {name: pc.is_null(decided[name]).to_numpy(zero_copy_only=False) for name in decided}
    open_ones = (_count(unsure, pressing, len(rows)) > len(pressing) / 2) & ~listed
    areas = pd.Series(rows.column(AREA).to_pandas(), dtype="object")
    chosen = rows.filter(pa.array(listed)).to_pandas()
    chosen = chosen.rename(columns={AREA: "grid_id"})
    for name, held in holds.items():
        chosen[f"holds_{name}"] = held[listed]
        chosen[f"unsure_{name}"] = unsure[name][listed]
    for severity in SEVERITIES:
        chosen[severity] = counts[severity][listed]
    return Judged(
        rows=chosen,
        considered={str(grid): int(n) for grid, n in areas.value_counts().items()},
        undecided={str(grid): int(n) for grid, n in areas[open_ones].value_counts().items()},
    )


def ordered(rows: pd.DataFrame) -> pd.DataFrame:
    """Return ``rows`` in list order: by grid, then more of what is graver, then by address.

    ``rows`` has ``grid_id``, ``household_id``, ``address_id`` and a count per severity.
    """
    return rows.sort_values(
        ["grid_id", *SEVERITIES, "address_id", "household_id"],
        ascending=[True, *[False] * len(SEVERITIES), True, True],
        na_position="last",
        kind="stable",
    ).reset_index(drop=True)


@dataclass(frozen=True)
class Said:
    """One sentence about a household; ``on`` is the day it is dated by, None without evidence."""

    reason_id: str
    severity: Severity
    text: str
    on: date | None


def sentences(
    row: Mapping[str, object], event: Event, features: Mapping[str, Feature]
) -> tuple[Said, ...]:
    """Return the reasons of one listed household, the gravest first; ``features`` are all, by name."""
    said = []
    for reason in event.reasons:
        if not row[f"holds_{reason.id}"]:
            continue
        feature = features[reason.all[0].feature]
        value = format_value(row[feature.name], unit=feature.unit)
        said.append(
            Said(
                reason_id=reason.id,
                severity=reason.severity,
                text=reason.text.replace("{value}", value or ""),
                on=_day(row[feature.dated_by]) if feature.dated_by else None,
            )
        )
    return tuple(sorted(said, key=lambda one: SEVERITIES.index(one.severity)))


def _day(value: object) -> date | None:
    if value is pd.NaT:
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value if isinstance(value, date) else None


def unknowns(row: Mapping[str, object], event: Event) -> tuple[str, ...]:
    """Return what nobody can tell about one listed household, in the words of the event."""
    told = [
        reason.unknown
        for reason in event.reasons
        if reason.unknown is not None and row[f"unsure_{reason.id}"]
    ]
    return tuple(dict.fromkeys(told))


def _read(
    matrix: Path, event: Event, groups: Sequence[FeatureGroup], grids: Collection[str] | None
) -> pa.Table:
    declared = _declared(groups)
    evidence = [declared[name][1].dated_by for name in event.features]
    wanted = ["household_id", AREA, *event.features, *filter(None, dict.fromkeys(evidence))]
    present = pq.read_schema(matrix).names
    for name in wanted:
        if name not in present:
            owner = next((group.name for group in groups if name in group.columns), None)
            of = f" of group {owner}" if owner else ""
            raise EventError(
                f"matrix {matrix.name} lacks column {name}{of}: it was built by other declarations;"
                " the next night builds one that has it"
            )
    given = None if grids is None else [(AREA, "in", sorted(grids))]
    return pq.read_table(matrix, columns=wanted, filters=given)


def _declared(groups: Sequence[FeatureGroup]) -> dict[str, tuple[FeatureGroup, Feature]]:
    return {feature.name: (group, feature) for group in groups for feature in group.features}


def _all(answers: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    together = answers[0]
    for answer in answers[1:]:
        together = pc.and_kleene(together, answer)
    return together


def _count(flags: Mapping[str, Flags], names: Sequence[str], rows: int) -> Counts:
    """Return per row how many of the flags called ``names`` are up."""
    total = np.zeros(rows, dtype=np.int64)
    for name in names:
        total += flags[name]
    return total
