"""Tables of the messages that announce what happened, and of their way to each target."""

from enum import StrEnum

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
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


class DeliveryState(StrEnum):
    """Where one message stands with one target; ``dead`` waits for a person."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class DigestState(StrEnum):
    """Where a person's digest of a night stands.

    ``sending`` longer than an attempt lasts: the process died and nobody knows whether it arrived; it is
    shown, not sent again by itself. ``failed``: the gateway said no as often as is tried.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


OUTBOX = Table(
    "outbox",
    METADATA,
    Column("message_id", String(64), primary_key=True),
    Column("kind", String(64), nullable=False),
    # Null where the message is not about a publication.
    Column("as_of_date", Date),
    Column("publish_seq", Integer),
    Column("grid_id", String(64), nullable=False),
    Column("place", String(300), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    # Null until its deliveries were written.
    Column("routed_at", UtcDateTime),
    UniqueConstraint("kind", "as_of_date", "publish_seq", "grid_id"),
    ForeignKeyConstraint(("as_of_date", "publish_seq"), PUBLICATION_KEY),
)
Index("outbox_by_routed", OUTBOX.c.routed_at)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("message_id", String(64), ForeignKey("outbox.message_id"), primary_key=True),
    Column("target", String(64), primary_key=True),
    Column("grid_id", String(64), nullable=False),
    # How many of its grid's messages stood before it when it was written: low turns go first.
    Column("turn", Integer, nullable=False),
    Column("state", String(16), one_of("state", DeliveryState), nullable=False),
    # When its message was written.
    Column("created_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("last_result", String(64)),
    Column("settled_at", UtcDateTime),
)
Index(
    "deliveries_by_turn",
    DELIVERIES.c.target,
    DELIVERIES.c.state,
    DELIVERIES.c.turn,
    DELIVERIES.c.created_at,
    DELIVERIES.c.grid_id,
)

DISABLED_TARGETS = Table(
    "disabled_targets",
    METADATA,
    Column("target", String(64), primary_key=True),
    # The hash of its URL: a target that moved is another one.
    Column("url_sha256", String(64), nullable=False),
    Column("disabled_at", UtcDateTime, nullable=False),
    Column("reason", String(64), nullable=False),
)

DIGESTS = Table(
    "digests",
    METADATA,
    Column("as_of_date", Date, primary_key=True),
    Column("worker_id", String(64), primary_key=True),
    Column("state", String(16), one_of("state", DigestState), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("last_result", String(64)),
    Column("settled_at", UtcDateTime),
)

TOLD = Table(
    "told",
    METADATA,
    Column("about", String(200), primary_key=True),
    Column("told_at", UtcDateTime, nullable=False),
)
"""What operators were told of already, so that a watcher run every few minutes says it once."""
