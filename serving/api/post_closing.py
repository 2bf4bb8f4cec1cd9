"""POST /v1/cases/{case_id}/closing"""

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
from serving.cases import CloseReason, close_case
from serving.dossier.reach import take_case

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
def post_closing(
    case_id: UUID,
    body: ClosingIn,
    caller: CallerDep,
    write: Write,
    audited: AuditedDep,
    clock: ClockDep,
    zone: ZoneDep,
    key: KeyHeader = None,
) -> JSONResponse:
    """Close a case that no finding closes, once somebody else was there. Never by timeout."""
    with write() as work:
        require(caller.may(Right.DECIDE))
        case = take_case(work, caller=caller, case_id=str(case_id))
        if case is None or not caller.may(Right.DECIDE, area_path=case.area_path):
            raise NotFound
        audited.decided(work, Action.DECIDED, case.household_id)
        now = clock()

        def do() -> JSONResponse:
            closed = close_case(
                work,
                case_id=case.case_id,
                reason=body.reason,
                supervisor_id=caller.worker_id,
                now=now,
                today=now.astimezone(zone).date(),
                base_version=body.base_version,
            )
            return JSONResponse(told(closed).model_dump(mode="json"))

        asked = Asked(operation=f"close {case_id}", worker_id=caller.worker_id, key=key, body=body)
        return once(work, asked, now=now, do=do)
