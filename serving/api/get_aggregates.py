"""GET /v1/aggregates"""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from serving.access.roles import Right
from serving.api.audited import AuditedDep
from serving.api.deps import CallerDep, ClockDep, StoreDep, ZoneDep
from serving.api.problems import require
from serving.store.scopes import WHOLE
from serving.supervision.figures import figures

router = APIRouter(prefix="/v1/aggregates", tags=["supervision"])


class ResultsOut(BaseModel):
    """Alerts by what came of them. Null: withheld, fewer than ten or to be subtracted from others."""

    helped: int | None
    gap: int | None
    no_need: int | None
    refused: int | None
    unreached: int | None
    waiting: int | None


class LineOut(BaseModel):
    """One line of a table, rounded to five; ``all`` is the sum of the others."""

    line: str
    alerts: int | None
    reached: int | None
    confirmed: int | None
    results: ResultsOut
    share: float | None
    interval: tuple[float, float] | None


class FiguresOut(BaseModel):
    """A month in numbers; ``tables`` by place, lane, trigger, source, band, role
    and days to the first visit."""

    month: date
    tables: dict[str, list[LineOut]]
    days_to_visit: dict[str, int | None]


@router.get("", openapi_extra={"x-problems": ["not-your-role"]})
def get_aggregates(
    caller: CallerDep,
    audited: AuditedDep,
    store: StoreDep,
    clock: ClockDep,
    zone: ZoneDep,
    month: Annotated[
        str | None,
        Query(
            pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$",
            description="Of the alerts; this month if none is given. No days: they could be subtracted.",
        ),
    ] = None,
) -> FiguresOut:
    """Return from alert to help and where it stops, in the caller's part of the district."""
    require(caller.may(Right.AGGREGATES))
    first = (
        clock().astimezone(zone).date().replace(day=1)
        if month is None
        else date.fromisoformat(f"{month}-01")
    )
    scope = caller.paths_with(Right.AGGREGATES)
    audited.report("month", month=first.isoformat())
    with store.read(WHOLE) as read:
        return FiguresOut.model_validate(
            figures(read, scope=scope, month=first), from_attributes=True
        )
