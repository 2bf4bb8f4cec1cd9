"""GET /pages/health: whether data, nights and model are all right, and where to look further."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from serving.access.roles import Right
from serving.api.deps import CallerDep, ClockDep, Read, StoreDep, ZoneDep
from serving.api.problems import require
from serving.ledger.runs import latest_publication, runs_page
from serving.lists.list_policy import load_list_policy
from serving.pages import health_page
from serving.pages.rendering import render
from serving.pages.session import PREFIX
from serving.store.scopes import WHOLE
from serving.supervision.coverage import grids_in
from serving.supervision.model_health import model_health

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_RUNS_SHOWN = 14


@router.get("/health")
def get_health(
    request: Request, caller: CallerDep, read: Read, store: StoreDep, clock: ClockDep, zone: ZoneDep
) -> Response:
    """Return how feeds, nights and the model do; nothing here is about a household."""
    require(caller.may(Right.AGGREGATES) or caller.may(Right.OPERATE))
    state = request.app.state
    last = latest_publication(store)
    feeds = [] if last is None else health_page.feeds_of(last)
    policy = load_list_policy(state.list_policy, as_of_date=clock().astimezone(zone).date())
    found = None if state.home is None else model_health(state.home)
    model = found if found is None or caller.may(Right.MODEL) else found.without_counts()
    with store.read(WHOLE) as whole:
        grids = set(grids_in(whole, scope=WHOLE))
    drawn = set(state.grid_geometry.rings)
    return render(
        request,
        "health.html",
        {
            "last": last,
            "data_until": last and last.as_of_date - timedelta(days=1),
            "feeds": feeds,
            "feed_words": policy.feed_words,
            "counts": health_page.counts(feeds),
            "nights": health_page.nights(runs_page(read, before=None, most=_RUNS_SHOWN)),
            "model": model,
            "moved": health_page.most_moved(model.drift) if model and model.drift else [],
            "bars": health_page.BARS,
            "links": state.links,
            "undrawn": sorted(grids - drawn) if drawn else [],
            "unknown": sorted(drawn - grids),
        },
    )
