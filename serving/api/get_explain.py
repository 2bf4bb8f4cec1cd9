"""GET /v1/households/{household_id}/explain"""

from datetime import date

from fastapi import APIRouter, Request
from pydantic import BaseModel

from serving.access.audit import Action
from serving.api.audited import AuditedDep
from serving.api.deps import Read, VisitorDep
from serving.api.entry_out import Told
from serving.api.parameters import HouseholdId
from serving.api.problems import NotFound
from serving.dossier.ladder import ladder

router = APIRouter(prefix="/v1/households", tags=["households"])


class ExplainOut(BaseModel):
    """What the rules say on a night, as a guess to be checked; values no visitor may see are left out."""

    household_id: str
    as_of_date: date
    data_until: date
    region: str
    purpose: str
    rules: list[Told]
    duties: list[Told]


@router.get("/{household_id}/explain")
def get_explain(
    household_id: HouseholdId,
    caller: VisitorDep,
    read: Read,
    audited: AuditedDep,
    request: Request,
    as_of_date: date | None = None,
) -> ExplainOut:
    """Return every comparison of every rule for a household on a list of the caller's; the latest one if no date is given."""
    content = ladder(
        read,
        caller=caller,
        household_id=household_id,
        as_of_date=as_of_date,
        home=request.app.state.home,
        place=request.app.state.place,
    )
    if content is None:
        raise NotFound
    audited.households(Action.EXPLAIN, [household_id])
    return ExplainOut.model_validate(content)
