"""Sessions of people who signed in at the provider: a token of ours that ends with the working day or when they sign out.

Made by the pages. The provider's own token is not kept: it is often valid for minutes, and too long for a
cookie. Where and as what somebody acts is asked anew for each request, as with every token.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, update

from serving.access.tokens import hash_of, issue
from serving.store.schema import API_TOKENS

LASTS = timedelta(hours=12)


def begin_session(work: Connection, *, worker_id: str, now: datetime) -> str:
    """Return the secret of a new session; the worker's expired ones are forgotten."""
    work.execute(
        delete(API_TOKENS).where(
            API_TOKENS.c.worker_id == worker_id,
            API_TOKENS.c.is_session,
            API_TOKENS.c.expires_at <= now,
        )
    )
    return issue(work, worker_id=worker_id, now=now, expires_at=now + LASTS, is_session=True).secret


def end_session(work: Connection, *, secret: str, now: datetime) -> None:
    """End a session at once; a token that was issued to a person stays in force."""
    work.execute(
        update(API_TOKENS)
        .where(API_TOKENS.c.token_sha256 == hash_of(secret), API_TOKENS.c.is_session)
        .values(revoked_at=now)
    )
