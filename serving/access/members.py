"""Who may act where: memberships are begun and ended, never changed, and count from the next request on."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    insert,
    select,
    update,
)

from serving.access.places import Level
from serving.access.roles import Role
from serving.store.schema import MEMBERS, PLACES


def begin_membership(
    work: Connection,
    *,
    worker_id: str,
    role: Role,
    level: Level,
    place_id: str,
    now: datetime,
) -> str:
    """Let somebody act as ``role`` in a place from now on; return the membership's id.

    A membership that is there already is kept and its id returned.
    """
    same = work.scalar(
        select(MEMBERS.c.member_id).where(
            in_force(now),
            MEMBERS.c.worker_id == worker_id,
            MEMBERS.c.role == role,
            MEMBERS.c.level == level,
            MEMBERS.c.place_id == place_id,
        )
    )
    if same is not None:
        return str(same)
    member_id = str(uuid4())
    work.execute(
        insert(MEMBERS).values(
            member_id=member_id,
            worker_id=worker_id,
            role=role.value,
            level=level.value,
            place_id=place_id,
            valid_from=now,
        )
    )
    return member_id


def end_memberships(
    work: Connection,
    *,
    worker_id: str,
    now: datetime,
    role: Role | None = None,
    level: Level | None = None,
    place_id: str | None = None,
) -> int:
    """End somebody's memberships, or those of a role or place; return how many ended."""
    conditions = [MEMBERS.c.worker_id == worker_id, in_force(now)]
    for column, value in (
        (MEMBERS.c.role, role),
        (MEMBERS.c.level, level),
        (MEMBERS.c.place_id, place_id),
    ):
        if value is not None:
            conditions.append(column == value)
    return work.execute(update(MEMBERS).where(*conditions).values(valid_to=now)).rowcount


def memberships_of(
    read: Connection, *, worker_id: str, now: datetime
) -> Sequence[Row[str, str, str, str, str]]:
    """Return worker, role, level, place and the place's path now, of every membership in force."""
    return read.execute(_OF_WORKER, {"worker_id": worker_id, "now": now}).all()


def members(read: Connection) -> Sequence[Row[tuple[object, ...]]]:
    """Return every membership there ever was, by worker and time."""
    return read.execute(
        select(MEMBERS).order_by(MEMBERS.c.worker_id, MEMBERS.c.valid_from, MEMBERS.c.member_id)
    ).all()


def in_force(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """Return the condition on memberships that keeps those that hold at ``now``."""
    return (MEMBERS.c.valid_from <= now) & (
        MEMBERS.c.valid_to.is_(None) | (MEMBERS.c.valid_to > now)
    )


def memberships_where(worker_id: ColumnElement[str]) -> Select[str, str, str, str, str]:
    """Return the query of :func:`memberships_of` for ``worker_id``; it asks for parameter ``now``."""
    return (
        select(
            MEMBERS.c.worker_id,
            MEMBERS.c.role,
            MEMBERS.c.level,
            MEMBERS.c.place_id,
            PLACES.c.path,
        )
        .join(
            PLACES,
            (PLACES.c.level == MEMBERS.c.level)
            & (PLACES.c.place_id == MEMBERS.c.place_id)
            & PLACES.c.valid_to.is_(None),
            isouter=True,
        )
        .where(MEMBERS.c.worker_id == worker_id, in_force(bindparam("now")))
        .order_by(MEMBERS.c.role, MEMBERS.c.level, MEMBERS.c.place_id)
    )


# Written once: every request asks it.
_OF_WORKER = memberships_where(bindparam("worker_id"))
