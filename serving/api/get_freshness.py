"""GET /v1/freshness"""

import json
from datetime import date, datetime, timedelta

from fastapi import APIRouter
from pydantic import BaseModel

from serving.api.deps import CallerDep, StoreDep
from serving.api.entry_out import Told
from serving.api.problems import NotFound
from serving.ledger.runs import latest_publication

router = APIRouter(prefix="/v1/freshness", tags=["operation"])


class LateFeedOut(BaseModel):
    """A feed that is late or was refused; ``last_received_on`` is null if it never came."""

    feed: str
    department: str
    last_received_on: date | None
    refused: bool


class FreshnessOut(BaseModel):
    """How fresh the lists in force are. A feed not named is on time and as usual."""

    as_of_date: date
    data_until: date
    published_at: datetime
    late_feeds: list[LateFeedOut]
    degraded_feeds: list[Told]


@router.get("")
def get_freshness(caller: CallerDep, store: StoreDep) -> FreshnessOut:
    """Return until when data count and which feeds are late; what was missing is not a zero."""
    last = latest_publication(store)
    if last is None:
        raise NotFound
    header = json.loads(last.header)
    return FreshnessOut(
        as_of_date=last.as_of_date,
        data_until=last.as_of_date - timedelta(days=1),
        published_at=last.published_at,
        late_feeds=header["late_feeds"],
        degraded_feeds=header.get("degraded_feeds", []),
    )
