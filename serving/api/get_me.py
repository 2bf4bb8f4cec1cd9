"""GET /v1/me"""

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel

from serving.api.deps import CallerDep, ClockDep, ZoneDep

router = APIRouter(prefix="/v1/me", tags=["me"])


class MembershipOut(BaseModel):
    """As what somebody acts where."""

    role: str
    level: str
    place_id: str


class MeOut(BaseModel):
    """Who is asking, as the engine knows them, and the bureau's today. ``role`` is the most senior one;
    null for somebody who is (no longer) a member of anything."""

    worker_id: str
    role: str | None
    memberships: list[MembershipOut]
    today: date


@router.get("")
def get_me(caller: CallerDep, clock: ClockDep, zone: ZoneDep) -> MeOut:
    """Return whose token this is and what it reaches."""
    return MeOut(
        worker_id=caller.worker_id,
        role=caller.role,
        memberships=[
            MembershipOut(role=one.role.value, level=one.level.value, place_id=one.place_id)
            for one in caller.memberships
        ],
        today=clock().astimezone(zone).date(),
    )
