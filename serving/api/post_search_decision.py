"""POST /v1/cases/{case_id}/search/decision"""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from serving.access.audit import Action
from serving.access.places import Level, current_path
from serving.access.roles import Right, Role
from serving.api.case_out import BaseVersion, CaseOut
from serving.api.changing import CaseChangesDep
from serving.api.parameters import PLACE
from serving.api.problems import NotFound
from serving.cases import Case, Decision, NewPlace, decide_search
from serving.dossier.change import Change

router = APIRouter(prefix="/v1/cases", tags=["cases"])


class FoundAtIn(BaseModel):
    """Which grid the household is in now, and who goes there."""

    model_config = ConfigDict(extra="forbid")

    grid_id: str = Field(pattern=PLACE)
    role: Role


class SearchDecisionIn(BaseVersion):
    """What a supervisor who neither tried nor looked decides. ``place`` where it was found or handed to."""

    model_config = ConfigDict(extra="forbid")

    decision: Decision
    place: FoundAtIn | None = None


@router.post(
    "/{case_id}/search/decision",
    response_model=CaseOut,
    openapi_extra={"x-problems": ["conflict", "key-reused", "not-your-role"]},
)
def post_search_decision(
    case_id: UUID, body: SearchDecisionIn, change_case: CaseChangesDep
) -> JSONResponse:
    """Decide a search: found, go on, handed over, or known to have moved away. Never by timeout."""

    def decide(change: Change, case: Case) -> Case:
        return decide_search(
            change.work,
            case_id=case.case_id,
            decision=body.decision,
            supervisor_id=change.caller.worker_id,
            now=change.now,
            today=change.today,
            place=None if body.place is None else _new_place(change, body.place),
            base_version=body.base_version,
        )

    return change_case(case_id, body, decide, right=Right.DECIDE, action=Action.DECIDED)


def _new_place(change: Change, found: FoundAtIn) -> NewPlace:
    path = current_path(change.work, level=Level.GRID, place_id=found.grid_id)
    if path is None:
        raise NotFound
    return NewPlace(grid_id=found.grid_id, area_path=path, role=found.role.value)
