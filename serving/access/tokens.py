"""Who may ask the API: a token per person, with a role and the part of the district it reaches."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, Row, Table, insert, select, update

from serving.store.schema import API_TOKENS

_PREFIX = "zr"


class Role(StrEnum):
    """What a caller does. A supervisor sees the lists of every role in scope."""

    GRID_WORKER = "grid_worker"
    STREET_OFFICER = "street_officer"
    SOCIAL_WORKER = "social_worker"
    SUPERVISOR = "supervisor"


class ScopeLevel(StrEnum):
    """The level of the grid tree a scope names; everything under it is in scope."""

    GRID = "grid"
    COMMUNITY = "community"
    STREET = "street"
    DISTRICT = "district"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who is asking."""

    worker_id: str
    role: Role
    scope_level: ScopeLevel
    scope_id: str

    def reaches(self, lists: Table) -> ColumnElement[bool]:
        """Return the condition on ``lists`` (as published) that keeps what this caller may see."""
        in_scope: ColumnElement[bool] = lists.c[f"{self.scope_level.value}_id"] == self.scope_id
        if self.role is Role.SUPERVISOR:
            return in_scope
        return in_scope & (lists.c.role == self.role.value)


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A new token. ``secret`` is shown once and stored nowhere."""

    token_id: str
    secret: str


def issue(work: Connection, *, caller: Caller, now: datetime, expires_at: datetime) -> Issued:
    """Make a token for ``caller``; only its SHA-256 is kept."""
    token_id = secrets.token_hex(4)
    secret = f"{_PREFIX}_{token_id}_{secrets.token_urlsafe(32)}"
    work.execute(
        insert(API_TOKENS).values(
            token_id=token_id,
            token_sha256=_hash(secret),
            worker_id=caller.worker_id,
            role=caller.role.value,
            scope_level=caller.scope_level.value,
            scope_id=caller.scope_id,
            created_at=now,
            expires_at=expires_at,
        )
    )
    return Issued(token_id=token_id, secret=secret)


def revoke(work: Connection, *, token_id: str, now: datetime) -> bool:
    """End a token at once; False if there is no such token in force."""
    ended = work.execute(
        update(API_TOKENS)
        .where(API_TOKENS.c.token_id == token_id, API_TOKENS.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return ended.rowcount == 1


def caller_of(read: Connection, *, secret: str, now: datetime) -> Caller | None:
    """Return who holds ``secret``; None if nobody does, or it has expired or was revoked."""
    row = read.execute(
        select(API_TOKENS).where(
            API_TOKENS.c.token_sha256 == _hash(secret),
            API_TOKENS.c.expires_at > now,
            API_TOKENS.c.revoked_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    return Caller(
        worker_id=row.worker_id,
        role=Role(row.role),
        scope_level=ScopeLevel(row.scope_level),
        scope_id=row.scope_id,
    )


def tokens(read: Connection) -> Sequence[Row[tuple[object, ...]]]:
    """Return every token ever issued, newest first; no secrets."""
    columns = [column for column in API_TOKENS.c if column.name != "token_sha256"]
    return read.execute(select(*columns).order_by(API_TOKENS.c.created_at.desc())).all()


def _hash(secret: str) -> str:
    # Plain SHA-256 is enough: the secret is 256 random bits, not a password.
    return hashlib.sha256(secret.encode()).hexdigest()
