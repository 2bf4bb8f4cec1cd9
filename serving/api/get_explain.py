"""GET /v1/households/{household_id}/explain"""

from datetime import date

from fastapi import APIRouter, Request
from pydantic import BaseModel, JsonValue

from features.district import DISTRICT
from serving.access.audit import Action
from serving.api.audited import AuditedDep
from serving.api.deps import Read, VisitorDep
from serving.api.parameters import HouseholdId
from serving.api.problems import NotFound
from serving.explained import Asked, explained, withheld_facts
from serving.published import night_listing

router = APIRouter(prefix="/v1/households", tags=["households"])


class ExplainOut(BaseModel):
    """What the rules say on a night, as a guess to be checked; values no visitor may see are left out."""

    household_id: str
    as_of_date: date
    data_until: date
    region: str
    purpose: str
    rules: list[dict[str, JsonValue]]
    duties: list[dict[str, JsonValue]]


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
    day = night_listing(read, caller=caller, household_id=household_id, as_of_date=as_of_date)
    state = request.app.state
    if day is None or state.home is None:
        raise NotFound
    matrix = state.home / "matrices" / f"{day.isoformat()}.parquet"
    asked = Asked(matrix=matrix, household_id=household_id, as_of_date=day)
    if not matrix.exists():
        raise NotFound
    content = explained(asked, state.place, withheld=withheld_facts(DISTRICT.groups))
    if content is None:
        raise NotFound
    audited.households(Action.EXPLAIN, [household_id])
    return ExplainOut.model_validate(content)
