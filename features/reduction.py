"""Facts of a block of entities, reduced to windowed aggregates for many dates, each touched once.

Dates and windows cut time into few pieces: two facts that are seen by the same dates through the same windows
are of one *class*. A fact is added to one cell (class, entity); what a date sees through a window is then a sum
over classes, and for all dates together one matrix product. Sums are of whole parts below 2**53, hence exact.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.windows import How, Windowed, value_of

CODE = "entity_code"
"""Whole numbers from 0 that stand for the entities."""
EPOCH = date(1970, 1, 1)
Extreme = Literal["highest", "lowest"]

_MICROSECONDS_PER_DAY = 86_400_000_000
_TABLE_BELOW = 4_000_000
NEVER = 10**9
"""Days no window has: sorts all history behind every window."""

EXTREMES: tuple[Extreme, ...] = ("highest", "lowest")
_NOTHING: Mapping[Extreme, float] = {"highest": -np.inf, "lowest": np.inf}
_PICKS: Mapping[Extreme, np.ufunc] = {"highest": np.maximum, "lowest": np.minimum}

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
        return sorted({one.days for one in self.wanted.values()}, key=lambda days: days or NEVER)


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
    present = seen.facts_through(asked.windows[-1], cells) > 0
    found: dict[str, Floats] = {}
    for column, names in _names_by_column(asked).items():
        values = _Column(cells, seen, _numbers(facts[column]))
        wanted = {name: (asked.wanted[name].how, asked.wanted[name].days) for name in names}
        found |= values.aggregates(wanted)
    for number, day in enumerate(days):
        here = np.flatnonzero(present[number])
        table = {CODE: pa.array(here + codes.start, pa.int64())}
        for name, one in asked.wanted.items():
            table[name] = _typed(found[name][number][here], one.how, asked.types[name])
        yield day, pa.table(table)


def _names_by_column(asked: Plan) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for name in asked.wanted:
        names.setdefault(asked.column_of[name], []).append(name)
    return names


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
        found, self.classes = _numbered(packed, below=(len(days) + 1) ** len(bounds))
        self.count, self.dates = len(found), len(days)
        unpacked = []
        for _bound in bounds:
            found, rest = np.divmod(found, len(days) + 1)
            unpacked.append(rest)
        self._stops = dict(zip(windows, reversed(unpacked[:-1]), strict=True))
        self._first = unpacked[-1]
        self._facts: dict[int | None, Floats] = {}
        self._numbers = np.arange(len(days))

    def through(self, window: int | None) -> Floats:
        """Return, dates by classes, 1 where the date sees the class through the window, else 0."""
        number = self._numbers[:, None]
        return ((self._first <= number) & (number < self._stops[window])).astype(np.float64)

    def facts_through(self, window: int | None, cells: "_Cells") -> Floats:
        """Return, dates by entities, how many facts the date sees; most columns ask for the same."""
        if window not in self._facts:
            self._facts[window] = self.through(window) @ cells.facts
        return self._facts[window]


def _numbered(packed: Whole, *, below: int) -> tuple[Whole, Whole]:
    """Return the distinct values, ascending, and the place of each value among them."""
    if below > _TABLE_BELOW:
        found, places = np.unique(packed, return_inverse=True)
        return found, places
    # Sorting millions of values costs more than marking them in a table.
    marked = np.zeros(below, dtype=bool)
    marked[packed] = True
    place = np.cumsum(marked) - 1
    return np.flatnonzero(marked), place[packed]


class _Cells:
    """Reductions of facts into one cell per class and entity."""

    def __init__(self, classes: Whole, entity: Whole, entities: int, count: int) -> None:
        self._flat = classes * entities + entity
        self._size = entities * count
        self.shape = (count, entities)
        counted = np.bincount(self._flat, minlength=self._size).reshape(self.shape)
        self.facts: Floats = counted.astype(np.float64)

    def added(self, values: Floats) -> Floats:
        sums = np.bincount(self._flat, weights=values, minlength=self._size)
        return sums.astype(np.float64, copy=False).reshape(self.shape)

    def extreme(self, values: Floats, how: Extreme) -> Floats:
        cells = np.full(self._size, _NOTHING[how])
        _PICKS[how].at(cells, self._flat, values)
        return cells.reshape(self.shape)


class _Column:
    """One value of the facts, reduced to cells and seen through windows."""

    def __init__(self, cells: _Cells, seen: _Seen, values: Floats) -> None:
        self._cells, self._seen, self._values = cells, seen, values
        told = ~np.isnan(values)
        self._all_told = bool(told.all())
        self._is_told = told
        self._told = cells.facts if self._all_told else cells.added(told.astype(np.float64))

    def aggregates(self, wanted: Mapping[str, tuple[How, int | None]]) -> dict[str, Floats]:
        """Return, dates by entities, each value asked for; NaN where nothing was told."""
        found: dict[str, Floats] = {}
        counts = self._counts({days for _, days in wanted.values()})
        sums = None
        for name, (how, days) in wanted.items():
            if how == "count":
                found[name] = counts[days]
            elif how == "total":
                sums = self._cells.added(self._filled(0.0)) if sums is None else sums
                added = self._seen.through(days) @ sums
                added[counts[days] == 0] = np.nan
                found[name] = added
        for how in EXTREMES:
            names = {name: days for name, (one, days) in wanted.items() if one == how}
            if names:
                found |= self._extremes(how, names)
        return found

    def _counts(self, windows: set[int | None]) -> dict[int | None, Floats]:
        if self._all_told:
            return {days: self._seen.facts_through(days, self._cells) for days in windows}
        return {days: self._seen.through(days) @ self._told for days in windows}

    def _extremes(self, how: Extreme, names: Mapping[str, int | None]) -> dict[str, Floats]:
        """Return the extremes; a longer window starts from the next shorter one."""
        cells = self._cells.extreme(self._filled(_NOTHING[how]), how)
        shape = (self._seen.dates, self._cells.shape[1])
        found: dict[str, Floats] = {}
        before, so_far = np.zeros((shape[0], cells.shape[0]), bool), np.full(shape, _NOTHING[how])
        for name, days in sorted(names.items(), key=lambda one: one[1] or NEVER):
            through = self._seen.through(days) > 0
            so_far = so_far.copy()
            for number, classes in enumerate(through & ~before):
                for place in np.flatnonzero(classes):
                    _PICKS[how](so_far[number], cells[place], out=so_far[number])
            before = through
            found[name] = np.where(np.isinf(so_far), np.nan, so_far)
        return found

    def _filled(self, nothing: float) -> Floats:
        return self._values if self._all_told else np.where(self._is_told, self._values, nothing)


def _numbers(column: pa.ChunkedArray) -> Floats:
    numbers: Floats = column.cast(pa.float64()).to_numpy()
    return numbers


def _typed(values: Floats, how: str, type_: dt.DataType) -> pa.Array:
    if how == "count":
        return pa.array(values.astype(np.int64))
    untold = np.isnan(values)
    if how != "total" and not type_.is_date() and not type_.is_integer():
        return pa.array(values, mask=untold)
    whole = np.where(untold, 0, values).astype(np.int32 if type_.is_date() else np.int64)
    return pa.array(whole, pa.date32() if type_.is_date() else None, mask=untold)
