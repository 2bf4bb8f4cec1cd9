"""GET /v1/households/{household_id}/standing"""

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel

from serving.access.audit import Action
from serving.access.roles import Right
from serving.api.audited import AuditedDep
from serving.api.deps import StoreDep, VisitorDep
from serving.api.entry_out import ReasonOut
from serving.api.parameters import HouseholdId
from serving.api.problems import NotFound, require
from serving.dossier.standing import standing

router = APIRouter(prefix="/v1/households", tags=["households"])


class StandingOut(BaseModel):
    """Where a household stood last night, listed or not. There is no number in it, for anybody.

    ``decision`` and ``why``: what the night did with it. ``reasons`` are those of a listing of that night;
    none where it was not listed.
    """

    household_id: str
    as_of_date: date
    data_until: date
    band: str
    decision: str
    why: str
    reasons: list[ReasonOut]


@router.get("/{household_id}/standing", openapi_extra={"x-problems": ["not-your-role"]})
def get_standing(
    household_id: HouseholdId,
    caller: VisitorDep,
    store: StoreDep,
    audited: AuditedDep,
) -> StandingOut:
    """Return band and reasons of one household as of last night, for those who decide about cases."""
    require(caller.may(Right.DECIDE))
    scope = caller.paths_with(Right.DECIDE)
    with store.read(scope) as read:
        found = standing(read, caller=caller, scope=scope, household_id=household_id)
    if found is None:
        raise NotFound
    audited.households(Action.SCORE, [household_id])
    return StandingOut.model_validate(found, from_attributes=True)
