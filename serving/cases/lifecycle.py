"""A case and what events make of it. :func:`after` is the only place where a case changes.

The row of a case is :func:`fold` of its events and nothing else. Events are tolerant of gaps: the fold of
what was known before a night leaves out whatever was recorded later.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from serving.canonical import Json
from serving.cases.clocks import Deadline, deadline
from serving.cases.policy import CaseRules, Span, rules_told, span_told
from serving.store.tables.cases import CaseEventKind, CaseState, ClockClass, Level

ABOVE: Mapping[Level, Level] = {Level.GRID: Level.STREET, Level.STREET: Level.DISTRICT}
"""Who takes over from whom; the district hands nothing on."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened. ``day``: nights after it know of it. ``body`` is canonical JSON content."""

    kind: CaseEventKind
    at: datetime
    day: date
    actor: str
    body: Mapping[str, Json]
    version: int = 0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Somebody tried, or was there: on which day, who, and whether anybody was met.

    ``is_try``: it was a try to meet somebody, and failed; a letter or a dog at the gate is none.
    ``in_search``: a search was on by then; its second look has to be another person's.
    """

    day: date
    worker_id: str
    channel: str
    is_met: bool
    is_try: bool
    in_search: bool


@dataclass(frozen=True, kw_only=True)
class Case:
    """A case as it stands. Times are moments; ``due_span`` and ``policy`` as stored text.

    ``answers`` are those since the last decision of a search. ``alert_id`` is that of the last list, None where
    another channel brought the household and no list has named it since; ``band`` is empty then.
    """

    case_id: str
    household_id: str
    grid_id: str
    area_path: str
    level: Level
    role: str
    assigned_to: str | None
    clock: ClockClass
    state: CaseState
    opened_at: datetime
    opened_on: date
    due_at: datetime
    due_from: datetime
    due_span: str
    due_is_provisional: bool
    policy: str
    repeats: int
    version: int
    alert_id: str | None
    listed_on: date
    band: str
    urgent_rules: str
    answered_on: date | None = None
    answers: tuple[Answer, ...] = field(default=())
    first_contact_at: datetime | None = None
    closed_at: datetime | None = None
    closed_on: date | None = None
    closed_because: str | None = None

    @property
    def rules(self) -> CaseRules:
        """The policy of the day it was opened."""
        return rules_told(self.policy)

    @property
    def is_open(self) -> bool:
        """Whether anybody still has to do something."""
        return self.state is not CaseState.CLOSED

    @property
    def tried_days(self) -> int:
        """Days on which somebody tried and nobody was met, since anybody last was."""
        met = [place for place, one in enumerate(self.answers) if one.is_met]
        since = self.answers[met[-1] + 1 :] if met else self.answers
        return len({one.day for one in since if one.is_try})

    def is_overdue(self, *, at: datetime) -> bool:
        """Whether it is open past its last moment; that moment itself is in time."""
        return self.is_open and at > self.due_at


def fold(events: Iterable[tuple[str, str, Event]]) -> Case | None:
    """Return the case its events make, each with the case's and the household's id; None without any."""
    case: Case | None = None
    for case_id, household_id, event in events:
        case = after(case, event, case_id=case_id, household_id=household_id)
    return case


def after(case: Case | None, event: Event, *, case_id: str = "", household_id: str = "") -> Case:
    """Return the case as ``event`` leaves it.

    Raises:
        ValueError: the first event is not its opening, or it is opened twice: the journal is damaged.
    """
    if (case is None) != (event.kind is CaseEventKind.OPENED):
        raise ValueError(f"case {case_id}: {event.kind.value} as event {event.version}")
    if case is None:
        return _opened(event, case_id=case_id, household_id=household_id)
    body = event.body
    match event.kind:
        case CaseEventKind.REPEATED | CaseEventKind.WORSENED:
            case = replace(
                case,
                repeats=case.repeats + 1,
                alert_id=str(body["alert_id"]),
                listed_on=_date(body["listed_on"]),
                band=str(body["band"]),
                urgent_rules=str(body["urgent_rules"]),
                clock=ClockClass(str(body["clock"])),
            )
        case CaseEventKind.REPORTED:
            case = replace(case, clock=ClockClass(str(body["clock"])))
        case CaseEventKind.ATTEMPTED | CaseEventKind.OUTCOME:
            case = _answered(case, event)
        case CaseEventKind.REASSIGNED | CaseEventKind.SEARCH_DECIDED:
            case = replace(
                case,
                grid_id=str(body.get("grid_id", case.grid_id)),
                area_path=str(body.get("area_path", case.area_path)),
                role=str(body.get("role", case.role)),
                assigned_to=_text(body["assigned_to"])
                if "assigned_to" in body
                else case.assigned_to,
            )
            if event.kind is CaseEventKind.SEARCH_DECIDED:
                case = replace(case, answers=())
        case CaseEventKind.ESCALATED:
            case = replace(case, level=Level(str(body["to"])), assigned_to=None)
        case _:
            pass
    return _timed(_in_state(replace(case, version=event.version), event), body)


def due_content(start: datetime, span: Span, *, rules: CaseRules) -> dict[str, Json]:
    """Return the part of an event's body that sets a deadline counted from ``start`` (local time)."""
    found = deadline(start, span, business_ends=rules.business_ends)
    return told_deadline(found, start=start, span=span)


def told_deadline(found: Deadline, *, start: datetime, span: Span) -> dict[str, Json]:
    """Return a deadline as event bodies hold it."""
    return {
        "due_at": found.at.isoformat(),
        "due_from": start.isoformat(),
        "due_is_provisional": found.is_provisional,
        "due_span": span.told(),
    }


def _opened(event: Event, *, case_id: str, household_id: str) -> Case:
    body = event.body
    return Case(
        case_id=case_id,
        household_id=household_id,
        grid_id=str(body["grid_id"]),
        area_path=str(body["area_path"]),
        level=Level.GRID,
        role=str(body["role"]),
        assigned_to=None,
        clock=ClockClass(str(body["clock"])),
        state=CaseState.OPEN,
        opened_at=_moment(body["opened_at"]),
        opened_on=event.day,
        due_at=_moment(body["due_at"]),
        due_from=_moment(body["due_from"]),
        due_span=str(body["due_span"]),
        due_is_provisional=bool(body["due_is_provisional"]),
        policy=str(body["policy"]),
        repeats=0,
        version=event.version,
        alert_id=_text(body["alert_id"]),
        listed_on=event.day,
        band=str(body["band"]),
        urgent_rules=str(body["urgent_rules"]),
    )


def _answered(case: Case, event: Event) -> Case:
    body = event.body
    answer = Answer(
        day=event.day,
        worker_id=event.actor,
        channel=str(body["channel"]),
        is_met=bool(body["is_met"]),
        is_try=bool(body["is_try"]),
        in_search=case.state is CaseState.SEARCHING,
    )
    first = case.first_contact_at
    return replace(
        case,
        answered_on=event.day if case.answered_on is None else max(case.answered_on, event.day),
        answers=(*case.answers, answer),
        first_contact_at=event.at if first is None and answer.is_met else first,
    )


def _in_state(case: Case, event: Event) -> Case:
    """Move to the state the event names, if it names one."""
    if "state" not in event.body:
        return case
    state = CaseState(str(event.body["state"]))
    if state is not CaseState.CLOSED:
        return replace(case, state=state, closed_at=None, closed_on=None, closed_because=None)
    return replace(
        case,
        state=state,
        closed_at=event.at,
        closed_on=event.day,
        closed_because=str(event.body["because"]),
    )


def _timed(case: Case, body: Mapping[str, Json]) -> Case:
    if "due_at" not in body:
        return case
    return replace(
        case,
        due_at=_moment(body["due_at"]),
        due_from=_moment(body["due_from"]),
        due_span=str(body["due_span"]),
        due_is_provisional=bool(body["due_is_provisional"]),
    )


def span_of(case: Case) -> Span:
    """Return the span a case's deadline was counted with."""
    return span_told(case.due_span)


def _moment(value: Json) -> datetime:
    return datetime.fromisoformat(str(value))


def _date(value: Json) -> date:
    return date.fromisoformat(str(value))


def _text(value: Json) -> str | None:
    return None if value is None else str(value)
