"""GET /v1/aggregates/waiting"""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from serving.access.roles import Right
from serving.api.audited import AuditedDep
from serving.api.deps import CallerDep, ClockDep, StoreDep
from serving.api.problems import require
from serving.store.scopes import WHOLE
from serving.supervision.waiting import waiting

router = APIRouter(prefix="/v1/aggregates", tags=["supervision"])


class WaitingLineOut(BaseModel):
    """Open cases, those past their deadline, and those in which nobody was met yet. Null: withheld."""

    line: str
    cases: int | None
    overdue: int | None
    unreached: int | None


class WaitingOut(BaseModel):
    """Open cases as they stand; ``tables`` by place, clock, how often they were listed, and place/clock."""

    at: datetime
    tables: dict[str, list[WaitingLineOut]]


@router.get("/waiting", openapi_extra={"x-problems": ["not-your-role"]})
def get_waiting(
    caller: CallerDep, audited: AuditedDep, store: StoreDep, clock: ClockDep
) -> WaitingOut:
    """Return what is overdue and whom nobody has met yet, in the caller's part of the district."""
    require(caller.may(Right.AGGREGATES))
    audited.report("waiting")
    with store.read(WHOLE) as read:
        found = waiting(read, scope=caller.paths_with(Right.AGGREGATES), now=clock())
    return WaitingOut.model_validate(found, from_attributes=True)
