"""Cases of households that no list brought: another channel's intake, an event. Opened, or joined if one is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from serving.access.places import Level, current_path
from serving.canonical import Json
from serving.cases.journal import append, append_all, open_case_to_change
from serving.cases.lifecycle import Case, Event, after, due_content
from serving.cases.opening import case_id_of, more_pressing
from serving.cases.policy import CaseRules, Dispatch
from serving.store.tables.cases import CaseEventKind
from serving.store.turns import take_turn


@dataclass(frozen=True, kw_only=True)
class Report:
    """What brings a household. ``known_as`` makes the id of a case it opens; ``told`` goes into the event."""

    known_as: str
    household_id: str
    grid_id: str
    told: Mapping[str, Json]
    actor: str


def case_to_join(work: Connection, *, household_id: str) -> Case | None:
    """Return the open case of a household; nobody else opens or changes it until this transaction ends."""
    take_turn(work, f"household/{household_id}")
    return open_case_to_change(work, household_id=household_id)


def join(
    work: Connection,
    case: Case,
    report: Report,
    dispatch: Dispatch,
    *,
    now: datetime,
    today: date,
) -> Case:
    """Note a report in an open case; its deadline comes nearer by it if the report's is, never later."""
    rules = case.rules
    due = due_content(now.astimezone(ZoneInfo(rules.zone)), dispatch.within, rules=rules)
    body = {**report.told, **more_pressing(case, dispatch.clock, due)}
    event = Event(kind=CaseEventKind.REPORTED, at=now, day=today, actor=report.actor, body=body)
    return append(work, case, event)


def open_for(
    work: Connection,
    report: Report,
    dispatch: Dispatch,
    *,
    rules: CaseRules,
    now: datetime,
    today: date,
) -> Case | None:
    """Open the case of a household that has none; None if its grid is not in the tree of places.

    The clock runs from ``now``: what is written down late is not late by that.
    """
    path = current_path(work, level=Level.GRID, place_id=report.grid_id)
    if path is None:
        return None
    start = now.astimezone(ZoneInfo(rules.zone))
    body: dict[str, Json] = {
        **report.told,
        "alert_id": None,
        "area_path": path,
        # No model has seen it: the first list that does counts as news.
        "band": "",
        "clock": dispatch.clock.value,
        "grid_id": report.grid_id,
        "opened_at": start.isoformat(),
        "policy": rules.told(),
        "role": dispatch.role,
        "urgent_rules": "",
        **due_content(start, dispatch.within, rules=rules),
    }
    event = Event(
        kind=CaseEventKind.OPENED, at=now, day=today, actor=report.actor, body=body, version=1
    )
    case = after(None, event, case_id=case_id_of(report.known_as), household_id=report.household_id)
    append_all(work, [(case, event)])
    return case
