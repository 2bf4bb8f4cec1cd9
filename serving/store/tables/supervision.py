"""Table of what a supervisor is told about."""

from enum import StrEnum

from sqlalchemy import Column, Index, String, Table

from serving.store.tables.base import METADATA, UtcDateTime, one_of


class NoticeKind(StrEnum):
    """``many_households``: somebody opened more households than anybody visits."""

    MANY_HOUSEHOLDS = "many_households"


NOTICES = Table(
    "notices",
    METADATA,
    Column("notice_id", String(36), primary_key=True),
    Column("kind", String(32), one_of("kind", NoticeKind), nullable=False),
    Column("worker_id", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
Index("notices_by_worker", NOTICES.c.worker_id, NOTICES.c.at)
