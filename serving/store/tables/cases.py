"""Tables of what becomes of an alert: one open case per household, its events, attempts, objections."""

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
)

from serving.store.tables.base import METADATA, UtcDateTime, area_path_column, one_of


class CaseState(StrEnum):
    """``searching``: nobody was met, and where the household is must be found out. It is still open."""

    OPEN = "open"
    SEARCHING = "searching"
    CLOSED = "closed"


class Level(StrEnum):
    """Who holds a case now, from the nearest to the household up."""

    GRID = "grid"
    STREET = "street"
    DISTRICT = "district"


class ClockClass(StrEnum):
    """How fast somebody must be there: in hours, in working days, in weeks."""

    URGENT = "urgent"
    RED = "red"
    NORMAL = "normal"


class CaseEventKind(StrEnum):
    """What can happen to a case."""

    OPENED = "opened"
    REPEATED = "repeated"
    WORSENED = "worsened"
    REPORTED = "reported"
    ATTEMPTED = "attempted"
    OUTCOME = "outcome"
    REASSIGNED = "reassigned"
    ESCALATED = "escalated"
    SEARCH_ASKED = "search_asked"
    SEARCH_DECIDED = "search_decided"
    DUE_MOVED = "due_moved"
    CLOSED = "closed"
    OBJECTED = "objected"


class AttemptState(StrEnum):
    """``refused``: against the order of the contact ladder. ``conflicting``: the id was used for
    something else. ``orphan``: the case was closed or another person's by then. All are kept;
    only accepted ones count."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    CONFLICTING = "conflicting"
    ORPHAN = "orphan"


class ObjectionState(StrEnum):
    """Where an objection to automated listing stands."""

    RECORDED = "recorded"
    UPHELD = "upheld"
    REFUSED = "refused"


CASES = Table(
    "cases",
    METADATA,
    Column("case_id", String(36), primary_key=True),
    Column("household_id", String(64), nullable=False),
    Column("grid_id", String(64), nullable=False),
    area_path_column(),
    Column("level", String(16), one_of("level", Level), nullable=False),
    Column("role", String(32), nullable=False),
    Column("assigned_to", String(64)),
    Column("clock", String(16), one_of("clock", ClockClass), nullable=False),
    Column("state", String(16), one_of("state", CaseState), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("due_from", UtcDateTime, nullable=False),
    Column("due_span", String(64), nullable=False),
    Column("due_is_provisional", Boolean, nullable=False),
    Column("policy", Text, nullable=False),
    Column("repeats", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    # Null: another channel brought the household and no list has named it since.
    Column("alert_id", String(36)),
    Column("listed_on", Date, nullable=False),
    Column("band", String(16), nullable=False),
    Column("urgent_rules", Text, nullable=False),
    Column("answered_on", Date),
    Column("answers", Text, nullable=False),
    Column("first_contact_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("closed_on", Date),
    Column("closed_because", String(32)),
)
Index(
    "one_open_case_per_household",
    CASES.c.household_id,
    unique=True,
    sqlite_where=CASES.c.state != CaseState.CLOSED.value,
    postgresql_where=CASES.c.state != CaseState.CLOSED.value,
)
Index("cases_by_household", CASES.c.household_id)
Index("cases_by_due", CASES.c.state, CASES.c.due_at)

CASE_EVENTS = Table(
    "case_events",
    METADATA,
    Column("case_id", String(36), ForeignKey("cases.case_id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("day", Date, nullable=False),
    Column("kind", String(16), one_of("kind", CaseEventKind), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("body", Text, nullable=False),
)
Index("case_events_by_day", CASE_EVENTS.c.day)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("attempt_id", String(36), primary_key=True),
    Column("body_sha256", String(64), primary_key=True),
    Column("case_id", String(36), ForeignKey("cases.case_id"), nullable=False),
    Column("state", String(16), one_of("state", AttemptState), nullable=False),
    Column("reason", String(32)),
    Column("channel", String(16), nullable=False),
    Column("result", String(16), nullable=False),
    Column("evidence", String(32), nullable=False),
    Column("device_at", UtcDateTime),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("worker_id", String(64), nullable=False),
    Column("worker_role", String(32), nullable=False),
    Column("case_version", Integer),
)
Index("attempts_by_case", ATTEMPTS.c.case_id)

NOTES = Table(
    "case_notes",
    METADATA,
    Column("note_id", String(36), primary_key=True),
    Column("body_sha256", String(64), primary_key=True),
    Column("case_id", String(36), ForeignKey("cases.case_id"), nullable=False),
    # Of several texts sent under one id the first counts.
    Column("is_first", Boolean, nullable=False),
    Column("text", String(500), nullable=False),
    Column("device_at", UtcDateTime),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("worker_id", String(64), nullable=False),
    Column("worker_role", String(32), nullable=False),
)
Index("case_notes_by_case", NOTES.c.case_id)

OBJECTIONS = Table(
    "objections",
    METADATA,
    Column("objection_id", String(36), primary_key=True),
    Column("household_id", String(64), nullable=False),
    Column("ground", String(32), nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("recorded_by", String(64), nullable=False),
    Column("state", String(16), one_of("state", ObjectionState), nullable=False),
    Column("decided_at", UtcDateTime),
    Column("decided_on", Date),
    Column("decided_by", String(64)),
    Column("reason", String(200)),
)
Index("objections_by_household", OBJECTIONS.c.household_id)

OBJECTION_WITHDRAWALS = Table(
    "objection_withdrawals",
    METADATA,
    Column("objection_id", String(36), ForeignKey("objections.objection_id"), primary_key=True),
    Column("withdrawn_at", UtcDateTime, nullable=False),
    Column("withdrawn_on", Date, nullable=False),
    Column("withdrawn_by", String(64), nullable=False),
)
