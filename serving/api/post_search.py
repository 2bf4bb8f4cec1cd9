"""POST /v1/cases/{case_id}/search"""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import ConfigDict

from serving.access.audit import Action
from serving.access.roles import Right
from serving.api.case_out import BaseVersion, CaseOut
from serving.api.changing import CaseChangesDep
from serving.cases import Asked, Case, ask_search
from serving.dossier.change import Change

router = APIRouter(prefix="/v1/cases", tags=["cases"])


class SearchIn(BaseVersion):
    """Why the household has to be looked for."""

    model_config = ConfigDict(extra="forbid")

    reason: Asked


@router.post(
    "/{case_id}/search",
    response_model=CaseOut,
    openapi_extra={"x-problems": ["conflict", "key-reused", "not-your-role"]},
)
def post_search(case_id: UUID, body: SearchIn, change_case: CaseChangesDep) -> JSONResponse:
    """Put a case into the search queue; it stays open."""

    def search(change: Change, case: Case) -> Case:
        return ask_search(
            change.work,
            case_id=case.case_id,
            reason=body.reason,
            worker_id=change.caller.worker_id,
            now=change.now,
            today=change.today,
            base_version=body.base_version,
        )

    return change_case(case_id, body, search, right=Right.RECORD, action=Action.RECORDED)
