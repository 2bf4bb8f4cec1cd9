"""Tokens for people and programs without single sign-on: a token says who somebody is, nothing more."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from serving.access.members import begin_membership, memberships_where
from serving.access.places import Level
from serving.access.roles import Role
from serving.store.schema import API_TOKENS

PREFIX = "zr"

_BY_TOKEN = memberships_where(
    select(API_TOKENS.c.worker_id)
    .where(
        API_TOKENS.c.token_sha256 == bindparam("token_sha256"),
        API_TOKENS.c.expires_at > bindparam("now"),
        API_TOKENS.c.revoked_at.is_(None),
    )
    .scalar_subquery()
)


@dataclass(frozen=True, kw_only=True)
class Issued:
    """A new token. ``secret`` is shown once and stored nowhere."""

    token_id: str
    secret: str


def issue(
    work: Connection,
    *,
    worker_id: str,
    now: datetime,
    expires_at: datetime,
    is_session: bool = False,
) -> Issued:
    """Make a token for ``worker_id``; only its SHA-256 is kept."""
    token_id = secrets.token_hex(4)
    secret = f"{PREFIX}_{token_id}_{secrets.token_urlsafe(32)}"
    work.execute(
        insert(API_TOKENS).values(
            token_id=token_id,
            token_sha256=hash_of(secret),
            worker_id=worker_id,
            created_at=now,
            expires_at=expires_at,
            is_session=is_session,
        )
    )
    return Issued(token_id=token_id, secret=secret)


def welcome(
    work: Connection,
    *,
    worker_id: str,
    role: Role,
    level: Level,
    place_id: str,
    now: datetime,
    expires_at: datetime,
) -> Issued:
    """Make a membership and a token for it at once, as a newcomer needs them."""
    begin_membership(work, worker_id=worker_id, role=role, level=level, place_id=place_id, now=now)
    return issue(work, worker_id=worker_id, now=now, expires_at=expires_at)


def revoke(work: Connection, *, token_id: str, now: datetime) -> bool:
    """End a token at once; False if there is no such token in force."""
    ended = work.execute(
        update(API_TOKENS)
        .where(API_TOKENS.c.token_id == token_id, API_TOKENS.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return ended.rowcount == 1


def memberships_by(
    read: Connection, *, secret: str, now: datetime
) -> Sequence[Row[str, str, str, str, str]]:
    """Return :func:`memberships_of` whoever holds ``secret``; none if nobody does, or it has expired or was revoked.

    In one statement: every request begins with it.
    """
    return read.execute(_BY_TOKEN, {"token_sha256": hash_of(secret), "now": now}).all()


def tokens(read: Connection) -> Sequence[Row[tuple[object, ...]]]:
    """Return every token ever issued to a person, newest first; no secrets, no sessions of the pages."""
    columns = [column for column in API_TOKENS.c if column.name != "token_sha256"]
    return read.execute(
        select(*columns)
        .where(API_TOKENS.c.is_session.is_(False))
        .order_by(API_TOKENS.c.created_at.desc())
    ).all()


def hash_of(secret: str) -> str:
    """Return what is kept of a secret."""
    # Plain SHA-256 is enough: the secret is 256 random bits, not a password.
    return hashlib.sha256(secret.encode()).hexdigest()
