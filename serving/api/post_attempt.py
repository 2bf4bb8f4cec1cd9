"""POST /v1/cases/{case_id}/attempts"""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response, status
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from serving.api.changing import ChangingDep
from serving.api.deps import RecorderDep
from serving.api.problems import CONFLICT, NotFound, problem
from serving.cases import AttemptConflict
from serving.cases.ladder import Channel, Evidence, Result
from serving.dossier.reach import take_case
from serving.dossier.recording import report_attempt

router = APIRouter(prefix="/v1/cases", tags=["cases"])


class AttemptIn(BaseModel):
    """One try to reach a household, whatever came of it."""

    model_config = ConfigDict(extra="forbid")

    attempt_id: UUID = Field(
        description="Made by the client when the try is saved. Resend with the same id."
    )
    channel: Channel
    result: Result
    evidence: Evidence = Evidence.NONE
    device_at: AwareDatetime | None = Field(
        default=None, description="The device's own time; kept beside the server's, never believed."
    )


class AttemptReceiptOut(BaseModel):
    """Proof that the attempt is kept; the same for every resend. ``reason``: why it does not count."""

    attempt_id: UUID
    recorded_at: datetime
    state: str
    reason: str | None
    case_version: int | None


@router.post(
    "/{case_id}/attempts",
    status_code=status.HTTP_201_CREATED,
    responses={
        200: {"description": "Recorded before; the same receipt.", "model": AttemptReceiptOut}
    },
    response_model=AttemptReceiptOut,
    openapi_extra={"x-problems": ["conflict", "not-your-role"]},
)
def post_attempt(
    case_id: UUID, body: AttemptIn, caller: RecorderDep, changing: ChangingDep, response: Response
) -> AttemptReceiptOut | JSONResponse:
    """Record a try; after enough fruitless days the household is searched for, never given up."""
    with changing() as change:
        case = take_case(change.work, caller=caller, case_id=str(case_id))
        if case is None:
            raise NotFound
        try:
            receipt = report_attempt(change, case, **dict(body))
        except AttemptConflict as conflict:
            # Answered, not raised: an exception would roll back the conflicting body that was just kept.
            return problem(CONFLICT, str(conflict))
        if not receipt.is_new:
            response.status_code = status.HTTP_200_OK
        return AttemptReceiptOut.model_validate(receipt, from_attributes=True)
