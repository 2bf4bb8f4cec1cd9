"""GET /v1/runs"""

from datetime import date, datetime

from fastapi import APIRouter
from pydantic import BaseModel

from serving.access.roles import Right
from serving.api.cursors import cursor_after, key_of
from serving.api.deps import CallerDep, Read
from serving.api.parameters import CursorQuery, LimitQuery
from serving.api.problems import require
from serving.ledger.runs import runs_page

router = APIRouter(prefix="/v1/runs", tags=["operation"])


class RunOut(BaseModel):
    """One attempt at one night."""

    run_id: str
    as_of_date: date
    attempt: int
    state: str
    started_at: datetime
    finished_at: datetime | None


class RunsOut(BaseModel):
    """Attempts, the latest first."""

    runs: list[RunOut]
    next: str | None


@router.get("", openapi_extra={"x-problems": ["not-your-role"]})
def get_runs(
    caller: CallerDep, read: Read, limit: LimitQuery = 20, cursor: CursorQuery = None
) -> RunsOut:
    """Return which nights ran, for supervisors; why one failed is the operator's (`zhaoren status`)."""
    require(caller.may(Right.AGGREGATES) or caller.may(Right.OPERATE))
    before = None if cursor is None else int(key_of(cursor, of="runs")[0])
    found = runs_page(read, before=before, most=limit + 1)
    last = found[limit - 1] if len(found) > limit else None
    return RunsOut.model_validate(
        {
            "runs": [vars(one) for one in found[:limit]],
            "next": last and cursor_after([last.fence], of="runs"),
        }
    )
