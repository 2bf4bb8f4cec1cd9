"""POST /pages/households/{household_id}/objections, and .../withdrawal: the household's word, taken down at the door."""

from contextlib import suppress
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict

from serving.access.roles import Right
from serving.api.changing import ChangingDep, require_household, require_objection
from serving.api.parameters import HouseholdId
from serving.cases import Ground
from serving.cases.objections import AlreadyDecided
from serving.dossier.recording import report_objection, report_withdrawal
from serving.pages.session import PREFIX, OwnForm

router = APIRouter(prefix=f"{PREFIX}/households", include_in_schema=False)


class ObjectionForm(BaseModel):
    """What the household objects to. ``objection_id`` was made with the page: sent twice, it counts once."""

    model_config = ConfigDict(extra="forbid")

    objection_id: UUID
    ground: Ground


@router.post("/{household_id}/objections", dependencies=[OwnForm])
def post_objection(
    household_id: HouseholdId,
    form: Annotated[ObjectionForm, Form()],
    changing: ChangingDep,
) -> Response:
    """Record an objection."""
    with changing() as change:
        require_household(change, household_id, right=Right.RECORD)
        report_objection(change, household_id, objection_id=form.objection_id, ground=form.ground)
    return _shown(household_id)


@router.post("/{household_id}/objections/{objection_id}/withdrawal", dependencies=[OwnForm])
def post_withdrawal(
    household_id: HouseholdId, objection_id: UUID, changing: ChangingDep
) -> Response:
    """Take an objection back; one that was refused meanwhile is shown as it stands."""
    with changing() as change:
        require_objection(change, household_id, objection_id, right=Right.RECORD)
        # Refused since the page was opened: nothing is left to take back, and the page says so.
        with suppress(AlreadyDecided):
            report_withdrawal(change, household_id, objection_id=objection_id)
    return _shown(household_id)


def _shown(household_id: str) -> Response:
    return RedirectResponse(
        f"{PREFIX}/households/{quote(household_id)}#objections", status_code=303
    )
