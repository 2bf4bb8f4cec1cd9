"""GET /pages/households/{household_id}: 一户一案, as its reader may see it, on a screen or on paper."""

from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from serving.access.audit import Action
from serving.access.callers import Caller
from serving.access.fields import shown_classes
from serving.access.roles import FieldClass, Right, Role, role_table
from serving.api.audited import AuditedDep
from serving.api.deps import ClockDep, Read, VisitorDep, ZoneDep
from serving.api.parameters import HouseholdId
from serving.api.problems import NotFound
from serving.cases import Ground
from serving.cases.notes import Written, readable_notes
from serving.dossier.ladder import ladder
from serving.dossier.page import Dossier, dossier
from serving.dossier.people import LIVES_HERE, people
from serving.dossier.reach import Reached, reached_household
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
    paper: bool = False,
) -> Response:
    """Return why a household is listed, how far it is from each policy, and what was tried and found.

    On ``paper`` everything is unfolded and nothing is left to press.
    """
    reached = reached_household(read, caller=caller, household_id=household_id)
    if reached is None:
        raise NotFound
    audited.households(Action.HOUSEHOLD, [household_id])
    state = request.app.state
    today = clock().astimezone(zone).date()
    found = dossier(read, reached, caller=caller, catalogue=state.catalogue, today=today)
    rules = ladder(
        read,
        caller=caller,
        household_id=household_id,
        as_of_date=None,
        home=state.home,
        place=state.place,
    )
    lives_here = people(
        state.home,
        household_id=household_id,
        night=found.night or today,
        phrases=LIVES_HERE,
        roles=caller.roles_at(reached.area_path),
    )
    return render(
        request,
        "household.html",
        {
            "one": found,
            "rules": rules["rules"] if rules else (),
            "lives_here": lives_here,
            "notes": _notes(read, found, reached, caller),
            "titles": {role.value: role_table().roles[role].title for role in Role},
            "grounds": [ground.value for ground in Ground],
            "objection_id": str(uuid4()),
            "records": caller.may(Right.RECORD, area_path=reached.area_path),
            "paper": paper,
            "today": today,
            "moment": lambda moment: f"{moment.astimezone(zone):%Y-%m-%d %H:%M}",
        },
    )


def _notes(read: Connection, found: Dossier, reached: Reached, caller: Caller) -> list[Written]:
    """Return the notes the caller may read: a note may say anything, so all of them only if nothing is withheld."""
    shown = shown_classes(caller.roles_at(reached.area_path), has_child=True)
    return readable_notes(
        read,
        case_ids=sorted({event.case_id for event in found.timeline}),
        worker_id=caller.worker_id,
        sees_all=FieldClass.HEALTH in shown,
    )
