"""Tables of what visitors found."""

from enum import StrEnum

from sqlalchemy import Column, Date, Index, Integer, String, Table, Text

from serving.store.tables.base import METADATA, UtcDateTime, one_of


class OutcomeState(StrEnum):
    """``conflicting``: its id was used before for something else. ``orphan``: no such alert for
    the person who reported it, or it came after the case was closed or given to somebody else. Both are
    kept and counted as work of who reported them; neither counts as a finding."""

    ACCEPTED = "accepted"
    CONFLICTING = "conflicting"
    ORPHAN = "orphan"


OUTCOMES = Table(
    "outcomes",
    METADATA,
    Column("outcome_id", String(36), primary_key=True),
    Column("body_sha256", String(64), primary_key=True),
    Column("alert_id", String(36), nullable=False),
    Column("state", String(16), one_of("state", OutcomeState), nullable=False),
    Column("visited_on", Date, nullable=False),
    Column("finding", String(32), nullable=False),
    Column("needs", String(100), nullable=False),
    Column("note", Text),
    Column("worker_id", String(64), nullable=False),
    Column("worker_role", String(32), nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("case_id", String(36)),
    Column("case_version", Integer),
    Column("base_version", Integer),
    Column("clash", String(8)),
    Column("device_at", UtcDateTime),
    Column("helped_by", String(200)),
)
Index("outcomes_by_worker", OUTCOMES.c.worker_id)
Index("outcomes_by_alert", OUTCOMES.c.alert_id)
Index("outcomes_by_day", OUTCOMES.c.recorded_on)
