"""POST /v1/alerts/{alert_id}/outcomes"""

from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter, Response, status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from serving.api.changing import ChangingDep
from serving.api.deps import RecorderDep
from serving.api.parameters import TEXT
from serving.api.problems import CONFLICT, INVALID, no_such_thing, problem
from serving.cases.findings import Finding, Help, Need, OutcomeConflict
from serving.dossier.recording import VisitedTomorrow, report_outcome
from serving.store.schema import OutcomeState

router = APIRouter(prefix="/v1/alerts", tags=["outcomes"])


class OutcomeIn(BaseModel):
    """What was found at the door."""

    model_config = ConfigDict(extra="forbid")

    outcome_id: UUID = Field(
        description="Made by the client when the visit is saved. Resend with the same id."
    )
    visited_on: date
    finding: Finding
    needs: list[Need] = Field(default_factory=list, max_length=len(Need))
    note: str | None = Field(
        default=None,
        max_length=500,
        pattern=TEXT,
        description="What would have helped. No names, numbers or addresses. Stays in the store.",
    )
    helped_by: list[Help] = Field(
        default_factory=list, max_length=len(Help), description="What would have helped, coded."
    )
    case_id: UUID | None = Field(default=None, description="Of the case, if the client read it.")
    base_version: int | None = Field(
        default=None,
        ge=1,
        le=2**31 - 1,
        description="The version of the case the client had read: two visits that contradict each"
        " other are then told apart from a correction.",
    )
    device_at: AwareDatetime | None = Field(
        default=None, description="The device's own time; kept beside the server's, never believed."
    )


class OutcomeReceipt(BaseModel):
    """Proof that the outcome is kept; the same for every resend.

    ``state`` orphan: the case was closed or somebody else's by then; kept, counted for whoever went, and
    looked at by a person. ``clash``: somebody else reported meanwhile, the same (soft) or not (hard).
    """

    outcome_id: UUID
    recorded_at: datetime
    state: OutcomeState
    case_id: UUID | None
    case_version: int | None
    clash: str | None


@router.post(
    "/{alert_id}/outcomes",
    status_code=status.HTTP_201_CREATED,
    response_model=OutcomeReceipt,
    responses={
        200: {"description": "Recorded before; the same receipt again.", "model": OutcomeReceipt},
    },
    openapi_extra={"x-problems": ["conflict", "not-your-role"]},
)
def post_outcome(
    alert_id: UUID, body: OutcomeIn, _: RecorderDep, changing: ChangingDep
) -> Response:
    """Record what was found; 201 when new, 200 when already recorded."""
    with changing() as change:
        try:
            found = report_outcome(change, alert_id=alert_id, **dict(body))
        except VisitedTomorrow as error:
            return problem(INVALID, str(error))
        except OutcomeConflict as conflict:
            # Answered, not raised: an exception would roll back the conflicting body that was just kept.
            return problem(CONFLICT, str(conflict))
        if not found.is_theirs and found.receipt.state is OutcomeState.ORPHAN:
            # Returned, not raised, for the same reason.
            return no_such_thing()
        receipt = OutcomeReceipt.model_validate(found.receipt, from_attributes=True)
        # Written out here: FastAPI would wait for a second thread to do so.
        return Response(
            receipt.model_dump_json(),
            status_code=status.HTTP_201_CREATED if found.receipt.is_new else status.HTTP_200_OK,
            media_type="application/json",
        )
