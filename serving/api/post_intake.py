"""POST /v1/intakes"""

from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter, Request, Response, status
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from serving.access.audit import Action
from serving.api.changing import ChangingDep
from serving.api.deps import CaseRulesDep, RecorderDep
from serving.api.parameters import PLACE
from serving.api.problems import CONFLICT, INVALID, NotFound, problem
from serving.cases.findings import Finding, Need
from serving.channels import Entered, Intake, IntakeChannel, IntakeConflict, record_intake
from serving.dossier.reach import may_be_named, reaches_grid

router = APIRouter(prefix="/v1/intakes", tags=["channels"])


class IntakeIn(BaseModel):
    """A household that came by another way than a list. No name, number or address."""

    model_config = ConfigDict(extra="forbid")

    intake_id: UUID = Field(description="Made by the client. Resend with the same id.")
    channel: IntakeChannel
    came_on: date
    grid_id: str = Field(pattern=PLACE, description="Of a grid the caller works in.")
    household_id: str | None = Field(
        default=None, pattern=PLACE, description="If it is known: in reach, or in that grid."
    )
    finding: Finding | None = Field(default=None, description="Null until somebody looked.")
    needs: list[Need] = Field(default_factory=list, max_length=len(Need))


class IntakeReceiptOut(BaseModel):
    """Proof that the intake is kept; the same for every resend."""

    intake_id: UUID
    recorded_at: datetime
    entered: Entered = Field(description="The case it opened or joined, or why there is none.")
    case_id: UUID | None


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    response_model=IntakeReceiptOut,
    responses={200: {"description": "Recorded before; the same.", "model": IntakeReceiptOut}},
    openapi_extra={"x-problems": ["conflict", "not-your-role"]},
)
def post_intake(
    body: IntakeIn,
    caller: RecorderDep,
    request: Request,
    changing: ChangingDep,
    rules_on: CaseRulesDep,
    response: Response,
) -> IntakeReceiptOut | JSONResponse:
    """Record a household found in the field, by a hotline, a mandatory report or its own application."""
    with changing() as change:
        work, today = change.work, change.today
        if body.came_on > today:
            return problem(INVALID, f"came_on is after today, {today}")
        if not reaches_grid(work, caller=caller, grid_id=body.grid_id):
            raise NotFound
        if body.household_id is not None and not may_be_named(
            work,
            caller=caller,
            household_id=body.household_id,
            grid_id=body.grid_id,
            home=request.app.state.home,
        ):
            raise NotFound
        change.note(Action.RECORDED, body.household_id, what="intake", id=str(body.intake_id))
        intake = Intake(
            intake_id=str(body.intake_id),
            channel=body.channel,
            came_on=body.came_on,
            household_id=body.household_id,
            grid_id=body.grid_id,
            finding=body.finding,
            needs=tuple(dict.fromkeys(body.needs)),
            recorded_by=caller.worker_id,
        )
        try:
            receipt = record_intake(
                work, intake=intake, rules=rules_on(today), now=change.now, today=today
            )
        except IntakeConflict as conflict:
            # Answered, not raised: an exception would roll back the conflicting body that was just kept.
            return problem(CONFLICT, str(conflict))
        if not receipt.is_new:
            response.status_code = status.HTTP_200_OK
        return IntakeReceiptOut.model_validate(receipt, from_attributes=True)
