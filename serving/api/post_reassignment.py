"""POST /v1/cases/{case_id}/reassignments"""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import ConfigDict, Field

from serving.access.audit import Action
from serving.access.roles import Right
from serving.api.audited import AuditedDep
from serving.api.case_out import BaseVersion, CaseOut, told
from serving.api.deps import CallerDep, ClockDep, Write, ZoneDep
from serving.api.idempotency import Asked, KeyHeader, once
from serving.api.parameters import WORKER
from serving.api.problems import NotFound, require
from serving.cases import MoveReason, reassign
from serving.dossier.reach import take_case

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
    case_id: UUID,
    body: ReassignmentIn,
    caller: CallerDep,
    write: Write,
    audited: AuditedDep,
    clock: ClockDep,
    zone: ZoneDep,
    key: KeyHeader = None,
) -> JSONResponse:
    """Give a case to somebody else; its deadline stays."""
    with write() as work:
        require(caller.may(Right.REASSIGN))
        case = take_case(work, caller=caller, case_id=str(case_id))
        if case is None or not caller.may(Right.REASSIGN, area_path=case.area_path):
            raise NotFound
        audited.decided(work, Action.REASSIGNED, case.household_id)
        now = clock()

        def do() -> JSONResponse:
            moved = reassign(
                work,
                case_id=case.case_id,
                to_worker=body.to_worker,
                reason=body.reason,
                actor=caller.worker_id,
                now=now,
                today=now.astimezone(zone).date(),
                base_version=body.base_version,
            )
            return JSONResponse(told(moved).model_dump(mode="json"))

        asked = Asked(
            operation=f"reassign {case_id}", worker_id=caller.worker_id, key=key, body=body
        )
        return once(work, asked, now=now, do=do)
