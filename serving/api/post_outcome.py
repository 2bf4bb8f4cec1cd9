"""POST /v1/alerts/{alert_id}/outcomes"""

from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from serving.api.deps import CallerDep, ClockDep, Work, ZoneDep
from serving.api.problems import CONFLICT, INVALID, no_such_thing, problem
from serving.findings import Finding, Need, Outcome, OutcomeConflict, record_outcome
from serving.published import reaches_alert
from serving.store.schema import OutcomeState

router = APIRouter(prefix="/v1/alerts", tags=["outcomes"])


class OutcomeIn(BaseModel):
    """What was found at the door."""

    model_config = ConfigDict(extra="forbid")

    outcome_id: UUID = Field(
        description="Made by the client when the visit is saved. Resend with the same id."
    )
    visited_on: date
    finding: Finding
    needs: list[Need] = Field(default_factory=list, max_length=len(Need))
    note: str | None = Field(
        default=None,
        max_length=500,
        description="What would have helped. No names, numbers or addresses. Stays in the store.",
    )


class OutcomeReceipt(BaseModel):
    """Proof that the outcome is kept; the same for every resend."""

    outcome_id: UUID
    recorded_at: datetime


@router.post(
    "/{alert_id}/outcomes",
    status_code=status.HTTP_201_CREATED,
    response_model=OutcomeReceipt,
    responses={
        200: {"description": "Recorded before; the same receipt again.", "model": OutcomeReceipt},
    },
    openapi_extra={"x-problems": ["conflict"]},
)
def post_outcome(
    alert_id: UUID,
    body: OutcomeIn,
    caller: CallerDep,
    work: Work,
    clock: ClockDep,
    zone: ZoneDep,
    response: Response,
) -> OutcomeReceipt | JSONResponse:
    """Record what was found; 201 when new, 200 when already recorded."""
    # Asked after the write lock is held: a day's outcomes are handed on once the day is over, and none
    # may still be dated into it by then.
    now = clock()
    today = now.astimezone(zone).date()
    if body.visited_on > today:
        return problem(INVALID, f"visited_on is after today, {today}")
    known_alert = reaches_alert(work, caller=caller, alert_id=str(alert_id))
    outcome = Outcome(
        outcome_id=str(body.outcome_id),
        alert_id=str(alert_id),
        visited_on=body.visited_on,
        finding=body.finding,
        needs=tuple(dict.fromkeys(body.needs)),
        note=body.note,
        worker_id=caller.worker_id,
        worker_role=caller.role.value,
    )
    try:
        receipt = record_outcome(
            work, outcome=outcome, known_alert=known_alert, now=now, today=today
        )
    except OutcomeConflict as conflict:
        # Answered, not raised: an exception would roll back the conflicting body that was just kept.
        return problem(CONFLICT, str(conflict))
    if receipt.state is OutcomeState.ORPHAN:
        # Returned, not raised, for the same reason.
        return no_such_thing()
    if not receipt.is_new:
        response.status_code = status.HTTP_200_OK
    return OutcomeReceipt(outcome_id=body.outcome_id, recorded_at=receipt.recorded_at)
