"""GET /v1/aggregates/never-scored"""

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel

from serving.access.roles import Right
from serving.api.audited import AuditedDep
from serving.api.deps import CallerDep, StoreDep
from serving.api.problems import NotFound, require
from serving.store.scopes import WHOLE
from serving.supervision.never_scored import never_scored

router = APIRouter(prefix="/v1/aggregates", tags=["supervision"])


class NeverScoredLineOut(BaseModel):
    """Households of a line. Null: withheld."""

    line: str
    households: int | None


class NeverScoredOut(BaseModel):
    """Who is in no row of the newest night; ``tables`` by place, why, and place/why."""

    as_of_date: date
    tables: dict[str, list[NeverScoredLineOut]]


@router.get("/never-scored", openapi_extra={"x-problems": ["not-found", "not-your-role"]})
def get_never_scored(caller: CallerDep, audited: AuditedDep, store: StoreDep) -> NeverScoredOut:
    """Return how many households departments know of and no list can reach, and why; 404 before the first night."""
    require(caller.may(Right.AGGREGATES))
    audited.report("never_scored")
    with store.read(WHOLE) as read:
        found = never_scored(read, scope=caller.paths_with(Right.AGGREGATES))
    if found is None:
        raise NotFound
    return NeverScoredOut.model_validate(found, from_attributes=True)
