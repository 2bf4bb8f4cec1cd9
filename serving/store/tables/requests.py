"""Table of requests that were answered once and are answered the same when sent again."""

from sqlalchemy import Column, Integer, String, Table, Text

from serving.store.tables.base import METADATA, UtcDateTime

ANSWERED = Table(
    "answered_requests",
    METADATA,
    Column("worker_id", String(64), primary_key=True),
    Column("idempotency_key", String(64), primary_key=True),
    Column("request_sha256", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("answered_at", UtcDateTime, nullable=False),
)
