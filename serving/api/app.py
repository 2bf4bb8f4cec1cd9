"""The application: routers, layers around them, and the description at ``/v1/openapi.json``."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from serving.access.auditor import Auditor
from serving.access.callers import WorkerOf
from serving.api import (
    get_aggregates,
    get_case,
    get_cases,
    get_catalogue,
    get_explain,
    get_freshness,
    get_health,
    get_household,
    get_list,
    get_lists,
    get_me,
    get_metrics,
    get_model_health,
    get_my_list,
    get_never_scored,
    get_notices,
    get_objections,
    get_problems,
    get_reasons,
    get_runs,
    get_standing,
    get_waiting,
    get_workload,
    post_attempt,
    post_closing,
    post_escalation,
    post_intake,
    post_intake_finding,
    post_objection,
    post_objection_decision,
    post_objection_withdrawal,
    post_outcome,
    post_reassignment,
    post_search,
    post_search_decision,
)
from serving.api.bodies import BodyLimit
from serving.api.conditional import Conditional
from serving.api.deps import refuse_unknown_queries, utc_now
from serving.api.describe import describe
from serving.api.limiting import Allowances, RateLimits
from serving.api.meters import Meters
from serving.api.observed import Observed
from serving.api.problems import add_handlers
from serving.api.turns import Turns
from serving.catalogue import Catalogue
from serving.policy_place import Place
from serving.store import Store

_ENDPOINTS = (
    get_me,
    get_my_list,
    get_lists,
    get_list,
    get_household,
    get_reasons,
    get_explain,
    get_standing,
    get_objections,
    post_objection,
    post_objection_decision,
    post_objection_withdrawal,
    post_outcome,
    get_cases,
    get_case,
    post_attempt,
    post_reassignment,
    post_search,
    post_search_decision,
    post_closing,
    post_escalation,
    post_intake,
    post_intake_finding,
    get_catalogue,
    get_aggregates,
    get_waiting,
    get_never_scored,
    get_workload,
    get_notices,
    get_runs,
    get_freshness,
    get_model_health,
    get_problems,
    get_health,
    get_metrics,
)


def create_app(
    store: Store,
    *,
    zone: ZoneInfo,
    home: Path | None = None,
    place: Place | None = None,
    allowances: Allowances | None = None,
    processes: int = 1,
    metrics_token: str | None = None,
    worker_of: WorkerOf | None = None,
    catalogue: Catalogue | None = None,
    list_policy: Path | None = None,
    links: Mapping[str, str] | None = None,
) -> FastAPI:
    """Return the API over ``store``; rules are explained from the matrices in ``home``, if it is given.

    ``list_policy``: the deployment's own; None for the one shipped. ``links``: where operators read on, by name.
    ``processes``: how many servers like this one share what a person may ask.
    """
    # No documentation pages: FastAPI's load scripts from elsewhere, and the offices are offline.
    app = FastAPI(
        title="zhaoren",
        version="1",
        description="Lists of doors to knock on, why, and what was found. No score, no decision:"
        " what rules say of a household is a guess to be checked.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
        lifespan=_lifespan,
        dependencies=[Depends(refuse_unknown_queries)],
    )
    # Requests see nothing on PostgreSQL until they have said for whom they work.
    app.state.store = store.for_requests()
    app.state.turns = Turns(store)
    app.state.auditor = Auditor(store)
    app.state.catalogue = catalogue or Catalogue()
    app.state.list_policy = list_policy
    app.state.worker_of = worker_of
    app.state.zone = zone
    app.state.home = home
    app.state.links = dict(links or {})
    app.state.place = place or Place(region="cn.default")
    app.state.limits = RateLimits(allowances, processes=processes)
    app.state.meters = Meters(store, clock=utc_now)
    app.state.metrics_token = metrics_token
    for module in _ENDPOINTS:
        app.include_router(module.router)
    add_handlers(app)
    # The last one added is the outermost.
    app.add_middleware(Conditional)
    app.add_middleware(BodyLimit)
    app.add_middleware(Observed, meters=app.state.meters)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await run_in_threadpool(app.state.auditor.close)


def _operation_id(route: APIRoute) -> str:
    return route.name
