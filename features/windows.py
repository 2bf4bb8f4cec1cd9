"""Aggregates of facts in a window that may be taken per entity first and per household afterwards.

A group says *what* it wants of a feed (``total(_.self_paid, days=90, where=...)``);
:meth:`features.point_in_time.PointInTime.windowed` decides how to get it. Counts and totals add up over the
persons or accounts of a household, the highest and the lowest stay what they are, so the engine can reduce
seventy million bills to three million accounts before any of them meets its household.

Totals are sums of whole ten-thousandths: exact up to 9e11 units, hence the same in any order, on any engine,
for one date or for many at once.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal, TypeAlias

import ibis
import ibis.expr.types as ir
from ibis.common.deferred import Deferred

from features.registry import DeclarationError

Of: TypeAlias = Deferred | Callable[[ir.Table], ir.Value]
"""A value or condition of a fact: ``_.self_paid`` or a function of the table of facts."""

How = Literal["count", "total", "highest", "lowest"]
SCALE = 10_000
"""Parts a unit is cut into before it is summed; no contract has amounts finer than a hundredth."""


@dataclass(frozen=True, kw_only=True)
class Windowed:
    """One aggregate: ``how`` over the facts of the last ``days`` days (all, if None) that satisfy ``where``.

    ``of`` and ``where`` speak of a fact alone (its columns and ``reported_on``), never of the
    ``as_of_date``: what depends on both goes through :meth:`~features.point_in_time.PointInTime.facts`.
    """

    how: How
    of: Of | None = None
    where: Of | None = None
    days: int | None = None


def within(facts: ir.Table, *, days: int) -> ir.BooleanValue:
    """Whether a fact happened in the ``days`` days before its row's ``as_of_date``."""
    return facts.event_date >= facts.as_of_date - ibis.interval(days=days)


def count(*, days: int | None = None, where: Of | None = None) -> Windowed:
    """Return how many facts; 0 where the household has others, absent where it has none."""
    return Windowed(how="count", days=days, where=where)


def total(of: Of, *, days: int | None = None, where: Of | None = None) -> Windowed:
    """Return the sum of ``of``; null if no fact told it."""
    return Windowed(how="total", of=of, days=days, where=where)


def highest(of: Of, *, days: int | None = None, where: Of | None = None) -> Windowed:
    """Return the highest number or latest date; null if no fact told it."""
    return Windowed(how="highest", of=of, days=days, where=where)


def lowest(of: Of, *, days: int | None = None, where: Of | None = None) -> Windowed:
    """Return the lowest number or earliest date; null if no fact told it."""
    return Windowed(how="lowest", of=of, days=days, where=where)


def longest(aggregates: Mapping[str, Windowed]) -> int | None:
    """Return the longest window in days; None if one looks at all history.

    Raises:
        DeclarationError: nothing is asked for.
    """
    if not aggregates:
        raise DeclarationError("windowed() was asked for no aggregate; name at least one")
    days = [one.days for one in aggregates.values()]
    return None if None in days else max(one for one in days if one is not None)


def value_of(facts: ir.Table, name: str, asked: Windowed) -> ir.Value:
    """Return what is reduced of each fact, null where ``where`` does not hold; totals in parts."""
    value: ir.Value = ibis.literal(1, "int8")
    if asked.how != "count":
        value = _told(facts, name, asked)
    if asked.where is None:
        return value
    return ibis.ifelse(_bound(facts, asked.where), value, ibis.null(value.type()))


def aggregated(facts: ir.Table, keys: Sequence[str], wanted: Mapping[str, Windowed]) -> ir.Table:
    """Return ``keys`` and the aggregates of the facts that share them; totals in parts.

    Every value, window and condition becomes a column once; what they leave out is null in the column that is
    added up, and what is asked under two names is added up once. DuckDB filters inside aggregates and repeats
    expressions at twice the cost.
    """
    columns: dict[object, tuple[str, ir.Value]] = {}

    def once(value: ir.Value) -> str:
        name, _value = columns.setdefault(value.op(), (f"part_{len(columns)}", value))
        return name

    parts: dict[tuple[str, ...], str] = {}
    same_as: dict[str, str] = {}
    for name, asked in wanted.items():
        conditions = [] if asked.days is None else [once(within(facts, days=asked.days))]
        if asked.where is not None:
            conditions += [once(one) for one in facts.bind(asked.where)]
        value = once(value_of(facts, name, replace(asked, where=None)))
        same_as[name] = parts.setdefault((asked.how, value, *conditions), name)
    told = facts.select(*keys, **dict(columns.values()))
    seen = told.select(
        *keys, **{name: _only(told, value, where) for (_, value, *where), name in parts.items()}
    )
    found = seen.group_by(list(keys)).agg(
        **{name: _reduced(seen[name], wanted[name]) for name in parts.values()}
    )
    return found.select(*keys, **{name: found[first] for name, first in same_as.items()})


def _only(facts: ir.Table, value: str, conditions: Sequence[str]) -> ir.Value:
    if not conditions:
        return facts[value]
    all_hold = reduce(operator.and_, (facts[one] for one in conditions))
    return ibis.ifelse(all_hold, facts[value], ibis.null(facts[value].type()))


def _reduced(values: ir.Value, asked: Windowed) -> ir.Scalar:
    if asked.how == "count":
        return values.count()
    if asked.how == "total":
        return values.sum()
    return values.max() if asked.how == "highest" else values.min()


def rolled_up(parts: ir.Table, name: str, asked: Windowed) -> ir.Scalar:
    """Return the aggregate of a household from those of its entities; totals still in parts."""
    column = parts[name]
    if asked.how in ("count", "total"):
        return column.sum()
    return column.max() if asked.how == "highest" else column.min()


def in_units(table: ir.Table, aggregates: Mapping[str, Windowed]) -> ir.Table:
    """Return ``table`` with totals in the unit of their column."""
    totals = [name for name, asked in aggregates.items() if asked.how == "total"]
    return table.mutate(**{name: table[name] / SCALE for name in totals}) if totals else table


def _told(facts: ir.Table, name: str, asked: Windowed) -> ir.Value:
    if asked.of is None:
        raise DeclarationError(f"{name}: a total, highest or lowest needs a value to look at")
    value = _bound(facts, asked.of)
    # Whole numbers, added as floats: DuckDB adds 64-bit integers as 128-bit ones, at twice the memory.
    return (value * SCALE).round().cast("float64") if asked.how == "total" else value


def _bound(facts: ir.Table, of: Of) -> ir.Value:
    (value,) = facts.bind(of)
    return value
