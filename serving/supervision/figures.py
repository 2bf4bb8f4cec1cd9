"""A month of a place in numbers, for supervisors: from alert to help, and where it stops.

One report per place and month, all its tables made and protected together (:mod:`small_cells`). There are
no other filters: what can be combined freely can be subtracted. Called by ``GET /v1/aggregates``.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from statistics import median
from typing import Any

from sqlalchemy import Connection, Subquery, case, func, select

from data_contracts.rates import wilson
from serving.access.places import depth_under
from serving.cases.findings import Finding
from serving.lists.ranking import SEPARATOR
from serving.store.schema import (
    ALERTS,
    LISTS,
    ON_ITS_LIST,
    OUTCOMES,
    PUBLICATIONS,
    OutcomeState,
    in_force,
)
from serving.store.scopes import Scope, within
from serving.supervision.month import in_month
from serving.supervision.small_cells import ALL, SMALLEST, Cell, Report

NONE = "none"
"""The line of households listed without a trigger."""


class Result(StrEnum):
    """What came of an alert; every alert has exactly one. ``waiting``: nothing was reported yet."""

    HELPED = "helped"
    GAP = "gap"
    NO_NEED = "no_need"
    REFUSED = "refused"
    UNREACHED = "unreached"
    WAITING = "waiting"


REACHED, CONFIRMED = "reached", "confirmed"
_NOT_REACHED, _NOT_CONFIRMED = "not_reached", "not_confirmed"
_WITHIN = {
    Result.HELPED.value: CONFIRMED,
    Result.GAP.value: CONFIRMED,
    Result.NO_NEED.value: _NOT_CONFIRMED,
    Result.REFUSED.value: _NOT_CONFIRMED,
    Result.UNREACHED.value: _NOT_REACHED,
    Result.WAITING.value: _NOT_REACHED,
    CONFIRMED: REACHED,
    _NOT_CONFIRMED: REACHED,
}
"""Classes two by two: a small one takes its neighbour with it, never the way from alert to need."""
RESULTS: Mapping[Finding, Result] = {
    Finding.NEED_AID_STARTED: Result.HELPED,
    Finding.NEED_NO_ENTITLEMENT: Result.GAP,
    Finding.ALREADY_MET: Result.NO_NEED,
    Finding.NO_NEED: Result.NO_NEED,
    Finding.REFUSED: Result.REFUSED,
    Finding.NOT_FOUND: Result.UNREACHED,
    Finding.UNSAFE: Result.UNREACHED,
}
NOT_YET = "not_yet"
DAYS = {"0-1": 1, "2-3": 3, "4-7": 7, "8-14": 14, "15-30": 30}
"""Days from listing to the first visit: the line and the last day it holds."""
LATER = "31+"
TABLES = ("place", "lane", "trigger", "source", "band", "role", "days")
_PLACES = {1: LISTS.c.street_id, 2: LISTS.c.community_id, 3: LISTS.c.grid_id}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a table; numbers are rounded to five, None where they are withheld.

    ``share`` of those reached was in need, with its 95 % interval, reckoned from the rounded numbers.
    """

    line: str
    alerts: int | None
    reached: int | None
    confirmed: int | None
    results: Mapping[Result, int | None]
    share: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, kw_only=True)
class Figures:
    """The report. ``days_to_visit`` is the median by band; None below ten visits."""

    month: date
    tables: Mapping[str, Sequence[Line]]
    days_to_visit: Mapping[str, int | None]


def figures(read: Connection, *, scope: Scope, month: date) -> Figures:
    """Return the report of the places in ``scope`` for the alerts of a month, given by its first day."""
    atoms = _atoms(read, scope=scope, month=month)
    report = Report(
        atoms,
        tables={name: (part,) for part, name in enumerate(TABLES)},
        classes=(len(TABLES),),
        within=_WITHIN,
    )
    visible = report.visible()
    lines = {name: [_line(name, line, visible) for line in report.lines(name)] for name in TABLES}
    lines[ALL] = [_line(ALL, ALL, visible)]
    return Figures(month=month, tables=lines, days_to_visit=_days(read, scope=scope, month=month))


def _line(table: str, line: str, visible: Mapping[Cell, int]) -> Line:
    results = {result: visible.get(Cell(table, line, result.value)) for result in Result}
    reached = visible.get(Cell(table, line, REACHED))
    confirmed = visible.get(Cell(table, line, CONFIRMED))
    share: float | None = None
    interval: tuple[float, float] | None = None
    if confirmed and reached is not None and reached >= SMALLEST:
        share = round(confirmed / reached, 3)
        low, high = wilson(confirmed, of=reached)
        interval = (round(low, 3), round(high, 3))
    return Line(
        line=line,
        alerts=visible.get(Cell(table, line, ALL)),
        reached=reached,
        confirmed=confirmed,
        results=results,
        share=share,
        interval=interval,
    )


def _atoms(read: Connection, *, scope: Scope, month: date) -> dict[tuple[str, ...], int]:
    last = _last_outcomes()
    source = case(
        (ALERTS.c.propensity.is_not(None), "by_lot"),
        (ALERTS.c.lane == "urgent", "trigger"),
        else_="list",
    )
    keys = [
        _PLACES[depth_under(scope)],
        ALERTS.c.lane,
        ALERTS.c.urgent_rules,
        source,
        ALERTS.c.band,
        ALERTS.c.role,
        func.coalesce(last.c.finding, ""),
        ALERTS.c.as_of_date,
        last.c.first_visited_on,
    ]
    rows = read.execute(
        select(*keys, func.count())
        .join(LISTS, ON_ITS_LIST)
        .join(PUBLICATIONS, in_force(ALERTS))
        .join(last, (last.c.alert_id == ALERTS.c.alert_id) & (last.c.place == 1), isouter=True)
        .where(within(ALERTS.c.area_path, scope), in_month(month))
        .group_by(*keys)
    )
    atoms: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        place, lane, triggers, from_where, band, role, finding, *dates, count = tuple[Any, ...](row)
        result = RESULTS[Finding(finding)] if finding else Result.WAITING
        trigger = triggers.split(SEPARATOR)[0] or NONE
        days = _days_line(*dates)
        atoms[(place, lane, trigger, from_where, band, role, days, result.value)] += count
    return dict(atoms)


def _days_line(listed_on: date, visited_on: date | None) -> str:
    if visited_on is None:
        return NOT_YET
    days = (visited_on - listed_on).days
    return next((line for line, last in DAYS.items() if days <= last), LATER)


def _days(read: Connection, *, scope: Scope, month: date) -> dict[str, int | None]:
    last = _last_outcomes()
    rows = read.execute(
        select(ALERTS.c.band, ALERTS.c.as_of_date, last.c.first_visited_on)
        .join(PUBLICATIONS, in_force(ALERTS))
        .join(last, (last.c.alert_id == ALERTS.c.alert_id) & (last.c.place == 1))
        .where(within(ALERTS.c.area_path, scope), in_month(month))
    )
    days: dict[str, list[int]] = {}
    for band, listed_on, visited_on in rows:
        days.setdefault(band, []).append(max(0, (visited_on - listed_on).days))
    return {
        band: round(median(found)) if len(found) >= SMALLEST else None
        for band, found in sorted(days.items())
    }


def _last_outcomes() -> Subquery:
    """Return the accepted outcomes; ``place`` is 1 for the last one of each alert.

    ``first_visited_on`` is the day of the first one.
    """
    place = func.row_number().over(
        partition_by=OUTCOMES.c.alert_id,
        order_by=(OUTCOMES.c.recorded_at.desc(), OUTCOMES.c.outcome_id.desc()),
    )
    first = func.min(OUTCOMES.c.visited_on).over(partition_by=OUTCOMES.c.alert_id)
    return (
        select(
            OUTCOMES.c.alert_id,
            OUTCOMES.c.finding,
            first.label("first_visited_on"),
            place.label("place"),
        )
        .where(OUTCOMES.c.state == OutcomeState.ACCEPTED.value)
        .subquery()
    )
