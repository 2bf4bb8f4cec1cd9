"""Tables of what was published and decided about whom."""

from sqlalchemy import (
    Column,
    ColumnElement,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
)

from serving.store.tables.base import METADATA, UtcDateTime, area_path_column
from serving.store.tables.night import PUBLICATION_KEY, PUBLICATIONS

UNNAMED = ""
"""The worker of a list that is whoever's has the role in the grid: the register names nobody there."""

_LIST_KEY = ("as_of_date", "publish_seq", "grid_id", "role", "worker_id")

LISTS = Table(
    "lists",
    METADATA,
    Column("as_of_date", Date, primary_key=True),
    Column("publish_seq", Integer, primary_key=True),
    Column("grid_id", String(64), primary_key=True),
    Column("role", String(32), primary_key=True),
    Column("worker_id", String(64), primary_key=True, default=UNNAMED),
    Column("community_id", String(64), nullable=False),
    Column("street_id", String(64), nullable=False),
    Column("district_id", String(64), nullable=False),
    area_path_column(),
    # Visits there is room for.
    Column("capacity", Integer, nullable=False),
    Column("header", Text, nullable=False),
    ForeignKeyConstraint(("as_of_date", "publish_seq"), PUBLICATION_KEY),
)

ALERTS = Table(
    "alerts",
    METADATA,
    Column("alert_id", String(36), primary_key=True),
    Column("as_of_date", Date, nullable=False),
    Column("publish_seq", Integer, nullable=False),
    Column("household_id", String(64), nullable=False),
    Column("grid_id", String(64), nullable=False),
    area_path_column(),
    Column("role", String(32), nullable=False),
    Column("worker_id", String(64), nullable=False, default=UNNAMED),
    Column("rank", Integer, nullable=False),
    Column("lane", String(16), nullable=False),
    Column("task", String(16)),
    Column("band", String(16), nullable=False),
    Column("urgent_rules", Text, nullable=False),
    Column("propensity", Float),
    Column("entry", Text, nullable=False),
    Column("marks", Text, nullable=False),
    ForeignKeyConstraint(
        _LIST_KEY,
        tuple(f"lists.{name}" for name in _LIST_KEY),
    ),
    UniqueConstraint("as_of_date", "publish_seq", "household_id", name="one_alert_per_household"),
    UniqueConstraint(*_LIST_KEY, "rank", name="one_per_rank"),
)
ON_ITS_LIST = and_(*(ALERTS.c[name] == LISTS.c[name] for name in _LIST_KEY))
"""The condition that an alert stands on a list."""

Index("alerts_by_household", ALERTS.c.household_id)


def in_force(table: Table) -> ColumnElement[bool]:
    """Return the condition that a row's publication was not replaced by a later one of its date.

    ``table`` holds what was published: lists, alerts, decisions, who was never scored.
    """
    return and_(
        PUBLICATIONS.c.as_of_date == table.c.as_of_date,
        PUBLICATIONS.c.publish_seq == table.c.publish_seq,
        PUBLICATIONS.c.is_current,
    )


DECISIONS = Table(
    "decisions",
    METADATA,
    Column("as_of_date", Date, primary_key=True),
    Column("publish_seq", Integer, primary_key=True),
    Column("household_id", String(64), primary_key=True),
    Column("grid_id", String(64), nullable=False),
    area_path_column(index=False),
    Column("decision", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("band", String(16), nullable=False),
    Column("urgent_rules", Text, nullable=False),
    Column("propensity", Float),
    ForeignKeyConstraint(("as_of_date", "publish_seq"), PUBLICATION_KEY),
)

NEVER_SCORED = Table(
    "never_scored",
    METADATA,
    Column("as_of_date", Date, primary_key=True),
    Column("publish_seq", Integer, primary_key=True),
    Column("grid_id", String(64), primary_key=True),
    area_path_column(index=False),
    Column("why", String(32), primary_key=True),
    Column("households", Integer, nullable=False),
    ForeignKeyConstraint(("as_of_date", "publish_seq"), PUBLICATION_KEY),
)
"""How many households of a grid no row of the night's matrix stood for, and why."""

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
    ForeignKeyConstraint(("as_of_date", "publish_seq"), PUBLICATION_KEY),
)

EVENT_DECISIONS = Table(
    "event_decisions",
    METADATA,
    Column("list_id", String(36), ForeignKey("event_lists.list_id"), primary_key=True),
    Column("household_id", String(64), primary_key=True),
    Column("grid_id", String(64), nullable=False),
    Column("decision", String(16), nullable=False),
    Column("reasons", Text, nullable=False),
    Column("case_id", String(36)),
)
