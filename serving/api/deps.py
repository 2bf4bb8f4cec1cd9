"""What endpoints ask for: a connection, the caller, the time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection

from serving.api.problems import Unauthenticated
from serving.leases import Clock
from serving.store import Store
from serving.tokens import Caller, caller_of

_bearer = HTTPBearer(auto_error=False, description="A token from `zhaoren tokens issue`.")


def utc_now() -> datetime:
    """Return the time. The only place in the API that asks the clock."""
    return datetime.now(UTC)


def the_clock() -> Clock:
    """Return the clock, for endpoints that must ask it after they hold the write lock."""
    return utc_now


def the_store(request: Request) -> Store:
    """Return the store the app was made with."""
    store: Store = request.app.state.store
    return store


def the_zone(request: Request) -> ZoneInfo:
    """Return the bureau's time zone."""
    zone: ZoneInfo = request.app.state.zone
    return zone


def require_caller(
    store: Annotated[Store, Depends(the_store)],
    clock: Annotated[Clock, Depends(the_clock)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    """Return who is asking.

    Raises:
        Unauthenticated: no token, or none that is in force. Asked anew for every request, so that a
            revoked token is refused at once.
    """
    if credentials is None:
        raise Unauthenticated
    with store.read() as connection:
        caller = caller_of(connection, secret=credentials.credentials, now=clock())
    if caller is None:
        raise Unauthenticated
    return caller


def open_read(store: Annotated[Store, Depends(the_store)]) -> Iterator[Connection]:
    """Open a reading transaction for the request."""
    with store.read() as connection:
        yield connection


def open_work(store: Annotated[Store, Depends(the_store)]) -> Iterator[Connection]:
    """Open a writing transaction for the request."""
    with store.write() as connection:
        yield connection


CallerDep = Annotated[Caller, Depends(require_caller)]
Read = Annotated[Connection, Depends(open_read, scope="function")]
# Committed before the answer is sent. With FastAPI's default scope a failed commit comes after the
# client has already been told 201.
Work = Annotated[Connection, Depends(open_work, scope="function")]
ClockDep = Annotated[Clock, Depends(the_clock)]
ZoneDep = Annotated[ZoneInfo, Depends(the_zone)]
