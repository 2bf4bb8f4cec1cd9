"""Closing a case that no finding closes: help came another way, the household is gone. By a supervisor, with a reason.

Somebody must have gone, and whoever went cannot close it alone. Where nobody was met, only a search may end it.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection

from serving.cases.journal import append, case_to_change, require_version
from serving.cases.lifecycle import Case, Event
from serving.cases.moving import CaseClosed
from serving.store.tables.cases import CaseEventKind, CaseState


class CloseReason(StrEnum):
    """Why nothing is left to do, though need may have been confirmed."""

    HELPED_OTHERWISE = "helped_otherwise"
    DECLINED_HELP = "declined_help"
    DIED = "died"
    DUPLICATE = "duplicate"


_NEEDS_TALK = frozenset({CloseReason.HELPED_OTHERWISE, CloseReason.DECLINED_HELP})


class CloseRefusal(StrEnum):
    """Why a case cannot be closed so."""

    NOBODY_WENT = "nobody_went"
    NOBODY_MET = "nobody_met"
    NOT_ANOTHER_PERSON = "not_another_person"
    SEARCHING = "searching"


class CaseNotClosed(Exception):
    """It cannot be closed so; nothing was written."""

    def __init__(self, reason: CloseRefusal) -> None:
        super().__init__(_TOLD[reason])
        self.reason = reason


_TOLD = {
    CloseRefusal.NOBODY_WENT: "nobody has tried to reach the household yet",
    CloseRefusal.NOBODY_MET: "nobody was met: only a search may end the case",
    CloseRefusal.NOT_ANOTHER_PERSON: "whoever went there cannot close the case; ask a supervisor",
    CloseRefusal.SEARCHING: "the household is being looked for: decide the search",
}


def against_closing(case: Case, *, reason: CloseReason, supervisor_id: str) -> CloseRefusal | None:
    """Return why an open case cannot be closed so; None if it can."""
    if case.state is CaseState.SEARCHING:
        return CloseRefusal.SEARCHING
    if not case.answers:
        return CloseRefusal.NOBODY_WENT
    if reason in _NEEDS_TALK and not any(answer.is_met for answer in case.answers):
        return CloseRefusal.NOBODY_MET
    if supervisor_id in {answer.worker_id for answer in case.answers}:
        return CloseRefusal.NOT_ANOTHER_PERSON
    return None


def close_case(
    work: Connection,
    *,
    case_id: str,
    reason: CloseReason,
    supervisor_id: str,
    now: datetime,
    today: date,
    base_version: int | None = None,
) -> Case:
    """Close an open case with a supervisor's reason.

    Raises:
        CaseUnknown, CaseMoved: see :mod:`serving.cases.journal`.
        CaseClosed: it is closed already.
        CaseNotClosed: nobody went or was met, or the closer is one of those who did.
    """
    case = case_to_change(work, case_id=case_id)
    require_version(case, base_version)
    if not case.is_open:
        raise CaseClosed(case_id)
    refusal = against_closing(case, reason=reason, supervisor_id=supervisor_id)
    if refusal is not None:
        raise CaseNotClosed(refusal)
    event = Event(
        kind=CaseEventKind.CLOSED,
        at=now,
        day=today,
        actor=supervisor_id,
        body={"because": reason.value, "state": CaseState.CLOSED.value},
    )
    return append(work, case, event)
