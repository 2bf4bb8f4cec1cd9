"""POST /v1/households/{household_id}/objections"""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import BaseModel, ConfigDict, Field

from serving.access.audit import Action
from serving.api.audited import AuditedDep
from serving.api.deps import ClockDep, RecorderDep, Write, ZoneDep
from serving.api.parameters import HouseholdId
from serving.api.problems import NotFound
from serving.cases import Ground, record_objection
from serving.dossier.reach import reached_household

router = APIRouter(prefix="/v1/households", tags=["rights"])


class ObjectionIn(BaseModel):
    """What the household objects to; taken down by whoever hears it."""

    model_config = ConfigDict(extra="forbid")

    objection_id: UUID = Field(
        description="Made by the client. Resend with the same id: nothing changes."
    )
    ground: Ground


class ObjectionOut(BaseModel):
    """An objection as it stands."""

    objection_id: UUID
    household_id: str
    ground: str
    state: str
    recorded_at: datetime
    decided_at: datetime | None


@router.post(
    "/{household_id}/objections",
    status_code=status.HTTP_201_CREATED,
    openapi_extra={"x-problems": ["conflict", "not-your-role"]},
)
def post_objection(
    household_id: HouseholdId,
    body: ObjectionIn,
    caller: RecorderDep,
    write: Write,
    audited: AuditedDep,
    clock: ClockDep,
    zone: ZoneDep,
) -> ObjectionOut:
    """Record that a household objects to being listed by machine, or to a fact (PIPL 24 and 46)."""
    with write() as work:
        if reached_household(work, caller=caller, household_id=household_id) is None:
            raise NotFound
        audited.decided(work, Action.RECORDED, household_id)
        now = clock()
        kept = record_objection(
            work,
            objection_id=str(body.objection_id),
            household_id=household_id,
            ground=body.ground,
            actor=caller.worker_id,
            now=now,
            today=now.astimezone(zone).date(),
        )
        return ObjectionOut.model_validate(kept, from_attributes=True)
