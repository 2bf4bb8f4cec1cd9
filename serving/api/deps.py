"""What endpoints ask for: a connection, the caller, the time."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from fastapi.concurrency import contextmanager_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection

from serving.access.callers import Caller, WorkerOf, caller_of
from serving.access.roles import Right
from serving.api.limiting import RateLimits
from serving.api.problems import INVALID, Refused, Unauthenticated, require
from serving.cases.policy import CaseRules, rules_of
from serving.ledger.leases import Clock
from serving.lists.list_policy import load_list_policy
from serving.store import Store
from serving.store.schema import NoticeKind
from serving.store.scopes import WHOLE
from serving.supervision.notices import note

_bearer = HTTPBearer(
    auto_error=False,
    description="A token from `zhaoren tokens issue`, or of the single sign-on provider.",
)


def utc_now() -> datetime:
    """Return the time. The only place in the API that asks the clock."""
    return datetime.now(UTC)


# Asynchronous, though nothing in them waits: FastAPI runs others in a thread of its pool each.
async def the_clock() -> Clock:
    """Return the clock, for endpoints that must ask it after they hold the write lock."""
    return utc_now


async def the_store(request: Request) -> Store:
    """Return the store the app was made with."""
    store: Store = request.app.state.store
    return store


async def the_zone(request: Request) -> ZoneInfo:
    """Return the bureau's time zone."""
    zone: ZoneInfo = request.app.state.zone
    return zone


RulesOn = Callable[[date], CaseRules]
"""Returns what the list policy in force on a day says of cases."""


async def the_case_rules(request: Request) -> RulesOn:
    """Return the rules for cases that the deployment's list policy sets."""
    path, zone = request.app.state.list_policy, request.app.state.zone

    def rules_on(day: date) -> CaseRules:
        return rules_of(load_list_policy(path, as_of_date=day).cases, zone=zone.key)

    return rules_on


async def the_limits(request: Request) -> RateLimits:
    """Return the counters of this process."""
    limits: RateLimits = request.app.state.limits
    return limits


async def refuse_unknown_queries(request: Request) -> None:
    """Refuse a query the address does not know: a misspelt filter must not answer as if it were none.

    Raises:
        Refused: there is one. It is not repeated.
    """
    route = request.scope.get("route")
    # A page is opened with whatever an address happens to carry.
    if not request.query_params or not getattr(route, "include_in_schema", False):
        return
    asked = getattr(route, "path", "")
    operation = request.app.openapi()["paths"].get(asked, {}).get(request.method.lower(), {})
    known = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
    if not {*request.query_params} <= known:
        raise Refused(INVALID, "an unknown query parameter was sent")


Writing = Callable[[], AbstractContextManager[Connection]]
"""Opens the one writing transaction of a request; what leaves it without an error is committed."""

StoreDep = Annotated[Store, Depends(the_store)]
ClockDep = Annotated[Clock, Depends(the_clock)]
ZoneDep = Annotated[ZoneInfo, Depends(the_zone)]
CaseRulesDep = Annotated[RulesOn, Depends(the_case_rules)]
LimitsDep = Annotated[RateLimits, Depends(the_limits)]


async def the_provider(request: Request) -> WorkerOf | None:
    """Return who knows whose a single sign-on token is; None without a provider."""
    worker_of: WorkerOf | None = request.app.state.worker_of
    return worker_of


def require_caller(
    store: StoreDep,
    clock: ClockDep,
    limits: LimitsDep,
    worker_of: Annotated[WorkerOf | None, Depends(the_provider)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Caller:
    """Return who is asking.

    Raises:
        Unauthenticated: no token, or none that is in force. Asked anew for every request, so that a
            revoked token is refused at once.
        Refused: the person asks too much.
    """
    if credentials is None:
        raise Unauthenticated
    with store.glance() as connection:
        caller = caller_of(
            connection, bearer=credentials.credentials, now=clock(), worker_of=worker_of
        )
    if caller is None:
        raise Unauthenticated
    limits.take_request(caller.worker_id)
    return caller


def require_visitor(
    store: StoreDep,
    clock: ClockDep,
    limits: LimitsDep,
    caller: Annotated[Caller, Depends(require_caller)],
) -> Caller:
    """Return who asks for the details of one household.

    Raises:
        Refused: more than anybody visits; their supervisor is told.
    """
    try:
        limits.take_household(caller.worker_id)
    except Refused:
        with store.write() as work:
            note(
                work,
                kind=NoticeKind.MANY_HOUSEHOLDS,
                worker_id=caller.worker_id,
                now=clock(),
            )
        raise
    return caller


async def require_recorder(caller: Annotated[Caller, Depends(require_caller)]) -> Caller:
    """Return the caller, who may record what was tried and found.

    Raises:
        Refused: it is not for their role.
    """
    require(caller.may(Right.RECORD))
    return caller


async def open_read(
    request: Request, store: StoreDep, caller: Annotated[Caller, Depends(require_caller)]
) -> AsyncIterator[Connection]:
    """Open a reading transaction that sees the caller's places only, wherever the database can do that."""
    async with (
        request.app.state.turns.read,
        contextmanager_in_threadpool(store.read(caller.paths)) as connection,
    ):
        yield connection


async def the_writing(
    request: Request, store: StoreDep, caller: Annotated[Caller, Depends(require_caller)]
) -> AsyncIterator[Writing]:
    """Wait for a turn to write, and yield what opens the transaction.

    The endpoint opens and commits it in its own thread: while nobody else can write, no thread is waited
    for. It sees everything: a receipt must be found again after a grid was given to somebody else, and a
    case can be handed over to a place its giver does not reach. Whoever writes asks
    :mod:`serving.dossier.reach` first.
    """
    async with request.app.state.turns.write:
        yield partial(store.write, WHOLE)


CallerDep = Annotated[Caller, Depends(require_caller)]
VisitorDep = Annotated[Caller, Depends(require_visitor)]
RecorderDep = Annotated[Caller, Depends(require_recorder)]
Read = Annotated[Connection, Depends(open_read, scope="function")]
Write = Annotated[Writing, Depends(the_writing, scope="function")]
