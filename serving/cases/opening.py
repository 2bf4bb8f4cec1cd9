"""What a published list does to cases: opens them, repeats them, moves them up. Called while publishing.

Everything here was decided when the lists were drawn up; a case that somebody closed meanwhile stays closed
and a new one is opened for the new alert.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID, uuid5

from sqlalchemy import Connection, select

from serving.canonical import Json
from serving.cases.journal import append_all, case_from, cases_where
from serving.cases.lifecycle import ABOVE, Case, Event, after, due_content
from serving.cases.policy import CaseRules, Span
from serving.store.tables.cases import CASES, CaseEventKind, CaseState, ClockClass, Level
from serving.store.tables.lists import ALERTS

ENGINE = "engine"
"""The actor of what the night does."""

_CASES = UUID("0c7b5a3e-5c0e-5a6d-9a55-8f1be2d0a7c4")
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Alerted:
    """One alert about to be published. ``span`` is its clock, counted from the list's ready hour."""

    alert_id: str
    household_id: str
    grid_id: str
    area_path: str
    role: str
    band: str
    urgent_rules: str
    clock: ClockClass
    span: Span
    has_worsened: bool


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """A case that moves up tonight, and why."""

    case_id: str
    household_id: str
    grid_id: str
    band: str
    urgent_rules: str
    reason: str
    found_at: Level

    @property
    def to(self) -> Level:
        """Who takes over."""
        return ABOVE[self.found_at]


def case_id_of(alert_id: str) -> str:
    """Return the id of the case an alert opens: the same however often the night is run."""
    return str(uuid5(_CASES, alert_id))


def enter_alerts(
    work: Connection,
    alerts: Sequence[Alerted],
    *,
    rules: CaseRules,
    ready_at: datetime,
    as_of_date: date,
    publish_seq: int,
    now: datetime,
) -> None:
    """Open a case for every alert whose household has none, and note the repetition in those that have.

    Args:
        work: the publishing transaction; the alerts are in it.
        alerts: all of the night.
        rules: the policy of the night, kept in each case it opens.
        ready_at: when the lists can be read, local time: clocks start here.
        as_of_date: the night.
        publish_seq: of the publication.
        now: the moment written into the events.
    """
    standing = {
        row["household_id"]: case_from(row)
        for row in work.execute(
            select(CASES)
            .join(ALERTS, ALERTS.c.household_id == CASES.c.household_id)
            .where(
                ALERTS.c.as_of_date == as_of_date,
                ALERTS.c.publish_seq == publish_seq,
                CASES.c.state != CaseState.CLOSED,
            )
        ).mappings()
    }
    snapshot = rules.told()
    terms: dict[Span, dict[str, Json]] = {}
    changes: list[tuple[Case, Event]] = []
    for alert in alerts:
        if alert.span not in terms:
            terms[alert.span] = due_content(ready_at, alert.span, rules=rules)
        due = terms[alert.span]
        case = standing.get(alert.household_id)
        event = Event(
            kind=CaseEventKind.OPENED,
            at=now,
            day=as_of_date,
            actor=ENGINE,
            body=_listing(alert) | due,
            version=1,
        )
        if case is None:
            told = {"opened_at": ready_at.isoformat(), "policy": snapshot}
            opened = replace(event, body={**event.body, **told})
            known_as = case_id_of(alert.alert_id)
            changes.append(
                (after(None, opened, case_id=known_as, household_id=alert.household_id), opened)
            )
            continue
        again = replace(
            event,
            kind=CaseEventKind.WORSENED if alert.has_worsened else CaseEventKind.REPEATED,
            body=_again(alert, due, case, as_of_date),
            version=case.version + 1,
        )
        changes.append((after(case, again), again))
    append_all(work, changes)


def apply_escalations(
    work: Connection,
    escalations: Sequence[Escalation],
    *,
    ready_at: datetime,
    as_of_date: date,
    now: datetime,
) -> int:
    """Move cases up that are still open where they were found; return how many."""
    found: dict[str, Case] = {}
    ids = [one.case_id for one in escalations]
    for first in range(0, len(ids), _AT_ONCE):
        some = CASES.c.case_id.in_(ids[first : first + _AT_ONCE])
        found |= {case.case_id: case for case in cases_where(work, some)}
    changes = []
    for one in escalations:
        case = found.get(one.case_id)
        if case is None or not case.is_open or case.level is not one.found_at:
            continue
        event = escalated(
            case, to=one.to, reason=one.reason, actor=ENGINE,
            start=ready_at, now=now, day=as_of_date,
        )  # fmt: skip
        numbered = replace(event, version=case.version + 1)
        changes.append((after(case, numbered), numbered))
    append_all(work, changes)
    return len(changes)


def escalated(
    case: Case, *, to: Level, reason: str, actor: str, start: datetime, now: datetime, day: date
) -> Event:
    """Return the event that hands ``case`` to ``to``, with the time that level has from ``start`` on."""
    rules = case.rules
    span = rules.escalation.get(to)
    due = {} if span is None else due_content(start, span, rules=rules)
    return Event(
        kind=CaseEventKind.ESCALATED,
        at=now,
        day=day,
        actor=actor,
        body={"from": case.level.value, "to": to.value, "reason": reason, **due},
    )


def _listing(alert: Alerted) -> dict[str, Json]:
    return {
        "alert_id": alert.alert_id,
        "area_path": alert.area_path,
        "band": alert.band,
        "clock": alert.clock.value,
        "grid_id": alert.grid_id,
        "role": alert.role,
        "urgent_rules": alert.urgent_rules,
    }


def _again(
    alert: Alerted, due: Mapping[str, Json], case: Case, as_of_date: date
) -> dict[str, Json]:
    """Return the body of a repetition."""
    listed = {**_listing(alert), "listed_on": as_of_date.isoformat()}
    return listed | more_pressing(case, alert.clock, due)


def more_pressing(case: Case, clock: ClockClass, due: Mapping[str, Json]) -> dict[str, Json]:
    """Return the clock of an open case that something is added to, and ``due`` if it comes nearer by it."""
    order = tuple(ClockClass)
    sooner = min(case.clock, clock, key=order.index)
    is_nearer = datetime.fromisoformat(str(due["due_at"])) < case.due_at
    return {"clock": sooner.value, **(due if is_nearer else {})}
