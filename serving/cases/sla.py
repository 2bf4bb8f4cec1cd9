"""How the clocks were kept, by street and class of clock. Told by ``zhaoren sla``; never by worker."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import ceil, inf
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from serving.cases.journal import folded_before
from serving.cases.lifecycle import Case
from serving.store.tables.cases import (
    CASE_EVENTS,
    CASES,
    CaseEventKind,
    CaseState,
    ClockClass,
    Level,
)
from serving.store.tables.lists import LISTS

_STREET = 1
"""Place of the street in an area path, ``district/street/community/grid``."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One street and class. Hours are None where not even that share has been contacted.

    ``in_time``: somebody was met within the first deadline. ``pending``: nobody yet, and it has not passed.
    ``late``: met after it, or not at all. ``overdue``: open past the deadline that holds now.
    ``provisional``: open with a deadline that waits for a calendar.
    """

    street_id: str
    clock: ClockClass
    opened: int
    in_time: int
    late: int
    pending: int
    median_hours: float | None
    p90_hours: float | None
    overdue: int
    provisional: int


@dataclass(kw_only=True)
class _Tally:
    opened: int = 0
    in_time: int = 0
    late: int = 0
    pending: int = 0
    overdue: int = 0
    provisional: int = 0
    hours: list[float] = field(default_factory=list)


def sla(read: Connection, *, as_of_date: date, days: int, zone: ZoneInfo) -> tuple[Kept, ...]:
    """Report the cases opened in the ``days`` before ``as_of_date``, as known at its start.

    The clock that counts is the one the case was opened with; a deadline moved later does not make a
    late contact a timely one.
    """
    since = as_of_date - timedelta(days=days)
    moment = datetime.combine(as_of_date, time(), tzinfo=zone)
    opened = CASES.c.opened_on >= since
    tallies: dict[tuple[str, ClockClass], _Tally] = {}
    first = _first_deadlines(read, since=since)
    for case in folded_before(read, as_of_date, opened):
        due_at, clock = first[case.case_id]
        street = case.area_path.split("/")[_STREET]
        _count(tallies.setdefault((street, clock), _Tally()), case, due_at=due_at, moment=moment)
    return tuple(_kept(street, clock, tally) for (street, clock), tally in sorted(tallies.items()))


@dataclass(frozen=True, kw_only=True)
class Held:
    """How many open cases a level holds now, by state; how many of them are overdue or provisional."""

    level: Level
    state: CaseState
    cases: int
    overdue: int
    provisional: int


def held_now(read: Connection, *, now: datetime) -> tuple[Held, ...]:
    """Return who holds the open cases at ``now``, from the grid up."""
    rows = read.execute(
        select(
            CASES.c.level,
            CASES.c.state,
            func.count().label("cases"),
            func.count().filter(CASES.c.due_at < now).label("overdue"),
            func.count().filter(CASES.c.due_is_provisional.is_(True)).label("provisional"),
        )
        .where(CASES.c.state != CaseState.CLOSED)
        .group_by(CASES.c.level, CASES.c.state)
    ).all()
    found = [
        Held(
            level=Level(row.level),
            state=CaseState(row.state),
            cases=row.cases,
            overdue=row.overdue,
            provisional=row.provisional,
        )
        for row in rows
    ]
    order = tuple(Level)
    return tuple(sorted(found, key=lambda one: (order.index(one.level), one.state)))


def street_names(read: Connection, streets: Iterable[str]) -> Mapping[str, str]:
    """Return what lists call the streets; a street that no list names is absent."""
    wanted = sorted({*streets})
    rows = read.execute(
        select(LISTS.c.street_id, LISTS.c.header)
        .where(LISTS.c.street_id.in_(wanted))
        .order_by(LISTS.c.as_of_date)
    )
    return {street: str(json.loads(header).get("street_name", street)) for street, header in rows}


def quantile(hours: Sequence[float], share: float) -> float | None:
    """Return the order statistic; infinite hours stand for those not contacted, and give None."""
    if not hours:
        return None
    found = sorted(hours)[max(0, ceil(share * len(hours)) - 1)]
    return None if found == inf else found


def _first_deadlines(read: Connection, *, since: date) -> dict[str, tuple[datetime, ClockClass]]:
    rows = read.execute(
        select(CASE_EVENTS.c.case_id, CASE_EVENTS.c.body).where(
            CASE_EVENTS.c.kind == CaseEventKind.OPENED, CASE_EVENTS.c.day >= since
        )
    )
    bodies = ((case_id, json.loads(body)) for case_id, body in rows)
    return {
        case_id: (datetime.fromisoformat(body["due_at"]), ClockClass(body["clock"]))
        for case_id, body in bodies
    }


def _count(tally: _Tally, case: Case, *, due_at: datetime, moment: datetime) -> None:
    contact = case.first_contact_at
    tally.opened += 1
    tally.overdue += case.is_overdue(at=moment)
    tally.provisional += case.is_open and case.due_is_provisional
    if contact is None:
        tally.hours.append(inf)
        tally.pending += moment <= due_at
        tally.late += moment > due_at
        return
    tally.hours.append((contact - case.opened_at).total_seconds() / 3600)
    tally.in_time += contact <= due_at
    tally.late += contact > due_at


def _kept(street: str, clock: ClockClass, tally: _Tally) -> Kept:
    return Kept(
        street_id=street,
        clock=clock,
        opened=tally.opened,
        in_time=tally.in_time,
        late=tally.late,
        pending=tally.pending,
        median_hours=quantile(tally.hours, 0.5),
        p90_hours=quantile(tally.hours, 0.9),
        overdue=tally.overdue,
        provisional=tally.provisional,
    )
