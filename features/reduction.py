"""Facts of a block of entities, reduced to windowed aggregates for many dates, each touched once.

Dates and windows cut time into few pieces: two facts that are seen by the same dates through the same windows
are of one *class*. A fact is added to one cell (class, entity); what a date sees through a window is then a sum
over classes. Sums are of whole parts below 2**53, hence exact.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.arrow_numbers import array_of, numbers
from features.windows import How, Windowed, value_of

CODE = "entity_code"
"""Whole numbers from 0 that stand for the entities."""
EPOCH = date(1970, 1, 1)

_TABLE_BELOW = 4_000_000
NEVER = 10**9
"""Days no window has: sorts all history behind every window."""

_NOTHING: Mapping[How, float] = {"count": 0.0, "total": 0.0, "highest": -np.inf, "lowest": np.inf}
_PICKS: Mapping[How, np.ufunc] = {
    "count": np.add,
    "total": np.add,
    "highest": np.maximum,
    "lowest": np.minimum,
}

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """What is asked of each fact: the columns to read, and which of them each aggregate reduces.

    What counts all facts has no column.
    """

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
        if asked.how == "count" and asked.where is None:
            continue
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


def reduce_block(facts: pa.Table, asked: Plan, *, days: Sequence[date], codes: range) -> pa.Table:
    """Return the aggregates of the entities ``codes``, a row per date that sees a fact through any window.

    Args:
        facts: what :func:`features.one_pass.read_columns` selects, of these entities only.
        asked: the plan it was selected by.
        days: the dates, ascending.
        codes: the entities, without gaps.

    Returns:
        ``entity_code``, ``as_of_date`` and the aggregates, totals in parts (see :mod:`features.windows`);
        null where no fact told a value.
    """
    seen = _Seen(facts, asked.windows, days)
    cells = _Cells(seen, numbers(facts[CODE]) - codes.start, len(codes))
    counts = seen.through(cells.facts, "count", set(asked.windows))
    present = counts[asked.windows[-1]] > 0
    rows = slice(None) if present.all() else np.flatnonzero(present)
    dates, entities = np.broadcast_arrays(seen.dates[:, None], np.arange(codes.start, codes.stop))
    table = {
        CODE: array_of(entities.ravel()[rows], pa.int64()),
        "as_of_date": array_of(dates.ravel()[rows], pa.date32()),
    }
    for name in asked.wanted.keys() - asked.column_of.keys():
        table[name] = array_of(counts[asked.wanted[name].days].ravel()[rows], pa.int64())
    for column, names in _names_by_column(asked).items():
        values = _Column(cells, seen, numbers(facts[column]))
        wanted = {name: (asked.wanted[name].how, asked.wanted[name].days) for name in names}
        for name, found, told in values.aggregates(wanted, counts):
            type_ = _type(asked.wanted[name].how, asked.types[name])
            table[name] = array_of(
                found.ravel()[rows], type_, None if told is None else told.ravel()[rows]
            )
    return pa.table(table, schema=reduced_schema(asked))


def reduced_schema(asked: Plan) -> pa.Schema:
    """Return the columns of what :func:`reduce_block` returns."""
    types = {
        name: _type(one.how, asked.types[name]) if name in asked.types else pa.int64()
        for name, one in asked.wanted.items()
    }
    return pa.schema({CODE: pa.int64(), "as_of_date": pa.date32()} | types)


def _names_by_column(asked: Plan) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for name, column in asked.column_of.items():
        names.setdefault(column, []).append(name)
    return names


class _Seen:
    """Which dates see which class of facts through which window."""

    def __init__(
        self, facts: pa.Table, windows: Sequence[int | None], days: Sequence[date]
    ) -> None:
        self.dates = np.array([(day - EPOCH).days for day in days], dtype=np.int64)
        back = np.array([days_back for days_back in windows if days_back is not None], np.int64)
        # Between two neighbouring edges all days lie in the same windows of the same dates.
        edges = np.unique(self.dates[:, None] - back)
        every = len(days) + 1
        packed = _places(edges, numbers(facts["happened"]))
        packed = packed * every + _places(self.dates, numbers(facts["seen_from"]))
        packed = packed * every + _places(self.dates, numbers(facts["seen_until"]))
        found, places = _numbered(packed, below=(len(edges) + 1) * every**2)
        found, last = np.divmod(found, every)
        piece, first = np.divmod(found, every)
        begins = np.concatenate([[-NEVER], edges])[piece]
        bounds = [first]
        for days_back in windows:
            if days_back is None:
                bounds.append(last)
                continue
            leaves = np.searchsorted(self.dates, begins + days_back, side="right")
            bounds.append(np.minimum(last, leaves))
        (self._first, *stops), alike = np.unique(bounds, axis=1, return_inverse=True)
        self._stops = dict(zip(windows, stops, strict=True))
        self.classes = alike.ravel()[places]
        self.count = len(self._first)

    def through(
        self, cells: Floats, how: How, windows: AbstractSet[int | None]
    ) -> dict[int | None, Floats]:
        """Return per window, dates by entities, what the dates see of ``cells``, classes by entities.

        A longer window starts from the next shorter one.
        """
        number = np.arange(len(self.dates))[:, None]
        before = np.zeros((len(self.dates), self.count), dtype=bool)
        so_far = np.full((len(self.dates), cells.shape[1]), _NOTHING[how])
        found: dict[int | None, Floats] = {}
        for window in sorted(windows, key=lambda days: days or NEVER):
            visible = (self._first <= number) & (number < self._stops[window])
            so_far = so_far.copy()
            for day, place in np.argwhere(visible & ~before):
                _PICKS[how](so_far[day], cells[place], out=so_far[day])
            found[window], before = so_far, visible
        return found


def _places(edges: Whole, days: Whole) -> Whole:
    """Return how many of ``edges`` each day has reached; looked up, since many facts share few days."""
    if not len(days):
        return np.zeros(0, dtype=np.int64)
    first = days.min()
    every = np.arange(first, days.max() + 1)
    places: Whole = np.searchsorted(edges, every, side="right").take(days - first)
    return places


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

    def __init__(self, seen: _Seen, entity: Whole, entities: int) -> None:
        self._flat = seen.classes * entities + entity
        self._shape = (seen.count, entities)
        self.facts = self.added(None)

    def added(self, values: Floats | None) -> Floats:
        """Return the sums of ``values``, or how many facts there are."""
        cells = np.bincount(self._flat, weights=values, minlength=self._shape[0] * self._shape[1])
        return cells.astype(np.float64, copy=False).reshape(self._shape)

    def picked(self, values: Floats, how: How) -> Floats:
        """Return the highest or the lowest of ``values``."""
        cells = np.full(self._shape[0] * self._shape[1], _NOTHING[how])
        _PICKS[how].at(cells, self._flat, values)
        return cells.reshape(self._shape)


class _Column:
    """One value of the facts, reduced to cells and seen through windows."""

    def __init__(self, cells: _Cells, seen: _Seen, values: Floats) -> None:
        self._cells, self._seen, self._values = cells, seen, values
        told = ~np.isnan(values)
        self._is_told = None if told.all() else told

    def aggregates(
        self, wanted: Mapping[str, tuple[How, int | None]], counts: Mapping[int | None, Floats]
    ) -> Iterator[tuple[str, Floats, npt.NDArray[np.bool_] | None]]:
        """Yield the name, the values and which of them a fact told, each dates by entities.

        ``counts`` are all facts, told or not.
        """
        if self._is_told is not None:
            told = self._cells.added(self._is_told.astype(np.float64))
            counts = self._seen.through(told, "count", {days for _, days in wanted.values()})
        for how in {how: None for how, _ in wanted.values()}:
            names = {name: days for name, (one, days) in wanted.items() if one == how}
            found = self._reduced(how, set(names.values())) if how != "count" else counts
            for name, days in names.items():
                yield name, found[days], None if how == "count" else counts[days] > 0

    def _reduced(self, how: How, windows: AbstractSet[int | None]) -> dict[int | None, Floats]:
        values = self._values
        if self._is_told is not None:
            values = np.where(self._is_told, values, _NOTHING[how])
        cells = self._cells.added(values) if how == "total" else self._cells.picked(values, how)
        return self._seen.through(cells, how, windows)


def _type(how: How, type_: dt.DataType) -> pa.DataType:
    if how == "count":
        return pa.int64()
    if type_.is_date():
        return pa.date32()
    return pa.int64() if type_.is_integer() else pa.float64()
