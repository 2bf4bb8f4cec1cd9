"""Tables of who may ask: what proves who somebody is, and where that person may act as what."""

from sqlalchemy import Boolean, Column, Index, String, Table

from serving.store.tables.base import METADATA, UtcDateTime

API_TOKENS = Table(
    "api_tokens",
    METADATA,
    Column("token_id", String(16), primary_key=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("worker_id", String(64), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("is_session", Boolean, nullable=False),
)

MEMBERS = Table(
    "members",
    METADATA,
    Column("member_id", String(36), primary_key=True),
    Column("worker_id", String(64), nullable=False),
    Column("role", String(32), nullable=False),
    Column("level", String(16), nullable=False),
    Column("place_id", String(64), nullable=False),
    Column("valid_from", UtcDateTime, nullable=False),
    Column("valid_to", UtcDateTime),
)
Index("members_by_worker", MEMBERS.c.worker_id)
