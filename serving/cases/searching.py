"""Looking for a household nobody could reach: a second person looks, a third decides. Never by timeout."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from serving.canonical import Json
from serving.cases.journal import append, case_to_change, require_version
from serving.cases.ladder import Channel
from serving.cases.lifecycle import Case, Event, due_content, span_of
from serving.store.tables.cases import CaseEventKind, CaseState


class Asked(StrEnum):
    """Why a household is looked for."""

    TRIED_ENOUGH = "tried_enough"
    EMPTY_HOME = "empty_home"
    MOVED = "moved"
    WRONG_ADDRESS = "wrong_address"


class Decision(StrEnum):
    """What a supervisor decides. Only ``moved_away`` ends the case."""

    FOUND = "found"
    CONTINUE = "continue"
    HANDED_OVER = "handed_over"
    MOVED_AWAY = "moved_away"


class SearchRefusal(StrEnum):
    """Why a search cannot be asked for or decided now."""

    NOT_OPEN = "not_open"
    NOT_SEARCHING = "not_searching"
    NO_SECOND_LOOK = "no_second_look"
    NOT_A_THIRD_PERSON = "not_a_third_person"
    NO_PLACE_GIVEN = "no_place_given"


class SearchNotDecided(Exception):
    """It cannot be decided so; nothing was written."""

    def __init__(self, reason: SearchRefusal) -> None:
        super().__init__(_TOLD[reason])
        self.reason = reason


_TOLD = {
    SearchRefusal.NOT_OPEN: "only an open case that is not being searched for can be searched for",
    SearchRefusal.NOT_SEARCHING: "the case is not in the search queue",
    SearchRefusal.NO_SECOND_LOOK: "somebody who had not tried before has to look at the place first",
    SearchRefusal.NOT_A_THIRD_PERSON: "whoever tried or looked cannot decide; ask a supervisor who did not",
    SearchRefusal.NO_PLACE_GIVEN: "say which grid the household is in now",
}


@dataclass(frozen=True, kw_only=True)
class NewPlace:
    """Where a household was found, or to whom it was handed."""

    grid_id: str
    area_path: str
    role: str


def ask_search(
    work: Connection,
    *,
    case_id: str,
    reason: Asked,
    worker_id: str,
    now: datetime,
    today: date,
    base_version: int | None = None,
) -> Case:
    """Put an open case into the search queue before the tries are used up; it stays open.

    Raises:
        CaseUnknown, CaseMoved: see :mod:`serving.cases.journal`.
        SearchNotDecided: it is closed or already searched for.
    """
    case = case_to_change(work, case_id=case_id)
    require_version(case, base_version)
    if case.state is not CaseState.OPEN:
        raise SearchNotDecided(SearchRefusal.NOT_OPEN)
    rules = case.rules
    start = now.astimezone(ZoneInfo(rules.zone))
    body: dict[str, Json] = {
        "reason": reason.value,
        "state": CaseState.SEARCHING.value,
        **due_content(start, rules.search.decide_within, rules=rules),
    }
    event = Event(kind=CaseEventKind.SEARCH_ASKED, at=now, day=today, actor=worker_id, body=body)
    return append(work, case, event)


def against_decision(
    case: Case, *, decision: Decision, supervisor_id: str, place: NewPlace | None
) -> SearchRefusal | None:
    """Return why a search cannot be decided so; None if it can."""
    if case.state is not CaseState.SEARCHING:
        return SearchRefusal.NOT_SEARCHING
    before = {answer.worker_id for answer in case.answers if not answer.in_search}
    looked = {
        answer.worker_id
        for answer in case.answers
        if answer.in_search and answer.channel == Channel.VISIT
    } - before
    if decision in (Decision.FOUND, Decision.HANDED_OVER) and place is None:
        return SearchRefusal.NO_PLACE_GIVEN
    if not looked and decision is not Decision.CONTINUE:
        return SearchRefusal.NO_SECOND_LOOK
    if supervisor_id in {answer.worker_id for answer in case.answers}:
        return SearchRefusal.NOT_A_THIRD_PERSON
    return None


def decide_search(
    work: Connection,
    *,
    case_id: str,
    decision: Decision,
    supervisor_id: str,
    now: datetime,
    today: date,
    place: NewPlace | None = None,
    base_version: int | None = None,
) -> Case:
    """Decide a search: found elsewhere, go on, handed over, or known to have moved away.

    Raises:
        CaseUnknown, CaseMoved: see :mod:`serving.cases.journal`.
        SearchNotDecided: nobody else has looked, or the decider is one of those who did.
    """
    case = case_to_change(work, case_id=case_id)
    require_version(case, base_version)
    refusal = against_decision(case, decision=decision, supervisor_id=supervisor_id, place=place)
    if refusal is not None:
        raise SearchNotDecided(refusal)
    body: dict[str, Json] = {"decision": decision.value}
    if decision is Decision.MOVED_AWAY:
        body |= {"state": CaseState.CLOSED.value, "because": decision.value}
    else:
        body |= {"state": CaseState.OPEN.value, **_clock_again(case, now)}
    if place is not None and decision in (Decision.FOUND, Decision.HANDED_OVER):
        body |= {
            "area_path": place.area_path,
            "assigned_to": None,
            "grid_id": place.grid_id,
            "role": place.role,
        }
    event = Event(
        kind=CaseEventKind.SEARCH_DECIDED, at=now, day=today, actor=supervisor_id, body=body
    )
    return append(work, case, event)


def _clock_again(case: Case, now: datetime) -> dict[str, Json]:
    """Start the clock of the level that holds the case again: there is somebody to visit once more."""
    rules = case.rules
    span = rules.escalation.get(case.level) or rules.follow_up or span_of(case)
    return due_content(now.astimezone(ZoneInfo(rules.zone)), span, rules=rules)
