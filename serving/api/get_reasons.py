"""GET /v1/households/{household_id}/reasons"""

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel

from serving.access.audit import Action
from serving.api.audited import AuditedDep
from serving.api.deps import Read, VisitorDep
from serving.api.entry_out import ReasonOut
from serving.api.parameters import HouseholdId
from serving.api.problems import NotFound
from serving.lists.published import latest_entry

router = APIRouter(prefix="/v1/households", tags=["households"])


class BandOut(BaseModel):
    """How pressing, in a word and a shape."""

    code: str
    word: str
    shape: str


class ReasonsOut(BaseModel):
    """Why a household is on its latest list. No score is part of it."""

    household_id: str
    alert_id: str
    band: BandOut
    reasons: list[ReasonOut]
    uncertainty: str
    ask: list[str]
    data_until: date


@router.get("/{household_id}/reasons")
def get_reasons(
    household_id: HouseholdId, caller: VisitorDep, read: Read, audited: AuditedDep
) -> ReasonsOut:
    """Return the reasons shown on the latest list this household is on."""
    entry = latest_entry(read, caller=caller, household_id=household_id)
    if entry is None:
        raise NotFound
    audited.households(Action.REASONS, [household_id])
    return ReasonsOut.model_validate(entry)
