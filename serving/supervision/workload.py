"""What the lists of the last weeks asked of people, against what they had room for.

Capacity is what the departments said of their staff, not a fact about any household: it is told exactly.
What was listed and answered is protected (:mod:`small_cells`). Never by person. Called by
``GET /v1/aggregates/workload``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, case, exists, func, select

from serving.access.places import depth_under, place_at
from serving.cases.working_days import look_up
from serving.store.schema import ALERTS, LISTS, OUTCOMES, PUBLICATIONS, OutcomeState, in_force
from serving.store.scopes import Scope, within
from serving.supervision.small_cells import ALL, BETWEEN, Cell, Report

TABLES = {"place": (0,), "role": (1,), "day": (2,), "place_role": (0, 1)}
_ANSWERED = "answered"


@dataclass(frozen=True, kw_only=True)
class WorkloadLine:
    """``capacity``: visits the lists had room for. ``listed`` and of those ``answered``: rounded to five, None
    where withheld; answered is what somebody reported on, met or not. ``load``: listed of capacity."""

    line: str
    capacity: int
    listed: int | None
    answered: int | None
    load: float | None


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The report over the working days of ``[since, until)`` on which lists were made."""

    since: date
    until: date
    tables: Mapping[str, Sequence[WorkloadLine]]


def workload(read: Connection, *, scope: Scope, until: date, weeks: int = 4) -> Workload:
    """Return what was asked of people in the places of ``scope`` in the ``weeks`` before ``until``."""
    since = until - timedelta(weeks=weeks)
    room = _room(read, scope=scope, since=since, until=until)
    report = Report(
        _atoms(read, scope=scope, since=since, until=until), tables=TABLES, classes=(3,)
    )
    visible = report.visible()
    return Workload(
        since=since,
        until=until,
        tables={
            table: [
                _line(table, line, capacity, visible)
                for line, capacity in sorted(_by_line(room, parts).items())
            ]
            for table, parts in {ALL: (), **TABLES}.items()
        },
    )


def _line(table: str, line: str, capacity: int, visible: Mapping[Cell, int]) -> WorkloadLine:
    listed = visible.get(Cell(table, line, ALL))
    return WorkloadLine(
        line=line,
        capacity=capacity,
        listed=listed,
        answered=visible.get(Cell(table, line, _ANSWERED)),
        load=round(listed / capacity, 2) if listed is not None and capacity else None,
    )


def _by_line(room: Mapping[tuple[str, ...], int], parts: Sequence[int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for key, capacity in room.items():
        found[BETWEEN.join(key[part] for part in parts) or ALL] += capacity
    return found


def _room(read: Connection, *, scope: Scope, since: date, until: date) -> Counter[tuple[str, ...]]:
    keys = [LISTS.c.area_path, LISTS.c.role, LISTS.c.as_of_date]
    rows = read.execute(
        select(*keys, func.sum(LISTS.c.capacity))
        .join(PUBLICATIONS, in_force(LISTS))
        .where(
            within(LISTS.c.area_path, scope),
            LISTS.c.as_of_date >= since,
            LISTS.c.as_of_date < until,
        )
        .group_by(*keys)
    )
    return _on_working_days((tuple[Any, ...](row) for row in rows), scope)


def _atoms(read: Connection, *, scope: Scope, since: date, until: date) -> Counter[tuple[str, ...]]:
    answer = exists().where(
        OUTCOMES.c.alert_id == ALERTS.c.alert_id,
        OUTCOMES.c.state == OutcomeState.ACCEPTED.value,
    )
    keys = [
        ALERTS.c.area_path,
        ALERTS.c.role,
        ALERTS.c.as_of_date,
        case((answer, _ANSWERED), else_="unanswered"),
    ]
    rows = read.execute(
        select(*keys, func.count())
        .join(PUBLICATIONS, in_force(ALERTS))
        .where(
            within(ALERTS.c.area_path, scope),
            ALERTS.c.as_of_date >= since,
            ALERTS.c.as_of_date < until,
        )
        .group_by(*keys)
    )
    return _on_working_days((tuple[Any, ...](row) for row in rows), scope)


def _on_working_days(rows: Iterable[tuple[Any, ...]], scope: Scope) -> Counter[tuple[str, ...]]:
    depth = depth_under(scope)
    found: Counter[tuple[str, ...]] = Counter()
    for area_path, role, day, *rest, count in rows:
        if look_up(day).is_working:
            place = place_at(area_path, depth=depth)
            found[(place, role, day.isoformat(), *rest)] += count
    return found
