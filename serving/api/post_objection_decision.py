"""POST /v1/households/{household_id}/objections/{objection_id}/decision"""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from serving.access.audit import Action
from serving.access.roles import Right
from serving.api.audited import AuditedDep
from serving.api.deps import CallerDep, ClockDep, Write, ZoneDep
from serving.api.parameters import TEXT, HouseholdId
from serving.api.post_objection import ObjectionOut
from serving.api.problems import NotFound, require
from serving.cases import decide_objection
from serving.cases.objections import objections_of
from serving.dossier.reach import reached_household

router = APIRouter(prefix="/v1/households", tags=["rights"])


class ObjectionDecisionIn(BaseModel):
    """What was decided, and why, in words the household can be told."""

    model_config = ConfigDict(extra="forbid")

    upheld: bool
    reason: str = Field(min_length=1, max_length=200, pattern=TEXT)


@router.post(
    "/{household_id}/objections/{objection_id}/decision",
    openapi_extra={"x-problems": ["conflict", "not-your-role"]},
)
def post_objection_decision(
    household_id: HouseholdId,
    objection_id: UUID,
    body: ObjectionDecisionIn,
    caller: CallerDep,
    write: Write,
    audited: AuditedDep,
    clock: ClockDep,
    zone: ZoneDep,
) -> ObjectionOut:
    """Uphold or refuse an objection, once; upheld, the next night leaves the household in peace."""
    with write() as work:
        require(caller.may(Right.DECIDE))
        reached = reached_household(work, caller=caller, household_id=household_id)
        if reached is None or not caller.may(Right.DECIDE, area_path=reached.area_path):
            raise NotFound
        known = objections_of(work, household_id=household_id)
        if str(objection_id) not in {one.objection_id for one in known}:
            raise NotFound
        audited.decided(work, Action.DECIDED, household_id)
        now = clock()
        decided = decide_objection(
            work,
            objection_id=str(objection_id),
            upheld=body.upheld,
            reason=body.reason,
            actor=caller.worker_id,
            now=now,
            today=now.astimezone(zone).date(),
        )
        return ObjectionOut.model_validate(decided, from_attributes=True)
