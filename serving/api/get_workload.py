"""GET /v1/aggregates/workload"""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from serving.access.roles import Right
from serving.api.audited import AuditedDep
from serving.api.deps import CallerDep, ClockDep, StoreDep, ZoneDep
from serving.api.problems import require
from serving.store.scopes import WHOLE
from serving.supervision.workload import workload

router = APIRouter(prefix="/v1/aggregates", tags=["supervision"])


class WorkloadLineOut(BaseModel):
    """Visits there was room for, households listed, those reported on, and listed of room. Null: withheld."""

    line: str
    capacity: int
    listed: int | None
    answered: int | None
    load: float | None


class WorkloadOut(BaseModel):
    """The working days of [since, until); ``tables`` by place, role, day, and place/role."""

    since: date
    until: date
    tables: dict[str, list[WorkloadLineOut]]


@router.get("/workload", openapi_extra={"x-problems": ["not-your-role"]})
def get_workload(
    caller: CallerDep,
    audited: AuditedDep,
    store: StoreDep,
    clock: ClockDep,
    zone: ZoneDep,
    weeks: Annotated[int, Query(ge=1, le=8, description="Before today.")] = 4,
) -> WorkloadOut:
    """Return what lists asked of people and what they had room for, in the caller's part of the district."""
    require(caller.may(Right.AGGREGATES))
    audited.report("workload", weeks=weeks)
    with store.read(WHOLE) as read:
        found = workload(
            read,
            scope=caller.paths_with(Right.AGGREGATES),
            until=clock().astimezone(zone).date(),
            weeks=weeks,
        )
    return WorkloadOut.model_validate(found, from_attributes=True)
