"""How a case is told: shared by every endpoint that shows or changes one."""

from datetime import datetime

from pydantic import BaseModel, Field

from serving.cases import Case


class CaseOut(BaseModel):
    """A case as it stands; send ``version`` back as ``base_version`` when you change it."""

    case_id: str
    household_id: str
    grid_id: str
    level: str
    role: str
    assigned_to: str | None
    clock: str
    state: str
    opened_at: datetime
    due_at: datetime
    due_is_provisional: bool
    repeats: int
    version: int
    alert_id: str | None
    band: str
    closed_because: str | None


def told(case: Case) -> CaseOut:
    """Return what is told of a case."""
    return CaseOut.model_validate(case, from_attributes=True)


class BaseVersion(BaseModel):
    """What every change of a case may say about what its sender had read."""

    base_version: int | None = Field(
        default=None,
        ge=1,
        le=2**31 - 1,
        description="The version last read. 409 if somebody changed the case since.",
    )
