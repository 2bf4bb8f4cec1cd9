"""What an intake does to cases: it opens the household's one case, joins it, or says why it does neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from serving.access.places import Level, current_path
from serving.canonical import Json
from serving.cases.findings import Finding, Need
from serving.cases.journal import append, append_all, case_to_change, open_case_of
from serving.cases.lifecycle import Case, Event, after, due_content
from serving.cases.opening import case_id_of, more_pressing
from serving.cases.outcomes import Judged, Told, take_in
from serving.cases.policy import CaseRules, IntakeClock
from serving.store.tables.cases import CaseEventKind
from serving.store.tables.channels import INTAKE_FINDINGS, Entered, IntakeChannel
from serving.store.turns import take_turn


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """What is known of an intake at one version of its findings; ``finding`` None until somebody looked."""

    intake_id: str
    version: int
    channel: IntakeChannel
    household_id: str | None
    grid_id: str | None
    finding: Finding | None
    needs: Sequence[Need]
    recorded_by: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What became of it; ``case_id`` None where there is no case."""

    entered: Entered
    case_id: str | None = None


def enter(
    work: Connection, arrival: Arrival, *, rules: CaseRules, now: datetime, today: date
) -> Entry:
    """Open or join the household's case with the clock of the channel, and take in what was found.

    The clock runs from ``now``: a report that was written down late is not late by that. A household that
    objects to being listed by machine is no exception: here a person asks.
    """
    clock = rules.intakes.get(arrival.channel)
    if arrival.household_id is None:
        return Entry(entered=Entered.HOUSEHOLD_UNKNOWN)
    if clock is None:
        return Entry(entered=Entered.NOT_IN_POLICY)
    take_turn(work, f"household/{arrival.household_id}")
    case = _open_case(work, arrival.household_id)
    if case is not None:
        entered = Entered.JOINED
        if not _is_of(work, arrival, case):
            case = _join(work, case, arrival, clock, now=now, today=today)
    elif arrival.finding is not None and arrival.finding in rules.closes:
        return Entry(entered=Entered.SETTLED)
    else:
        entered = Entered.OPENED
        case = _open(work, arrival, clock, rules=rules, now=now, today=today)
        if case is None:
            return Entry(entered=Entered.PLACE_UNKNOWN)
    if arrival.finding is not None:
        told = Told(
            outcome_id=arrival.intake_id,
            finding=arrival.finding.value,
            needs=tuple(need.value for need in arrival.needs),
            base_version=None,
            worker_id=arrival.recorded_by,
            worker_role=clock.role,
        )
        take_in(work, case, told, Judged(is_late=False, clash=None), now=now, today=today)
    return Entry(entered=entered, case_id=case.case_id)


def _open_case(work: Connection, household_id: str) -> Case | None:
    found = open_case_of(work, household_id=household_id)
    if found is None:
        return None
    case = case_to_change(work, case_id=found.case_id)
    return case if case.is_open else None


def _is_of(work: Connection, arrival: Arrival, case: Case) -> bool:
    """Whether an earlier version of the intake opened or joined the case."""
    query = select(INTAKE_FINDINGS.c.version).where(
        INTAKE_FINDINGS.c.intake_id == arrival.intake_id, INTAKE_FINDINGS.c.case_id == case.case_id
    )
    return work.execute(query).first() is not None


def _join(
    work: Connection,
    case: Case,
    arrival: Arrival,
    clock: IntakeClock,
    *,
    now: datetime,
    today: date,
) -> Case:
    """Note the intake in the case; its deadline comes nearer by it if the channel's is, never later."""
    rules = case.rules
    due = due_content(now.astimezone(ZoneInfo(rules.zone)), clock.within, rules=rules)
    body = _told(arrival) | more_pressing(case, clock.clock, due)
    event = Event(
        kind=CaseEventKind.REPORTED, at=now, day=today, actor=arrival.recorded_by, body=body
    )
    return append(work, case, event)


def _open(
    work: Connection,
    arrival: Arrival,
    clock: IntakeClock,
    *,
    rules: CaseRules,
    now: datetime,
    today: date,
) -> Case | None:
    """Open the case of a household that no open case knows; None if the grid is not in the tree of places."""
    grid_id = arrival.grid_id or ""
    path = current_path(work, level=Level.GRID, place_id=grid_id)
    if path is None:
        return None
    start = now.astimezone(ZoneInfo(rules.zone))
    body: dict[str, Json] = _told(arrival) | {
        "alert_id": None,
        "area_path": path,
        # No model has seen it: the first list that does counts as news.
        "band": "",
        "clock": clock.clock.value,
        "grid_id": grid_id,
        "opened_at": start.isoformat(),
        "policy": rules.told(),
        "role": clock.role,
        "urgent_rules": "",
    }
    event = Event(
        kind=CaseEventKind.OPENED,
        at=now,
        day=today,
        actor=arrival.recorded_by,
        body=body | due_content(start, clock.within, rules=rules),
        version=1,
    )
    known_as = case_id_of(f"intake/{arrival.intake_id}/{arrival.version}")
    case = after(None, event, case_id=known_as, household_id=str(arrival.household_id))
    append_all(work, [(case, event)])
    return case


def _told(arrival: Arrival) -> dict[str, Json]:
    return {"channel": arrival.channel.value, "intake_id": arrival.intake_id}
