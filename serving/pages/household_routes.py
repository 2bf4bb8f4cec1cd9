"""GET /pages/households/{household_id}: 一户一案, as its reader may see it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from serving.access.audit import Action
from serving.api.audited import AuditedDep
from serving.api.deps import ClockDep, Read, VisitorDep, ZoneDep
from serving.api.parameters import HouseholdId
from serving.api.problems import NotFound
from serving.dossier.ladder import ladder
from serving.dossier.page import dossier
from serving.dossier.reach import reached_household
from serving.pages.rendering import render
from serving.pages.session import PREFIX

router = APIRouter(prefix=PREFIX, include_in_schema=False)


@router.get("/households/{household_id}")
def get_household(
    household_id: HouseholdId,
    request: Request,
    caller: VisitorDep,
    read: Read,
    audited: AuditedDep,
    clock: ClockDep,
    zone: ZoneDep,
) -> Response:
    """Return why a household is listed, how far it is from each policy, and what was tried and found."""
    reached = reached_household(read, caller=caller, household_id=household_id)
    if reached is None:
        raise NotFound
    audited.households(Action.HOUSEHOLD, [household_id])
    state = request.app.state
    found = dossier(
        read,
        reached,
        caller=caller,
        catalogue=state.catalogue,
        today=clock().astimezone(zone).date(),
    )
    rules = ladder(
        read,
        caller=caller,
        household_id=household_id,
        as_of_date=None,
        home=state.home,
        place=state.place,
    )
    return render(
        request,
        "household.html",
        {
            "one": found,
            "rules": rules["rules"] if rules else (),
            "moment": lambda moment: f"{moment.astimezone(zone):%Y-%m-%d %H:%M}",
        },
    )
