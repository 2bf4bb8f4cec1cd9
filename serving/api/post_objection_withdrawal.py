"""POST /v1/households/{household_id}/objections/{objection_id}/withdrawal"""

from uuid import UUID

from fastapi import APIRouter

from serving.access.audit import Action
from serving.access.roles import Right
from serving.api.changing import ChangingDep, require_objection
from serving.api.parameters import HouseholdId
from serving.api.post_objection import ObjectionOut
from serving.cases import withdraw_objection

router = APIRouter(prefix="/v1/households", tags=["rights"])


@router.post(
    "/{household_id}/objections/{objection_id}/withdrawal",
    openapi_extra={"x-problems": ["conflict", "not-your-role"]},
)
def post_objection_withdrawal(
    household_id: HouseholdId, objection_id: UUID, changing: ChangingDep
) -> ObjectionOut:
    """Take an objection back on the household's word; nights from tomorrow on may list it again."""
    with changing() as change:
        require_objection(change, household_id, objection_id, right=Right.RECORD)
        change.note(
            Action.RECORDED, household_id, what="objection_withdrawal", id=str(objection_id)
        )
        withdrawn = withdraw_objection(
            change.work,
            objection_id=str(objection_id),
            actor=change.caller.worker_id,
            now=change.now,
            today=change.today,
        )
        return ObjectionOut.model_validate(withdrawn, from_attributes=True)
