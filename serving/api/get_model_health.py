"""GET /v1/model-health"""

from datetime import date

from fastapi import APIRouter, Request
from pydantic import BaseModel

from serving.access.roles import Right
from serving.api.deps import CallerDep
from serving.api.problems import require
from serving.supervision.model_health import model_health

router = APIRouter(prefix="/v1/model-health", tags=["operation"])


class ChampionOut(BaseModel):
    """The model whose scores are acted on; ``data_until`` is the last date it was trained on."""

    artefact_id: str
    name: str
    kind: str
    data_until: date
    promoted_at: str
    promoted_by: str
    reason: str
    is_rollback: bool


class ChallengerOut(BaseModel):
    """A model the gate did not let through since."""

    artefact_id: str
    verdict: str
    asked_at: str
    said: str


class ConditionOut(BaseModel):
    """A condition of the gate: holds, fails or cannot tell, and why it does not hold, to whoever may know it."""

    name: str
    answer: str
    reasons: list[str]


class WaiverOut(BaseModel):
    """What a named person answers for."""

    condition: str
    by: str
    reason: str


class DecisionOut(BaseModel):
    """The newest decision of the gate."""

    kind: str
    at: str
    by: str
    artefact_id: str
    verdict: str
    said: str
    conditions: list[ConditionOut]
    waivers: list[WaiverOut]


class DriftLineOut(BaseModel):
    """What moved in one feature, or in the score; ``verdict`` is steady, warn or block."""

    name: str
    title: str
    group: str
    psi: float | None
    missing_then: float
    missing_now: float
    verdict: str
    reasons: list[str]


class DriftOut(BaseModel):
    """A night against the last date the champion was trained on, the worst feature first."""

    as_of_date: date
    against: date
    champion: str
    households: int
    score: DriftLineOut
    features: list[DriftLineOut]


class ModelHealthOut(BaseModel):
    """What is known of the model; ``problems`` says what could not be read. ``links`` leave this program."""

    champion: ChampionOut | None
    challengers: list[ChallengerOut]
    decision: DecisionOut | None
    drift: DriftOut | None
    problems: list[str]
    links: dict[str, str]


@router.get("", openapi_extra={"x-problems": ["not-your-role"]})
def get_model_health(caller: CallerDep, request: Request) -> ModelHealthOut:
    """Return champion, last decision and drift, as the nights and the promotion gate left them."""
    require(caller.may(Right.OPERATE) or caller.may(Right.AGGREGATES))
    found = model_health(request.app.state.home)
    shown = found if caller.may(Right.MODEL) else found.without_counts()
    told = {**vars(shown), "links": request.app.state.links}
    return ModelHealthOut.model_validate(told, from_attributes=True)
