"""Tables of who may ask."""

from sqlalchemy import Column, String, Table

from serving.store.tables.base import METADATA, UtcDateTime

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
