"""POST /v1/intakes/{intake_id}/findings"""

from uuid import UUID

from fastapi import APIRouter, Request, status
from pydantic import BaseModel, ConfigDict, Field

from serving.access.audit import Action
from serving.api.changing import ChangingDep
from serving.api.deps import CaseRulesDep, RecorderDep
from serving.api.parameters import PLACE
from serving.api.problems import NotFound
from serving.cases.findings import Finding, Need
from serving.channels import Entered, confirm_intake
from serving.channels.intake import grid_of
from serving.dossier.reach import may_be_named, reaches_grid

router = APIRouter(prefix="/v1/intakes", tags=["channels"])


class IntakeFindingIn(BaseModel):
    """What somebody found of a household that came by another way, and which one it is."""

    model_config = ConfigDict(extra="forbid")

    household_id: str | None = Field(
        default=None, pattern=PLACE, description="If it is known: in reach, or in that grid."
    )
    finding: Finding
    needs: list[Need] = Field(default_factory=list, max_length=len(Need))


class IntakeFindingOut(BaseModel):
    """Which version of the intake's findings this is; the newest counts, all are kept."""

    intake_id: UUID
    version: int
    entered: Entered
    case_id: UUID | None


@router.post(
    "/{intake_id}/findings",
    status_code=status.HTTP_201_CREATED,
    response_model=IntakeFindingOut,
    openapi_extra={"x-problems": ["not-your-role"]},
)
def post_intake_finding(
    intake_id: UUID,
    body: IntakeFindingIn,
    caller: RecorderDep,
    request: Request,
    changing: ChangingDep,
    rules_on: CaseRulesDep,
) -> IntakeFindingOut:
    """Add what was found of an intake; earlier findings stay."""
    with changing() as change:
        work, today = change.work, change.today
        grid_id = grid_of(work, intake_id=str(intake_id))
        if grid_id is None or not reaches_grid(work, caller=caller, grid_id=grid_id):
            raise NotFound
        if body.household_id is not None and not may_be_named(
            work,
            caller=caller,
            household_id=body.household_id,
            grid_id=grid_id,
            home=request.app.state.home,
        ):
            raise NotFound
        change.note(Action.RECORDED, body.household_id, what="intake_finding", id=str(intake_id))
        confirmed = confirm_intake(
            work,
            intake_id=str(intake_id),
            household_id=body.household_id,
            finding=body.finding,
            needs=tuple(dict.fromkeys(body.needs)),
            recorded_by=caller.worker_id,
            rules=rules_on(today),
            now=change.now,
            today=today,
        )
        return IntakeFindingOut(
            intake_id=intake_id,
            version=confirmed.version,
            entered=confirmed.entered,
            case_id=None if confirmed.case_id is None else UUID(confirmed.case_id),
        )
