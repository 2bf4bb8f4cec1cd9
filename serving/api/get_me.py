"""GET /v1/me"""

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel

from serving.api.deps import CallerDep, ClockDep, ZoneDep

router = APIRouter(prefix="/v1/me", tags=["me"])


class MeOut(BaseModel):
    """Who is asking, as the engine knows them, and the bureau's today."""

    worker_id: str
    role: str
    scope_level: str
    scope_id: str
    today: date


@router.get("")
def get_me(caller: CallerDep, clock: ClockDep, zone: ZoneDep) -> MeOut:
    """Return whose token this is and what it reaches."""
    return MeOut(
        worker_id=caller.worker_id,
        role=caller.role.value,
        scope_level=caller.scope_level.value,
        scope_id=caller.scope_id,
        today=clock().astimezone(zone).date(),
    )
