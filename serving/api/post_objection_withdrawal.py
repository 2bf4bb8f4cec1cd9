"""POST /v1/households/{household_id}/objections/{objection_id}/withdrawal"""

from uuid import UUID

from fastapi import APIRouter

from serving.access.roles import Right
from serving.api.changing import ChangingDep, require_objection
from serving.api.parameters import HouseholdId
from serving.api.post_objection import ObjectionOut
from serving.dossier.recording import report_withdrawal

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
        withdrawn = report_withdrawal(change, household_id, objection_id=objection_id)
        return ObjectionOut.model_validate(withdrawn, from_attributes=True)
