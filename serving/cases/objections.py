"""A household that objects to being listed by machine (PIPL art. 24): recorded, decided, honoured from the next night.

What was objected to may be taken back; that is added beside the objection and its decision.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, Row, Select, insert, select, update

from serving.cases.journal import append, open_case_to_change
from serving.cases.lifecycle import Event
from serving.store.tables.cases import (
    OBJECTION_WITHDRAWALS,
    OBJECTIONS,
    CaseEventKind,
    ObjectionState,
)

WITHDRAWN = "withdrawn"


class Ground(StrEnum):
    """What the household objects to."""

    AUTOMATED_LISTING = "automated_listing"
    WRONG_FACTS = "wrong_facts"
    NO_VISITS = "no_visits"
    OTHER = "other"


class ObjectionUnknown(LookupError):
    """There is no such objection."""


class AlreadyDecided(Exception):
    """It was decided before, otherwise, or taken back."""


@dataclass(frozen=True, kw_only=True)
class Objection:
    """An objection as it stands. ``withdrawn_at``: when it was taken back; None if it was not."""

    objection_id: str
    household_id: str
    ground: Ground
    state: ObjectionState
    recorded_at: datetime
    decided_at: datetime | None
    reason: str | None
    withdrawn_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether a supervisor still has to decide it."""
        return self.state is ObjectionState.RECORDED and self.withdrawn_at is None


def record_objection(
    work: Connection,
    *,
    objection_id: str,
    household_id: str,
    ground: Ground,
    actor: str,
    now: datetime,
    today: date,
) -> Objection:
    """Keep an objection and note it in the household's open case; the same id again changes nothing.

    Raises:
        AlreadyDecided: the id was used before for another household or ground.
    """
    before = _find(work, objection_id)
    if before is not None:
        if (before.household_id, before.ground) != (household_id, ground):
            raise AlreadyDecided(f"objection {objection_id} was recorded before with other content")
        return before
    work.execute(
        insert(OBJECTIONS).values(
            objection_id=objection_id,
            household_id=household_id,
            ground=ground.value,
            recorded_at=now,
            recorded_on=today,
            recorded_by=actor,
            state=ObjectionState.RECORDED,
        )
    )
    _note(work, household_id, objection_id, ObjectionState.RECORDED.value, actor, now, today)
    return _known(work, objection_id)


def decide_objection(
    work: Connection,
    *,
    objection_id: str,
    upheld: bool,
    reason: str,
    actor: str,
    now: datetime,
    today: date,
) -> Objection:
    """Uphold or refuse an objection, once. Upheld: the next night leaves the household in peace.

    Raises:
        ObjectionUnknown: there is none.
        AlreadyDecided: it was decided the other way before, or taken back.
    """
    before = _known(work, objection_id)
    state = ObjectionState.UPHELD if upheld else ObjectionState.REFUSED
    if before.state is state:
        return before
    if not before.waits:
        found = WITHDRAWN if before.withdrawn_at else before.state.value
        raise AlreadyDecided(f"objection {objection_id} is {found}")
    work.execute(
        update(OBJECTIONS)
        .where(OBJECTIONS.c.objection_id == objection_id)
        .values(state=state, decided_at=now, decided_on=today, decided_by=actor, reason=reason)
    )
    _note(work, before.household_id, objection_id, state.value, actor, now, today)
    return _known(work, objection_id)


def withdraw_objection(
    work: Connection, *, objection_id: str, actor: str, now: datetime, today: date
) -> Objection:
    """Take an objection back, decided or not: nights after today list the household again.

    ``actor`` is who wrote down the household's word. Taken back a second time changes nothing.

    Raises:
        ObjectionUnknown: there is none.
        AlreadyDecided: it was refused, so there is nothing to take back.
    """
    before = _known(work, objection_id)
    if before.withdrawn_at is not None:
        return before
    if before.state is ObjectionState.REFUSED:
        raise AlreadyDecided(f"objection {objection_id} is {before.state.value}")
    work.execute(
        insert(OBJECTION_WITHDRAWALS).values(
            objection_id=objection_id, withdrawn_at=now, withdrawn_on=today, withdrawn_by=actor
        )
    )
    _note(work, before.household_id, objection_id, WITHDRAWN, actor, now, today)
    return _known(work, objection_id)


def objections_of(read: Connection, *, household_id: str) -> Sequence[Objection]:
    """Return the objections of a household, oldest first."""
    rows = read.execute(
        _objections()
        .where(OBJECTIONS.c.household_id == household_id)
        .order_by(OBJECTIONS.c.recorded_at, OBJECTIONS.c.objection_id)
    ).all()
    return [_objection(row) for row in rows]


def objecting(read: Connection, *, as_of_date: date) -> frozenset[str]:
    """Return the households whose objection was upheld, and not taken back, before ``as_of_date``."""
    withdrawn = select(OBJECTION_WITHDRAWALS.c.objection_id).where(
        OBJECTION_WITHDRAWALS.c.withdrawn_on < as_of_date
    )
    return frozenset(
        read.scalars(
            select(OBJECTIONS.c.household_id).where(
                OBJECTIONS.c.state == ObjectionState.UPHELD,
                OBJECTIONS.c.decided_on < as_of_date,
                OBJECTIONS.c.objection_id.not_in(withdrawn),
            )
        )
    )


def _note(
    work: Connection,
    household_id: str,
    objection_id: str,
    said: str,
    actor: str,
    now: datetime,
    today: date,
) -> None:
    case = open_case_to_change(work, household_id=household_id)
    if case is None:
        return
    body = {"objection_id": objection_id, "objection": said}
    event = Event(kind=CaseEventKind.OBJECTED, at=now, day=today, actor=actor, body=body)
    append(work, case, event)


def _known(read: Connection, objection_id: str) -> Objection:
    found = _find(read, objection_id)
    if found is None:
        raise ObjectionUnknown(objection_id)
    return found


def _find(read: Connection, objection_id: str) -> Objection | None:
    row = read.execute(_objections().where(OBJECTIONS.c.objection_id == objection_id)).one_or_none()
    return None if row is None else _objection(row)


def _objections() -> Select[tuple[object, ...]]:
    return select(OBJECTIONS, OBJECTION_WITHDRAWALS.c.withdrawn_at).join(
        OBJECTION_WITHDRAWALS,
        OBJECTION_WITHDRAWALS.c.objection_id == OBJECTIONS.c.objection_id,
        isouter=True,
    )


def _objection(row: Row[tuple[object, ...]]) -> Objection:
    return Objection(
        objection_id=row.objection_id,
        household_id=row.household_id,
        ground=Ground(row.ground),
        state=ObjectionState(row.state),
        recorded_at=row.recorded_at,
        decided_at=row.decided_at,
        reason=row.reason,
        withdrawn_at=row.withdrawn_at,
    )
