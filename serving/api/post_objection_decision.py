"""POST /v1/households/{household_id}/objections/{objection_id}/decision"""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from serving.access.audit import Action
from serving.access.roles import Right
from serving.api.changing import ChangingDep, require_objection
from serving.api.parameters import TEXT, HouseholdId
from serving.api.post_objection import ObjectionOut
from serving.cases import decide_objection

router = APIRouter(prefix="/v1/households", tags=["rights"])


class ObjectionDecisionIn(BaseModel):
    """What was decided, and why, in words the household can be told."""

    model_config = ConfigDict(extra="forbid")

    upheld: bool
    reason: str = Field(min_length=1, max_length=200, pattern=TEXT)


@router.post(
    "/{household_id}/objections/{objection_id}/decision",
    openapi_extra={"x-problems": ["conflict", "not-your-role"]},
)
def post_objection_decision(
    household_id: HouseholdId, objection_id: UUID, body: ObjectionDecisionIn, changing: ChangingDep
) -> ObjectionOut:
    """Uphold or refuse an objection, once; upheld, the next night leaves the household in peace."""
    with changing() as change:
        require_objection(change, household_id, objection_id, right=Right.DECIDE)
        change.note(Action.DECIDED, household_id, what="objection_decision", id=str(objection_id))
        decided = decide_objection(
            change.work,
            objection_id=str(objection_id),
            upheld=body.upheld,
            reason=body.reason,
            actor=change.caller.worker_id,
            now=change.now,
            today=change.today,
        )
        return ObjectionOut.model_validate(decided, from_attributes=True)
