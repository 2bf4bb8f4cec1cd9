"""Facts of a block of entities, reduced to windowed aggregates for many dates, each touched once.

Dates and windows cut time into few pieces: two facts that are seen by the same dates through the same windows
are of one *class*. A fact is added to one cell (class, entity); what a date sees through a window is then a sum
over classes, and for all dates together one matrix product. Sums are of whole parts below 2**53, hence exact.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.windows import Windowed, value_of

CODE = "entity_code"
"""Whole numbers from 0 that stand for the entities."""
EPOCH = date(1970, 1, 1)

_MICROSECONDS_PER_DAY = 86_400_000_000
_NOTHING = {"highest": -np.inf, "lowest": np.inf}

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """What is asked of each fact: the columns to read, and which of them each aggregate reduces."""

    wanted: Mapping[str, Windowed]
    columns: Mapping[str, ir.Value]
    column_of: Mapping[str, str]
    types: Mapping[str, dt.DataType]

    @cached_property
    def windows(self) -> list[int | None]:
        """Every window asked for, in days; None for all history."""
        return sorted({one.days for one in self.wanted.values()}, key=lambda days: days or 10**9)


def plan_of(facts: ir.Table, wanted: Mapping[str, Windowed]) -> Plan:
    """Return which columns of ``facts`` the aggregates need; the same value is read once."""
    columns: dict[str, ir.Value] = {}
    column_of: dict[str, str] = {}
    types: dict[str, dt.DataType] = {}
    known: dict[object, str] = {}
    for name, asked in wanted.items():
        value = value_of(facts, name, asked)
        if value.op() not in known:
            known[value.op()] = f"value_{len(known)}"
            columns[known[value.op()]] = _as_number(value)
        column_of[name] = known[value.op()]
        types[name] = value.type()
    return Plan(wanted, columns, column_of, types)


def _as_number(value: ir.Value) -> ir.Value:
    if isinstance(value, ir.DateValue):
        return value.delta(ibis.date(EPOCH.isoformat()), unit="day")
    return value


def reduce_block(
    facts: pa.Table, asked: Plan, *, days: Sequence[date], codes: range
) -> Iterator[tuple[date, pa.Table]]:
    """Yield, per date, the aggregates of the entities ``codes`` that have a fact in any window.

    Args:
        facts: what :func:`features.one_pass.read_columns` selects, of these entities only.
        asked: the plan it was selected by.
        days: the dates, ascending.
        codes: the entities, without gaps.

    Yields:
        The date and a table of ``entity_code`` and the aggregates, totals in parts (see
        :mod:`features.windows`); null where no fact told a value.
    """
    entity = facts[CODE].to_numpy() - codes.start
    seen = _Seen(facts, asked.windows, days)
    cells = _Cells(seen.classes, entity, len(codes), seen.count)
    present = seen.through(asked.windows[-1]) @ cells.added(np.ones(len(entity))) > 0
    columns = {
        column: _Column(cells, _numbers(facts[column]), hows)
        for column, hows in _hows(asked).items()
    }
    found = {
        name: columns[asked.column_of[name]].aggregate(one.how, seen.through(one.days))
        for name, one in asked.wanted.items()
    }
    for number, day in enumerate(days):
        here = np.flatnonzero(present[number])
        table = {CODE: pa.array(here + codes.start, pa.int64())}
        for name, one in asked.wanted.items():
            table[name] = _typed(found[name][number][here], one.how, asked.types[name])
        yield day, pa.table(table)


def _hows(asked: Plan) -> dict[str, set[str]]:
    hows: dict[str, set[str]] = {}
    for name, one in asked.wanted.items():
        hows.setdefault(asked.column_of[name], set()).add(one.how)
    return hows


class _Seen:
    """Which dates see which class of facts through which window."""

    def __init__(
        self, facts: pa.Table, windows: Sequence[int | None], days: Sequence[date]
    ) -> None:
        dates = np.array([(day - EPOCH).days for day in days], dtype=np.int64)
        midnights = dates * _MICROSECONDS_PER_DAY
        happened = facts["happened"].to_numpy().astype(np.int64)
        from_ = facts["known_from"].cast(pa.int64()).to_numpy()
        first = np.maximum(
            np.searchsorted(dates, happened, side="right"),
            np.searchsorted(midnights, from_, side="right"),
        )
        until = facts["known_until"].cast(pa.int64())
        replaced = until.fill_null(np.iinfo(np.int64).max).to_numpy()
        last = np.searchsorted(midnights, replaced, side="right")
        bounds = [first]
        for days_back in windows:
            if days_back is None:
                bounds.append(last)
                continue
            leaves = np.searchsorted(dates, happened + days_back, side="right")
            bounds.append(np.minimum(last, leaves))
        packed = np.zeros(len(happened), dtype=np.int64)
        for bound in bounds:
            packed = packed * (len(days) + 1) + bound
        found, self.classes = np.unique(packed, return_inverse=True)
        self.count = len(found)
        unpacked = []
        for _bound in bounds:
            found, rest = np.divmod(found, len(days) + 1)
            unpacked.append(rest)
        self._stops = dict(zip(windows, reversed(unpacked[:-1]), strict=True))
        self._first = unpacked[-1]
        self._numbers = np.arange(len(days))

    def through(self, window: int | None) -> Floats:
        """Return, dates by classes, 1 where the date sees the class through the window, else 0."""
        number = self._numbers[:, None]
        return ((self._first <= number) & (number < self._stops[window])).astype(np.float64)


class _Cells:
    """Reductions of facts into one cell per class and entity."""

    def __init__(self, classes: Whole, entity: Whole, entities: int, count: int) -> None:
        self._flat = classes * entities + entity
        self._shape = (count, entities)

    def added(self, values: Floats) -> Floats:
        size = self._shape[0] * self._shape[1]
        sums: Floats = np.bincount(self._flat, weights=values, minlength=size).astype(np.float64)
        return sums.reshape(self._shape)

    def extreme(self, values: Floats, how: str) -> Floats:
        cells = np.full(self._shape[0] * self._shape[1], _NOTHING[how])
        (np.maximum if how == "highest" else np.minimum).at(cells, self._flat, values)
        return cells.reshape(self._shape)


class _Column:
    """One value of the facts, reduced to cells in every way it is asked for."""

    def __init__(self, cells: _Cells, values: Floats, hows: set[str]) -> None:
        told = ~np.isnan(values)
        self._told = cells.added(told.astype(np.float64))
        self._sums = cells.added(np.where(told, values, 0.0)) if "total" in hows else None
        self._extremes = {
            how: cells.extreme(np.where(told, values, _NOTHING[how]), how)
            for how in sorted(hows & set(_NOTHING))
        }

    def aggregate(self, how: str, seen: Floats) -> Floats:
        """Return, dates by entities, the value over the classes seen; NaN where nothing was told."""
        if how == "count":
            counted: Floats = seen @ self._told
            return counted
        if self._sums is not None and how == "total":
            sums: Floats = np.where(seen @ self._told > 0, seen @ self._sums, np.nan)
            return sums
        found: Floats = np.empty((len(seen), self._told.shape[1]))
        extreme = np.maximum if how == "highest" else np.minimum
        cells, nothing = self._extremes[how], _NOTHING[how]
        for number, classes in enumerate(seen > 0):
            extreme.reduce(cells[classes], axis=0, initial=nothing, out=found[number])
        found[np.isinf(found)] = np.nan
        return found


def _numbers(column: pa.ChunkedArray) -> Floats:
    numbers: Floats = column.cast(pa.float64()).to_numpy()
    return numbers


def _typed(values: Floats, how: str, type_: dt.DataType) -> pa.Array:
    if how == "count":
        return pa.array(values.astype(np.int64))
    known = pa.array(values, from_pandas=True)
    if type_.is_date():
        return known.cast(pa.int32()).cast(pa.date32())
    return known.cast(pa.int64()) if how == "total" or type_.is_integer() else known
