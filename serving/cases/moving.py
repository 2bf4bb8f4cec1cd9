"""Giving a case to somebody else, up or across. Called by whoever supervises; nothing here closes a case."""

from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from serving.canonical import Json
from serving.cases.journal import append, case_to_change, require_version
from serving.cases.lifecycle import ABOVE, Case, Event
from serving.cases.opening import escalated
from serving.cases.searching import NewPlace
from serving.store.tables.cases import CaseEventKind


class MoveReason(StrEnum):
    """Why a case goes to somebody else."""

    ABSENT = "absent"
    OVERLOADED = "overloaded"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    UNSAFE_ALONE = "unsafe_alone"
    WRONG_GRID = "wrong_grid"
    NEEDS_OTHER_ROLE = "needs_other_role"
    NEEDS_LEVEL_ABOVE = "needs_level_above"


class CaseClosed(Exception):
    """The case is closed; a closed case is nobody's."""


def reassign(
    work: Connection,
    *,
    case_id: str,
    to_worker: str | None,
    reason: MoveReason,
    actor: str,
    now: datetime,
    today: date,
    place: NewPlace | None = None,
    base_version: int | None = None,
) -> Case:
    """Give an open case to ``to_worker`` (None: to whoever has the role there), perhaps elsewhere.

    The deadline stays: moving a case is no help.

    Raises:
        CaseUnknown, CaseMoved: see :mod:`serving.cases.journal`.
        CaseClosed: there is nothing left to do.
    """
    case = _open(work, case_id, base_version)
    body: dict[str, Json] = {"assigned_to": to_worker, "reason": reason.value}
    if place is not None:
        body |= {"area_path": place.area_path, "grid_id": place.grid_id, "role": place.role}
    event = Event(kind=CaseEventKind.REASSIGNED, at=now, day=today, actor=actor, body=body)
    return append(work, case, event)


def pass_up(
    work: Connection,
    *,
    case_id: str,
    reason: MoveReason,
    actor: str,
    now: datetime,
    today: date,
    base_version: int | None = None,
) -> Case:
    """Hand an open case to the level above before its clock does; a case of the district stays there.

    Raises:
        CaseUnknown, CaseMoved: see :mod:`serving.cases.journal`.
        CaseClosed: there is nothing left to do.
    """
    case = _open(work, case_id, base_version)
    above = ABOVE.get(case.level)
    if above is None:
        return case
    start = now.astimezone(ZoneInfo(case.rules.zone))
    event = escalated(
        case, to=above, reason=reason.value, actor=actor, start=start, now=now, day=today
    )
    return append(work, case, event)


def _open(work: Connection, case_id: str, base_version: int | None) -> Case:
    case = case_to_change(work, case_id=case_id)
    require_version(case, base_version)
    if not case.is_open:
        raise CaseClosed(case_id)
    return case
