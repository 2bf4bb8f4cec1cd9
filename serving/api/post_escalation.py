"""POST /v1/cases/{case_id}/escalations"""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import ConfigDict

from serving.access.audit import Action
from serving.access.roles import Right
from serving.api.case_out import BaseVersion, CaseOut
from serving.api.changing import CaseChangesDep
from serving.cases import Case, MoveReason, pass_up
from serving.dossier.change import Change

router = APIRouter(prefix="/v1/cases", tags=["cases"])


class EscalationIn(BaseVersion):
    """Why the level above has to take over before the clock says so."""

    model_config = ConfigDict(extra="forbid")

    reason: MoveReason


@router.post(
    "/{case_id}/escalations",
    response_model=CaseOut,
    openapi_extra={"x-problems": ["conflict", "key-reused", "not-your-role"]},
)
def post_escalation(case_id: UUID, body: EscalationIn, change_case: CaseChangesDep) -> JSONResponse:
    """Hand a case to the level above; one of the district stays there."""

    def escalate(change: Change, case: Case) -> Case:
        return pass_up(
            change.work,
            case_id=case.case_id,
            reason=body.reason,
            actor=change.caller.worker_id,
            now=change.now,
            today=change.today,
            base_version=body.base_version,
        )

    return change_case(case_id, body, escalate, right=Right.REASSIGN, action=Action.REASSIGNED)
