"""What an outcome does to its case. Called by :mod:`serving.cases.findings`, in the transaction that keeps the outcome."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from serving.canonical import Json
from serving.cases.journal import append, open_case_of, timeline
from serving.cases.ladder import search_if_tried_enough
from serving.cases.lifecycle import ABOVE, Case, Event, due_content
from serving.cases.opening import escalated
from serving.cases.policy import NEVER_CLOSES
from serving.store.tables.cases import CaseEventKind, CaseState

_MET_NOBODY = frozenset({"not_found", "unsafe"})
_TRY = "not_found"


class Clash(StrEnum):
    """Somebody else reported on the case since this client last read it: the same, or something else."""

    SOFT = "soft"
    HARD = "hard"


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an outcome says, as far as its case is concerned."""

    outcome_id: str
    finding: str
    needs: tuple[str, ...]
    base_version: int | None
    worker_id: str
    worker_role: str


@dataclass(frozen=True, kw_only=True)
class Judged:
    """How an outcome meets the case it is about. ``is_late``: the case was closed or another's by then."""

    is_late: bool
    clash: Clash | None


def judge(read: Connection, case: Case, told: Told) -> Judged:
    """Say whether an outcome comes late, and whether it clashes with what somebody else reported."""
    events = timeline(read, case_id=case.case_id)
    clash = _clash(events, told)
    if not case.is_open:
        last = next(
            (event for event in reversed(events) if event.kind is CaseEventKind.OUTCOME), None
        )
        is_correction = last is not None and last.actor == told.worker_id
        return Judged(is_late=not (is_correction or clash is Clash.SOFT), clash=clash)
    return Judged(is_late=_was_given_away(case, events, told), clash=clash)


def take_in(
    work: Connection, case: Case, told: Told, judged: Judged, *, now: datetime, today: date
) -> Case:
    """Note an outcome that counts, and do what the policy of the case says follows from it.

    Two people who say different things leave the case as it is: a third look settles it, not the clock.
    """
    rules = case.rules
    is_met = told.finding not in _MET_NOBODY
    body: dict[str, Json] = {
        "channel": "visit",
        "clash": None if judged.clash is None else judged.clash.value,
        "finding": told.finding,
        "is_met": is_met,
        "is_try": told.finding == _TRY,
        "needs": list(told.needs),
        "outcome_id": told.outcome_id,
    }
    is_disputed = judged.clash is Clash.HARD
    if not is_disputed and told.finding in rules.closes:
        body |= {"state": CaseState.CLOSED.value, "because": told.finding}
    elif not case.is_open and not is_disputed and told.finding not in NEVER_CLOSES:
        if open_case_of(work, household_id=case.household_id) is None:
            body["state"] = CaseState.OPEN.value
    elif case.state is CaseState.SEARCHING and is_met:
        body["state"] = CaseState.OPEN.value
    start = now.astimezone(ZoneInfo(rules.zone))
    if is_met and rules.follow_up is not None:
        body |= due_content(start, rules.follow_up, rules=rules)
    event = Event(kind=CaseEventKind.OUTCOME, at=now, day=today, actor=told.worker_id, body=body)
    changed = append(work, case, event)
    if is_disputed or not changed.is_open:
        return changed
    if told.finding in rules.passes_up and changed.level in ABOVE:
        up = escalated(
            changed, to=ABOVE[changed.level], reason=told.finding, actor=told.worker_id,
            start=start, now=now, day=today,
        )  # fmt: skip
        return append(work, changed, up)
    return search_if_tried_enough(work, changed, actor=told.worker_id, now=now, today=today)


def _clash(events: Sequence[Event], told: Told) -> Clash | None:
    if told.base_version is None:
        return None
    since = [
        event
        for event in events
        if event.kind is CaseEventKind.OUTCOME
        and event.version > told.base_version
        and event.actor != told.worker_id
    ]
    if not since:
        return None
    return Clash.SOFT if all(_agrees(event.body, told) for event in since) else Clash.HARD


def _agrees(body: Mapping[str, Json], told: Told) -> bool:
    needs = body.get("needs")
    said = sorted(str(need) for need in needs) if isinstance(needs, list) else []
    return body.get("finding") == told.finding and said == sorted(told.needs)


def _was_given_away(case: Case, events: Sequence[Event], told: Told) -> bool:
    """Whether the case was given to somebody else since this client last read it."""
    if case.assigned_to == told.worker_id:
        return False
    since = 0 if told.base_version is None else told.base_version
    given = any(
        event.version > since and event.kind is CaseEventKind.REASSIGNED for event in events
    )
    return given and (case.assigned_to is not None or case.role != told.worker_role)
