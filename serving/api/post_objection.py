"""POST /v1/households/{household_id}/objections"""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field

from serving.access.roles import Right
from serving.api.changing import ChangingDep, require_household
from serving.api.parameters import HouseholdId
from serving.cases import Ground
from serving.dossier.recording import report_objection

router = APIRouter(prefix="/v1/households", tags=["rights"])


class ObjectionIn(BaseModel):
    """What the household objects to; taken down by whoever hears it."""

    model_config = ConfigDict(extra="forbid")

    objection_id: UUID = Field(
        description="Made by the client. Resend with the same id: nothing changes."
    )
    ground: Ground


class ObjectionOut(BaseModel):
    """An objection as it stands; ``withdrawn_at`` where the household took it back."""

    objection_id: UUID
    household_id: str
    ground: str
    state: str
    recorded_at: datetime
    decided_at: datetime | None
    withdrawn_at: datetime | None


@router.post(
    "/{household_id}/objections",
    status_code=status.HTTP_201_CREATED,
    openapi_extra={"x-problems": ["conflict", "not-your-role"]},
)
def post_objection(
    household_id: HouseholdId, body: ObjectionIn, changing: ChangingDep
) -> ObjectionOut:
    """Record that a household objects to being listed by machine, or to a fact (PIPL 24 and 46)."""
    with changing() as change:
        require_household(change, household_id, right=Right.RECORD)
        kept = report_objection(change, household_id, **dict(body))
        return ObjectionOut.model_validate(kept, from_attributes=True)
