"""The table of who looked at what, each row holding the hash of the one before. Rows are only added."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from serving.store.tables.base import METADATA, UtcDateTime

AUDIT_ENTRIES = Table(
    "audit_entries",
    METADATA,
    Column(
        "seq", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False
    ),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("action", String(32), nullable=False),
    Column("household_id", String(64)),
    Column("detail", Text, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
)
Index("audit_by_household", AUDIT_ENTRIES.c.household_id, AUDIT_ENTRIES.c.at)
Index("audit_by_time", AUDIT_ENTRIES.c.at)
