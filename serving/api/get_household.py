"""GET /v1/households/{household_id}"""

from datetime import datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel

from serving.access.audit import Action
from serving.api.audited import AuditedDep
from serving.api.case_out import CaseOut
from serving.api.deps import ClockDep, Read, VisitorDep, ZoneDep
from serving.api.entry_out import ListedOut, Told
from serving.api.parameters import HouseholdId
from serving.api.post_objection import ObjectionOut
from serving.api.problems import NotFound
from serving.dossier.page import dossier
from serving.dossier.people import LIVES_HERE, people
from serving.dossier.reach import reached_household

router = APIRouter(prefix="/v1/households", tags=["households"])


class HappenedOut(BaseModel):
    """One line of the timeline; ``told`` depends on its kind."""

    at: datetime
    kind: str
    case_id: str
    version: int
    told: Told


class TaskOut(BaseModel):
    """What waits to be done: visit, second_look, decide_search, decide_objection."""

    task: str
    due_at: datetime | None


class HouseholdOut(BaseModel):
    """一户一案. ``people``: who lives here, null if that is not kept. ``now`` is the latest listing in reach,
    ``earlier`` those before it; no score is in them."""

    household_id: str
    grid_id: str
    people: list[str] | None
    now: ListedOut | None
    earlier: list[ListedOut]
    case: CaseOut | None
    timeline: list[HappenedOut]
    tasks: list[TaskOut]
    objections: list[ObjectionOut]
    suggestions: list[Told]


@router.get("/{household_id}")
def get_household(
    household_id: HouseholdId,
    caller: VisitorDep,
    read: Read,
    audited: AuditedDep,
    request: Request,
    clock: ClockDep,
    zone: ZoneDep,
) -> HouseholdOut:
    """Return why a household is listed, what was tried and found, and what is to be done."""
    reached = reached_household(read, caller=caller, household_id=household_id)
    if reached is None:
        raise NotFound
    audited.households(Action.HOUSEHOLD, [household_id])
    found = dossier(
        read,
        reached,
        caller=caller,
        catalogue=request.app.state.catalogue,
        today=clock().astimezone(zone).date(),
    )
    lives_here = people(
        request.app.state.home,
        household_id=household_id,
        night=found.night or clock().astimezone(zone).date(),
        phrases=LIVES_HERE,
        roles=caller.roles_at(reached.area_path),
    )
    return HouseholdOut.model_validate(
        {name: getattr(found, name) for name in HouseholdOut.model_fields if name != "people"}
        | {"people": lives_here},
        from_attributes=True,
    )
