"""Tables of the messages that announce what was published."""

from enum import StrEnum

from sqlalchemy import (
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from serving.store.tables.base import METADATA, UtcDateTime, one_of
from serving.store.tables.night import PUBLICATION_KEY


class MessageState(StrEnum):
    """Where an outbox message stands; ``dead`` waits for a person."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


OUTBOX = Table(
    "outbox",
    METADATA,
    Column("message_id", String(64), primary_key=True),
    Column("as_of_date", Date, nullable=False),
    Column("publish_seq", Integer, nullable=False),
    Column("grid_id", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), one_of("state", MessageState), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("last_result", String(64)),
    Column("settled_at", UtcDateTime),
    UniqueConstraint("as_of_date", "publish_seq", "grid_id"),
    ForeignKeyConstraint(("as_of_date", "publish_seq"), PUBLICATION_KEY),
)
Index("outbox_by_due", OUTBOX.c.state, OUTBOX.c.next_attempt_at)

DISABLED_TARGETS = Table(
    "disabled_targets",
    METADATA,
    Column("url", String(500), primary_key=True),
    Column("disabled_at", UtcDateTime, nullable=False),
    Column("reason", String(64), nullable=False),
)
