"""POST /v1/cases/{case_id}/closing"""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import ConfigDict

from serving.access.audit import Action
from serving.access.roles import Right
from serving.api.case_out import BaseVersion, CaseOut
from serving.api.changing import CaseChangesDep
from serving.cases import Case, CloseReason, close_case
from serving.dossier.change import Change

router = APIRouter(prefix="/v1/cases", tags=["cases"])


class ClosingIn(BaseVersion):
    """Why nothing is left to do, in the view of a supervisor who did not go there."""

    model_config = ConfigDict(extra="forbid")

    reason: CloseReason


@router.post(
    "/{case_id}/closing",
    response_model=CaseOut,
    openapi_extra={"x-problems": ["conflict", "key-reused", "not-your-role"]},
)
def post_closing(case_id: UUID, body: ClosingIn, change_case: CaseChangesDep) -> JSONResponse:
    """Close a case that no finding closes, once somebody else was there. Never by timeout."""

    def close(change: Change, case: Case) -> Case:
        return close_case(
            change.work,
            case_id=case.case_id,
            reason=body.reason,
            supervisor_id=change.caller.worker_id,
            now=change.now,
            today=change.today,
            base_version=body.base_version,
        )

    return change_case(case_id, body, close, right=Right.DECIDE, action=Action.DECIDED)
