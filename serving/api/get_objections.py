"""GET /v1/households/{household_id}/objections"""

from fastapi import APIRouter
from pydantic import BaseModel

from serving.access.audit import Action
from serving.api.audited import AuditedDep
from serving.api.deps import Read, VisitorDep
from serving.api.parameters import HouseholdId
from serving.api.post_objection import ObjectionOut
from serving.api.problems import NotFound
from serving.cases.objections import objections_of
from serving.dossier.reach import reached_household

router = APIRouter(prefix="/v1/households", tags=["rights"])


class ObjectionsOut(BaseModel):
    """Every objection of a household, oldest first."""

    objections: list[ObjectionOut]


@router.get("/{household_id}/objections")
def get_objections(
    household_id: HouseholdId, caller: VisitorDep, read: Read, audited: AuditedDep
) -> ObjectionsOut:
    """Return what a household objected to and what was decided."""
    if reached_household(read, caller=caller, household_id=household_id) is None:
        raise NotFound
    audited.households(Action.HOUSEHOLD, [household_id])
    found = objections_of(read, household_id=household_id)
    return ObjectionsOut(
        objections=[ObjectionOut.model_validate(one, from_attributes=True) for one in found]
    )
