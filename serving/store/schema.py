"""Tables of the store. Rows are added, states move forward; nothing that happened is overwritten."""

from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

METADATA = MetaData()


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Stored as UTC without zone, returned with it; naive values are refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone: the store keeps moments; attach a zone first")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Attach UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class RunState(StrEnum):
    """Where a run stands. ``crashed``: its lease was taken over by a later run."""

    RUNNING = "running"
    FINISHED = "finished"
    REFUSED = "refused"
    FAILED = "failed"
    CRASHED = "crashed"


class MessageState(StrEnum):
    """Where an outbox message stands; ``dead`` waits for a person."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class OutcomeState(StrEnum):
    """``conflicting``: its id was used before for something else. ``orphan``: no such alert for
    the person who reported it. Both are kept, neither counts."""

    ACCEPTED = "accepted"
    CONFLICTING = "conflicting"
    ORPHAN = "orphan"


def _one_of(column: str, states: type[StrEnum]) -> CheckConstraint:
    allowed = ", ".join(f"'{state.value}'" for state in states)
    return CheckConstraint(f"{column} IN ({allowed})", name=f"{column}_is_known")


LEASES = Table(
    "leases",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("fence", Integer, nullable=False),
    Column("owner", String(200), nullable=False),
    Column("as_of_date", Date, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

RUNS = Table(
    "runs",
    METADATA,
    Column("run_id", String(36), primary_key=True),
    Column("as_of_date", Date, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("fence", Integer, nullable=False),
    Column("state", String(16), _one_of("state", RunState), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("inputs_sha256", String(64)),
    Column("champion_sha256", String(64)),
    Column("error", Text),
    UniqueConstraint("as_of_date", "attempt"),
)

RUN_STEPS = Table(
    "run_steps",
    METADATA,
    Column("run_id", String(36), ForeignKey("runs.run_id"), primary_key=True),
    Column("step", String(32), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("state", String(16), _one_of("state", RunState), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("output_sha256", String(64)),
    Column("said", Text),
)

PUBLICATIONS = Table(
    "publications",
    METADATA,
    Column("as_of_date", Date, primary_key=True),
    Column("publish_seq", Integer, primary_key=True),
    Column("is_current", Boolean, nullable=False),
    Column("run_id", String(36), ForeignKey("runs.run_id"), nullable=False),
    Column("manifest_sha256", String(64), nullable=False),
    Column("inputs_sha256", String(64), nullable=False),
    Column("champion_sha256", String(64), nullable=False),
    Column("inputs", Text, nullable=False),
    Column("header", Text, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
)
Index(
    "one_current_publication_per_date",
    PUBLICATIONS.c.as_of_date,
    unique=True,
    sqlite_where=PUBLICATIONS.c.is_current,
    postgresql_where=PUBLICATIONS.c.is_current,
)

_PUBLICATION_KEY = ("publications.as_of_date", "publications.publish_seq")

LISTS = Table(
    "lists",
    METADATA,
    Column("as_of_date", Date, primary_key=True),
    Column("publish_seq", Integer, primary_key=True),
    Column("grid_id", String(64), primary_key=True),
    Column("role", String(32), primary_key=True),
    Column("community_id", String(64), nullable=False),
    Column("street_id", String(64), nullable=False),
    Column("district_id", String(64), nullable=False),
    Column("header", Text, nullable=False),
    ForeignKeyConstraint(("as_of_date", "publish_seq"), _PUBLICATION_KEY),
)

ALERTS = Table(
    "alerts",
    METADATA,
    Column("alert_id", String(36), primary_key=True),
    Column("as_of_date", Date, nullable=False),
    Column("publish_seq", Integer, nullable=False),
    Column("household_id", String(64), nullable=False),
    Column("grid_id", String(64), nullable=False),
    Column("role", String(32), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("lane", String(16), nullable=False),
    Column("band", String(16), nullable=False),
    Column("urgent_rules", Text, nullable=False),
    Column("propensity", Float),
    Column("entry", Text, nullable=False),
    ForeignKeyConstraint(
        ("as_of_date", "publish_seq", "grid_id", "role"),
        ("lists.as_of_date", "lists.publish_seq", "lists.grid_id", "lists.role"),
    ),
    UniqueConstraint("as_of_date", "publish_seq", "household_id", name="one_alert_per_household"),
    UniqueConstraint("as_of_date", "publish_seq", "grid_id", "role", "rank", name="one_per_rank"),
)
Index("alerts_by_household", ALERTS.c.household_id)

DECISIONS = Table(
    "decisions",
    METADATA,
    Column("as_of_date", Date, primary_key=True),
    Column("publish_seq", Integer, primary_key=True),
    Column("household_id", String(64), primary_key=True),
    Column("grid_id", String(64), nullable=False),
    Column("decision", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("band", String(16), nullable=False),
    Column("urgent_rules", Text, nullable=False),
    Column("propensity", Float),
    ForeignKeyConstraint(("as_of_date", "publish_seq"), _PUBLICATION_KEY),
)

EVENT_LISTS = Table(
    "event_lists",
    METADATA,
    Column("list_id", String(36), primary_key=True),
    Column("as_of_date", Date, nullable=False),
    Column("publish_seq", Integer, nullable=False),
    Column("event", String(32), nullable=False),
    Column("event_sha256", String(64), nullable=False),
    Column("matrix_sha256", String(64), nullable=False),
    Column("manifest_sha256", String(64), nullable=False),
    Column("manifest", Text, nullable=False),
    Column("drawn_at", UtcDateTime, nullable=False),
    ForeignKeyConstraint(("as_of_date", "publish_seq"), _PUBLICATION_KEY),
)

EVENT_DECISIONS = Table(
    "event_decisions",
    METADATA,
    Column("list_id", String(36), ForeignKey("event_lists.list_id"), primary_key=True),
    Column("household_id", String(64), primary_key=True),
    Column("grid_id", String(64), nullable=False),
    Column("decision", String(16), nullable=False),
    Column("reasons", Text, nullable=False),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("message_id", String(64), primary_key=True),
    Column("as_of_date", Date, nullable=False),
    Column("publish_seq", Integer, nullable=False),
    Column("grid_id", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), _one_of("state", MessageState), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", UtcDateTime, nullable=False),
    Column("last_result", String(64)),
    Column("settled_at", UtcDateTime),
    UniqueConstraint("as_of_date", "publish_seq", "grid_id"),
    ForeignKeyConstraint(("as_of_date", "publish_seq"), _PUBLICATION_KEY),
)
Index("outbox_by_due", OUTBOX.c.state, OUTBOX.c.next_attempt_at)

DISABLED_TARGETS = Table(
    "disabled_targets",
    METADATA,
    Column("url", String(500), primary_key=True),
    Column("disabled_at", UtcDateTime, nullable=False),
    Column("reason", String(64), nullable=False),
)

OUTCOMES = Table(
    "outcomes",
    METADATA,
    Column("outcome_id", String(36), primary_key=True),
    Column("body_sha256", String(64), primary_key=True),
    Column("alert_id", String(36), nullable=False),
    Column("state", String(16), _one_of("state", OutcomeState), nullable=False),
    Column("visited_on", Date, nullable=False),
    Column("finding", String(32), nullable=False),
    Column("needs", String(100), nullable=False),
    Column("note", Text),
    Column("worker_id", String(64), nullable=False),
    Column("worker_role", String(32), nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_on", Date, nullable=False),
)
Index("outcomes_by_alert", OUTCOMES.c.alert_id)
Index("outcomes_by_day", OUTCOMES.c.recorded_on)

API_TOKENS = Table(
    "api_tokens",
    METADATA,
    Column("token_id", String(16), primary_key=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("worker_id", String(64), nullable=False),
    Column("role", String(32), nullable=False),
    Column("scope_level", String(16), nullable=False),
    Column("scope_id", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
)
