"""Notices to supervisors; written by the API when somebody asks for more than their work needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from serving.store.schema import NOTICES, NoticeKind

ONE_PER = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One notice about one person's account."""

    notice_id: str
    kind: str
    worker_id: str
    at: datetime


def note(work: Connection, *, kind: NoticeKind, worker_id: str, now: datetime) -> bool:
    """Keep a notice; False if there was one of this kind about this person within :data:`ONE_PER`."""
    known = work.scalar(
        select(NOTICES.c.notice_id)
        .where(
            NOTICES.c.worker_id == worker_id,
            NOTICES.c.kind == kind.value,
            NOTICES.c.at > now - ONE_PER,
        )
        .limit(1)
    )
    if known is not None:
        return False
    work.execute(
        insert(NOTICES).values(notice_id=str(uuid4()), kind=kind.value, worker_id=worker_id, at=now)
    )
    return True


def notices_about(
    read: Connection, *, workers: Sequence[str], before: tuple[datetime, str] | None, most: int
) -> list[Notice]:
    """Return notices about ``workers``, newest first, ``before`` (moment, id) of the last one seen."""
    query = select(NOTICES).where(NOTICES.c.worker_id.in_(workers))
    if before is not None:
        at, notice_id = before
        query = query.where(
            (NOTICES.c.at < at) | ((NOTICES.c.at == at) & (NOTICES.c.notice_id < notice_id))
        )
    rows = read.execute(query.order_by(NOTICES.c.at.desc(), NOTICES.c.notice_id.desc()).limit(most))
    return [Notice(**row) for row in rows.mappings()]
