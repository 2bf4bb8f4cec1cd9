"""POST /v1/cases/{case_id}/search/decision"""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from serving.access.audit import Action
from serving.access.places import Level, current_path
from serving.access.roles import Right, Role
from serving.api.audited import AuditedDep
from serving.api.case_out import BaseVersion, CaseOut, told
from serving.api.deps import CallerDep, ClockDep, Write, ZoneDep
from serving.api.idempotency import Asked, KeyHeader, once
from serving.api.parameters import PLACE
from serving.api.problems import NotFound, require
from serving.cases import Decision, NewPlace, decide_search
from serving.dossier.reach import take_case

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
    case_id: UUID,
    body: SearchDecisionIn,
    caller: CallerDep,
    write: Write,
    audited: AuditedDep,
    clock: ClockDep,
    zone: ZoneDep,
    key: KeyHeader = None,
) -> JSONResponse:
    """Decide a search: found, go on, handed over, or known to have moved away. Never by timeout."""
    with write() as work:
        require(caller.may(Right.DECIDE))
        case = take_case(work, caller=caller, case_id=str(case_id))
        if case is None or not caller.may(Right.DECIDE, area_path=case.area_path):
            raise NotFound
        audited.decided(work, Action.DECIDED, case.household_id)
        now = clock()
        place = None
        if body.place is not None:
            path = current_path(work, level=Level.GRID, place_id=body.place.grid_id)
            if path is None:
                raise NotFound
            place = NewPlace(grid_id=body.place.grid_id, area_path=path, role=body.place.role.value)

        def do() -> JSONResponse:
            decided = decide_search(
                work,
                case_id=case.case_id,
                decision=body.decision,
                supervisor_id=caller.worker_id,
                now=now,
                today=now.astimezone(zone).date(),
                place=place,
                base_version=body.base_version,
            )
            return JSONResponse(told(decided).model_dump(mode="json"))

        asked = Asked(operation=f"decide {case_id}", worker_id=caller.worker_id, key=key, body=body)
        return once(work, asked, now=now, do=do)
