"""Where cases are written and read: an event and the row it makes, always together.

Everything that happens to a case goes through :func:`append`; nothing else writes to its two tables.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, bindparam, select

from serving.canonical import Json
from serving.cases.lifecycle import Answer, Case, Event, after, fold
from serving.store.bulk import add_rows, change_rows
from serving.store.tables.cases import (
    CASE_EVENTS,
    CASES,
    CaseEventKind,
    CaseState,
    ClockClass,
    Level,
)
from serving.store.tables.lists import ALERTS

CaseQuery = Select[*tuple[Any, ...]]
"""A query of whole rows of :data:`CASES`."""


def to_change(cases: CaseQuery) -> CaseQuery:
    """Return the query of cases as it is asked by who changes them: nobody else does until the transaction ends.

    Whoever waited for another's change gets the case as that left it.
    """
    return cases.with_for_update(key_share=True, of=CASES)


# Written once: every report from the field asks them.
_CASE = select(CASES).where(CASES.c.case_id == bindparam("case_id"))
_CASE_TO_CHANGE = to_change(_CASE)
_OPEN_CASE = select(CASES).where(
    CASES.c.household_id == bindparam("household_id"), CASES.c.state != CaseState.CLOSED
)
_OPEN_CASE_TO_CHANGE = to_change(_OPEN_CASE)
_CASES_OF_ALERT = (
    select(CASES)
    .where(
        CASES.c.household_id
        == select(ALERTS.c.household_id)
        .where(ALERTS.c.alert_id == bindparam("alert_id"))
        .scalar_subquery()
    )
    .order_by(CASES.c.opened_on.desc(), CASES.c.case_id)
)
_CASES_OF_ALERT_TO_CHANGE = to_change(_CASES_OF_ALERT)
_TIMELINE = (
    select(CASE_EVENTS)
    .where(CASE_EVENTS.c.case_id == bindparam("case_id"))
    .order_by(CASE_EVENTS.c.version)
)


class CaseUnknown(LookupError):
    """There is no such case."""


class CaseMoved(Exception):
    """The case is not at the version the caller last saw: somebody else was faster."""

    def __init__(self, *, expected: int, found: int) -> None:
        super().__init__(f"the case is at version {found}, not {expected}: read it again")
        self.expected = expected
        self.found = found


def case_of(read: Connection, *, case_id: str) -> Case:
    """Return a case as it stands.

    Raises:
        CaseUnknown: there is none.
    """
    return _required(read, _CASE, case_id)


def case_to_change(work: Connection, *, case_id: str) -> Case:
    """Return a case as it stands; nobody else changes it until this transaction ends.

    Raises:
        CaseUnknown: there is none.
    """
    return _required(work, _CASE_TO_CHANGE, case_id)


def case_of_alert(read: Connection, *, alert_id: str) -> Case | None:
    """Return the case an alert is part of, whichever of its listings it was; None if it has none."""
    return _listed(read, _CASES_OF_ALERT, alert_id)


def case_of_alert_to_change(work: Connection, *, alert_id: str) -> Case | None:
    """Return :func:`case_of_alert`; nobody else changes it until this transaction ends."""
    return _listed(work, _CASES_OF_ALERT_TO_CHANGE, alert_id)


def _required(read: Connection, cases: CaseQuery, case_id: str) -> Case:
    case = only_case(read, cases, case_id=case_id)
    if case is None:
        raise CaseUnknown(case_id)
    return case


def _listed(read: Connection, cases_of_alert: CaseQuery, alert_id: str) -> Case | None:
    rows = read.execute(cases_of_alert, {"alert_id": alert_id}).mappings()
    cases = [case_from(row) for row in rows]
    named = f'"alert_id": "{alert_id}"'
    for case in cases:
        if case.alert_id == alert_id:
            return case
    for case in cases:
        listed = (CaseEventKind.OPENED, CaseEventKind.REPEATED, CaseEventKind.WORSENED)
        bodies = read.scalars(
            select(CASE_EVENTS.c.body).where(
                CASE_EVENTS.c.case_id == case.case_id,
                CASE_EVENTS.c.kind.in_([kind.value for kind in listed]),
            )
        )
        if any(named in body for body in bodies):
            return case
    return None


def open_case_of(read: Connection, *, household_id: str) -> Case | None:
    """Return the open case of a household; None if it has none."""
    return only_case(read, _OPEN_CASE, household_id=household_id)


def open_case_to_change(work: Connection, *, household_id: str) -> Case | None:
    """Return :func:`open_case_of`; nobody else changes it until this transaction ends."""
    return only_case(work, _OPEN_CASE_TO_CHANGE, household_id=household_id)


def only_case(read: Connection, cases: CaseQuery, **asked: str) -> Case | None:
    """Return the one case a query finds with the parameters ``asked``; None if it finds none."""
    row = read.execute(cases, asked).mappings().one_or_none()
    return None if row is None else case_from(row)


def cases_where(read: Connection, *conditions: ColumnElement[bool]) -> list[Case]:
    """Return the cases that fulfil all conditions on :data:`CASES`, the most pressing first."""
    rows = read.execute(
        select(CASES).where(*conditions).order_by(CASES.c.due_at, CASES.c.case_id)
    ).mappings()
    return [case_from(row) for row in rows]


def timeline(read: Connection, *, case_id: str) -> list[Event]:
    """Return everything that happened to a case, oldest first; empty if there is no such case."""
    rows = read.execute(_TIMELINE, {"case_id": case_id}).mappings()
    return [event_from(row) for row in rows]


def append(work: Connection, case: Case, event: Event) -> Case:
    """Write what happened to ``case`` and the row it makes; return the case as it stands now."""
    numbered = replace(event, version=case.version + 1)
    changed = after(case, numbered)
    append_all(work, [(changed, numbered)])
    return changed


def append_all(work: Connection, changes: Sequence[tuple[Case, Event]]) -> None:
    """Write many events of many cases at once, each with the case it leaves behind."""
    opened = [row_of(case) for case, event in changes if event.kind is CaseEventKind.OPENED]
    moved = [row_of(case) for case, event in changes if event.kind is not CaseEventKind.OPENED]
    add_rows(work, CASES, opened)
    change_rows(work, CASES, moved)
    add_rows(work, CASE_EVENTS, [_event_row(case.case_id, one) for case, one in changes])


def rebuild(read: Connection, *, case_id: str) -> Case:
    """Return the case its events make, whatever its row says.

    Raises:
        CaseUnknown: there is none.
    """
    household = read.scalar(select(CASES.c.household_id).where(CASES.c.case_id == case_id))
    found = fold((case_id, str(household), event) for event in timeline(read, case_id=case_id))
    if household is None or found is None:
        raise CaseUnknown(case_id)
    return found


def damaged(read: Connection) -> list[str]:
    """Return the cases whose row is not what their events make of it; empty if all are.

    Where a row's grid lies now follows the tree of places, not the case: it is not compared.
    """
    rows = {case.case_id: case for case in cases_where(read)}
    made = {case.case_id: case for case in folded_before(read, date.max)}
    return sorted(
        case_id
        for case_id, case in rows.items()
        if case_id not in made or replace(made[case_id], area_path=case.area_path) != case
    )


def known_before(read: Connection, day: date) -> Iterator[Case]:
    """Yield every case that was open at the start of ``day``, as its events of earlier days leave it."""
    still_there = (CASES.c.closed_on.is_(None)) | (CASES.c.closed_on >= day)
    return (case for case in folded_before(read, day, still_there) if case.is_open)


def folded_before(read: Connection, day: date, *conditions: ColumnElement[bool]) -> Iterator[Case]:
    """Yield the cases that fulfil all conditions on :data:`CASES`, as their events before ``day`` leave them."""
    rows = read.execute(
        select(CASE_EVENTS, CASES.c.household_id)
        .join(CASES, CASES.c.case_id == CASE_EVENTS.c.case_id)
        .where(CASES.c.opened_on < day, CASE_EVENTS.c.day < day, *conditions)
        .order_by(CASE_EVENTS.c.case_id, CASE_EVENTS.c.version)
    ).mappings()
    for _, of_one in groupby(rows, key=lambda row: str(row["case_id"])):
        case = fold((row["case_id"], row["household_id"], event_from(row)) for row in of_one)
        if case is not None:
            yield case


def require_version(case: Case, base_version: int | None) -> None:
    """Make sure the caller has seen the case as it stands; None asks for nothing.

    Raises:
        CaseMoved: it has changed since.
    """
    if base_version is not None and base_version != case.version:
        raise CaseMoved(expected=base_version, found=case.version)


def row_of(case: Case) -> dict[str, Any]:
    """Return a case as its row."""
    row = {name: getattr(case, name) for name in Case.__dataclass_fields__}
    told = [asdict(one) | {"day": one.day.isoformat()} for one in case.answers]
    return row | {"answers": json.dumps(told, sort_keys=True)}


def case_from(row: RowMapping | Mapping[str, Any]) -> Case:
    """Return the case a row holds."""
    values = {name: row[name] for name in Case.__dataclass_fields__}
    answers = tuple(
        Answer(**(one | {"day": date.fromisoformat(one["day"])}))
        for one in json.loads(values["answers"])
    )
    return Case(
        **values
        | {
            "answers": answers,
            "level": Level(values["level"]),
            "clock": ClockClass(values["clock"]),
            "state": CaseState(values["state"]),
        }
    )


def event_from(row: RowMapping) -> Event:
    """Return the event a row holds."""
    return Event(
        kind=CaseEventKind(row["kind"]),
        at=cast("datetime", row["at"]),
        day=cast("date", row["day"]),
        actor=str(row["actor"]),
        body=cast("dict[str, Json]", json.loads(row["body"])),
        version=int(row["version"]),
    )


def _event_row(case_id: str, event: Event) -> dict[str, object]:
    return {
        "case_id": case_id,
        "version": event.version,
        "at": event.at,
        "day": event.day,
        "kind": event.kind.value,
        "actor": event.actor,
        "body": json.dumps(event.body, ensure_ascii=False, sort_keys=True),
    }
