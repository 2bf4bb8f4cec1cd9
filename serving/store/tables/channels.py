"""Tables of households that came by another way than a list: found in the field, a ticket, a report."""

from enum import StrEnum

from sqlalchemy import Column, Date, Index, Integer, String, Table

from serving.store.tables.base import METADATA, UtcDateTime, one_of


class IntakeChannel(StrEnum):
    """How the household came to us."""

    FIELD = "field"
    HOTLINE = "hotline"
    MANDATORY_REPORT = "mandatory_report"
    SELF_APPLICATION = "self_application"


class IntakeState(StrEnum):
    """``conflicting``: its id was used before for something else; kept, and does not count."""

    ACCEPTED = "accepted"
    CONFLICTING = "conflicting"


class Entered(StrEnum):
    """What became of an intake: the case it opened or joined, or why there is none."""

    OPENED = "opened"
    JOINED = "joined"
    SETTLED = "settled"
    HOUSEHOLD_UNKNOWN = "household_unknown"
    PLACE_UNKNOWN = "place_unknown"
    NOT_IN_POLICY = "not_in_policy"


INTAKES = Table(
    "intakes",
    METADATA,
    Column("intake_id", String(36), primary_key=True),
    Column("body_sha256", String(64), primary_key=True),
    Column("state", String(16), one_of("state", IntakeState), nullable=False),
    Column("channel", String(24), nullable=False),
    Column("came_on", Date, nullable=False),
    Column("grid_id", String(64)),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("recorded_by", String(64), nullable=False),
)
Index("intakes_by_day", INTAKES.c.came_on)

INTAKE_FINDINGS = Table(
    "intake_findings",
    METADATA,
    Column("intake_id", String(36), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("household_id", String(64)),
    Column("finding", String(32)),
    Column("needs", String(100), nullable=False),
    Column("entered", String(24), one_of("entered", Entered), nullable=False),
    Column("case_id", String(36)),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("recorded_on", Date, nullable=False),
    Column("recorded_by", String(64), nullable=False),
)
Index("intake_findings_by_household", INTAKE_FINDINGS.c.household_id)
