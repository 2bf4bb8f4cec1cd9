"""Tables of the nights: who may run, what ran, what stands published."""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from serving.store.tables.base import METADATA, UtcDateTime, one_of


class RunState(StrEnum):
    """Where a run stands. ``crashed``: its lease was taken over by a later run."""

    RUNNING = "running"
    FINISHED = "finished"
    REFUSED = "refused"
    FAILED = "failed"
    CRASHED = "crashed"


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
    Column("state", String(16), one_of("state", RunState), nullable=False),
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
    Column("state", String(16), one_of("state", RunState), nullable=False),
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

PUBLICATION_KEY = ("publications.as_of_date", "publications.publish_seq")
