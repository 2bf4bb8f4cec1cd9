"""POST /v1/cases/{case_id}/search"""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import ConfigDict

from serving.access.audit import Action
from serving.api.audited import AuditedDep
from serving.api.case_out import BaseVersion, CaseOut, told
from serving.api.deps import ClockDep, RecorderDep, Write, ZoneDep
from serving.api.idempotency import Asked, KeyHeader, once
from serving.api.problems import NotFound
from serving.cases import ask_search
from serving.cases.searching import Asked as Why
from serving.dossier.reach import take_case

router = APIRouter(prefix="/v1/cases", tags=["cases"])


class SearchIn(BaseVersion):
    """Why the household has to be looked for."""

    model_config = ConfigDict(extra="forbid")

    reason: Why


@router.post(
    "/{case_id}/search",
    response_model=CaseOut,
    openapi_extra={"x-problems": ["conflict", "key-reused", "not-your-role"]},
)
def post_search(
    case_id: UUID,
    body: SearchIn,
    caller: RecorderDep,
    write: Write,
    audited: AuditedDep,
    clock: ClockDep,
    zone: ZoneDep,
    key: KeyHeader = None,
) -> JSONResponse:
    """Put a case into the search queue; it stays open."""
    with write() as work:
        case = take_case(work, caller=caller, case_id=str(case_id))
        if case is None:
            raise NotFound
        audited.decided(work, Action.RECORDED, case.household_id)
        now = clock()

        def do() -> JSONResponse:
            searched = ask_search(
                work,
                case_id=case.case_id,
                reason=body.reason,
                worker_id=caller.worker_id,
                now=now,
                today=now.astimezone(zone).date(),
                base_version=body.base_version,
            )
            return JSONResponse(told(searched).model_dump(mode="json"))

        asked = Asked(operation=f"search {case_id}", worker_id=caller.worker_id, key=key, body=body)
        return once(work, asked, now=now, do=do)
