"""POST /v1/cases/{case_id}/escalations"""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import ConfigDict

from serving.access.audit import Action
from serving.access.roles import Right
from serving.api.audited import AuditedDep
from serving.api.case_out import BaseVersion, CaseOut, told
from serving.api.deps import CallerDep, ClockDep, Write, ZoneDep
from serving.api.idempotency import Asked, KeyHeader, once
from serving.api.problems import NotFound, require
from serving.cases import MoveReason, pass_up
from serving.dossier.reach import take_case

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
def post_escalation(
    case_id: UUID,
    body: EscalationIn,
    caller: CallerDep,
    write: Write,
    audited: AuditedDep,
    clock: ClockDep,
    zone: ZoneDep,
    key: KeyHeader = None,
) -> JSONResponse:
    """Hand a case to the level above; one of the district stays there."""
    with write() as work:
        require(caller.may(Right.REASSIGN))
        case = take_case(work, caller=caller, case_id=str(case_id))
        if case is None or not caller.may(Right.REASSIGN, area_path=case.area_path):
            raise NotFound
        audited.decided(work, Action.REASSIGNED, case.household_id)
        now = clock()

        def do() -> JSONResponse:
            moved = pass_up(
                work,
                case_id=case.case_id,
                reason=body.reason,
                actor=caller.worker_id,
                now=now,
                today=now.astimezone(zone).date(),
                base_version=body.base_version,
            )
            return JSONResponse(told(moved).model_dump(mode="json"))

        asked = Asked(
            operation=f"escalate {case_id}", worker_id=caller.worker_id, key=key, body=body
        )
        return once(work, asked, now=now, do=do)
