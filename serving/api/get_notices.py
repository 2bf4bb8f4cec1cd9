"""GET /v1/notices"""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from serving.access.callers import workers_under
from serving.access.roles import Right
from serving.api.cursors import cursor_after, key_of
from serving.api.deps import CallerDep, Read
from serving.api.parameters import CursorQuery, LimitQuery
from serving.api.problems import require
from serving.supervision.notices import notices_about

router = APIRouter(prefix="/v1/notices", tags=["supervision"])


class NoticeOut(BaseModel):
    """``many_households``: somebody opened more households than anybody visits."""

    notice_id: str
    kind: str
    worker_id: str
    at: datetime


class NoticesOut(BaseModel):
    """Notices, newest first."""

    notices: list[NoticeOut]
    next: str | None


@router.get("", openapi_extra={"x-problems": ["not-your-role"]})
def get_notices(
    caller: CallerDep, read: Read, limit: LimitQuery = 50, cursor: CursorQuery = None
) -> NoticesOut:
    """Return what the caller should know about people who work in the caller's part of the district."""
    require(caller.may(Right.REASSIGN))
    of = f"notices {caller.worker_id}"
    before = None
    if cursor is not None:
        at, notice_id = key_of(cursor, of=of)
        before = (datetime.fromisoformat(str(at)), str(notice_id))
    found = notices_about(
        read, workers=workers_under(read, caller=caller), before=before, most=limit + 1
    )
    last = found[limit - 1] if len(found) > limit else None
    return NoticesOut.model_validate(
        {
            "notices": [vars(one) for one in found[:limit]],
            "next": last and cursor_after([last.at.isoformat(), last.notice_id], of=of),
        }
    )
