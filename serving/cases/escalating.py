"""Cases that waited too long: which ones move up tonight, and deadlines counted anew. Called by the night."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from serving.cases.clocks import deadline
from serving.cases.journal import append_all, cases_where
from serving.cases.lifecycle import ABOVE, Case, Event, after, span_of, told_deadline
from serving.cases.opening import ENGINE, Escalation, escalated
from serving.store.tables.cases import CASES, CaseEventKind, CaseState

OVERDUE = "overdue"
REPEATED = "repeated_without_help"


def overdue(cases: Iterable[Case], *, as_of_date: date, ready_hour: int) -> Iterator[Escalation]:
    """Yield what moves up because its deadline is past when the lists of ``as_of_date`` can be read."""
    for case in cases:
        ready_at = datetime.combine(as_of_date, time(ready_hour), tzinfo=ZoneInfo(case.rules.zone))
        if case.is_overdue(at=ready_at) and _may_move_up(case):
            yield escalation_of(case, reason=OVERDUE)


def was_repeated_enough(case: Case) -> bool:
    """Whether one more listing without help would be one too many for who holds the case."""
    above = ABOVE.get(case.level)
    most = None if above is None else case.rules.repeats.get(above)
    return most is not None and case.repeats + 1 >= most


def escalation_of(case: Case, *, reason: str) -> Escalation:
    """Return what moves a case up."""
    return Escalation(
        case_id=case.case_id,
        household_id=case.household_id,
        grid_id=case.grid_id,
        band=case.band,
        urgent_rules=case.urgent_rules,
        reason=reason,
        found_at=case.level,
    )


def escalate_overdue(work: Connection, *, now: datetime, day: date) -> int:
    """Move up what is overdue at ``now``; return how many. For the hours between two nights."""
    changes = []
    for case in cases_where(work, CASES.c.state != CaseState.CLOSED, CASES.c.due_at < now):
        if not (case.is_overdue(at=now) and _may_move_up(case)):
            continue
        start = now.astimezone(ZoneInfo(case.rules.zone))
        event = escalated(
            case, to=ABOVE[case.level], reason=OVERDUE, actor=ENGINE, start=start, now=now, day=day
        )
        changes.append(_next(case, event))
    append_all(work, changes)
    return len(changes)


def recompute_provisional(work: Connection, *, now: datetime, day: date) -> int:
    """Count provisional deadlines anew with the calendar there is now; return how many moved or became firm."""
    changes = []
    for case in cases_where(
        work, CASES.c.state != CaseState.CLOSED, CASES.c.due_is_provisional.is_(True)
    ):
        rules = case.rules
        start = case.due_from.astimezone(ZoneInfo(rules.zone))
        found = deadline(start, span_of(case), business_ends=rules.business_ends)
        if found.at == case.due_at and found.is_provisional:
            continue
        body = told_deadline(found, start=start, span=span_of(case))
        event = Event(
            kind=CaseEventKind.DUE_MOVED,
            at=now,
            day=day,
            actor=ENGINE,
            body={**body, "reason": "calendar", "was_due_at": case.due_at.isoformat()},
        )
        changes.append(_next(case, event))
    append_all(work, changes)
    return len(changes)


def _may_move_up(case: Case) -> bool:
    above = ABOVE.get(case.level)
    return above is not None and above in case.rules.escalation


def _next(case: Case, event: Event) -> tuple[Case, Event]:
    numbered = replace(event, version=case.version + 1)
    return after(case, numbered), numbered
