"""GET /health"""

import json
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from serving.api.deps import ClockDep, ZoneDep, the_store
from serving.ledger.runs import latest_publication
from serving.store import Store

router = APIRouter(tags=["health"])


class LastPublication(BaseModel):
    """The lists that stand."""

    as_of_date: date
    published_at: datetime
    data_until: date
    late_feeds: list[str]


class Health(BaseModel):
    """``stale``: no list for today yet. ``empty``: nothing was ever published."""

    status: Literal["ok", "stale", "empty"]
    last_publication: LastPublication | None


@router.get("/health")
def get_health(
    store: Annotated[Store, Depends(the_store)], clock: ClockDep, zone: ZoneDep
) -> Health:
    """Say whether lists are up to date; needs no token and tells nothing about any place."""
    last = latest_publication(store)
    if last is None:
        return Health(status="empty", last_publication=None)
    header = json.loads(last.header)
    today = clock().astimezone(zone).date()
    return Health(
        status="ok" if last.as_of_date >= today else "stale",
        last_publication=LastPublication(
            as_of_date=last.as_of_date,
            published_at=last.published_at,
            data_until=last.as_of_date - timedelta(days=1),
            late_feeds=[feed["feed"] for feed in header["late_feeds"]],
        ),
    )
