"""POST /v1/cases/{case_id}/reassignments"""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import ConfigDict, Field

from serving.access.audit import Action
from serving.access.roles import Right
from serving.api.case_out import BaseVersion, CaseOut
from serving.api.changing import CaseChangesDep
from serving.api.parameters import WORKER
from serving.cases import Case, MoveReason, reassign
from serving.dossier.change import Change

router = APIRouter(prefix="/v1/cases", tags=["cases"])


class ReassignmentIn(BaseVersion):
    """Who goes now; null: whoever has the role there."""

    model_config = ConfigDict(extra="forbid")

    to_worker: str | None = Field(default=None, pattern=WORKER)
    reason: MoveReason


@router.post(
    "/{case_id}/reassignments",
    response_model=CaseOut,
    openapi_extra={"x-problems": ["conflict", "key-reused", "not-your-role"]},
)
def post_reassignment(
    case_id: UUID, body: ReassignmentIn, change_case: CaseChangesDep
) -> JSONResponse:
    """Give a case to somebody else; its deadline stays."""

    def move(change: Change, case: Case) -> Case:
        return reassign(
            change.work,
            case_id=case.case_id,
            to_worker=body.to_worker,
            reason=body.reason,
            actor=change.caller.worker_id,
            now=change.now,
            today=change.today,
            base_version=body.base_version,
        )

    return change_case(case_id, body, move, right=Right.REASSIGN, action=Action.REASSIGNED)
