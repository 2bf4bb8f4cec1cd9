"""GET /v1/cases"""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from serving.access.audit import Action
from serving.api.audited import AuditedDep
from serving.api.case_out import CaseOut, told
from serving.api.cursors import cursor_after, key_of
from serving.api.deps import CallerDep, ClockDep, Read
from serving.api.parameters import CursorQuery, LimitQuery
from serving.dossier.queues import Queue, queue_page

router = APIRouter(prefix="/v1/cases", tags=["cases"])


class CasesOut(BaseModel):
    """Cases, the most pressing first."""

    cases: list[CaseOut]
    next: str | None


@router.get("")
def get_cases(
    caller: CallerDep,
    read: Read,
    audited: AuditedDep,
    clock: ClockDep,
    queue: Queue = Queue.OPEN,
    limit: LimitQuery = 50,
    cursor: CursorQuery = None,
) -> CasesOut:
    """Return the cases the caller has to do with."""
    of = f"cases {queue} {caller.worker_id}"
    after = None
    if cursor is not None:
        due_at, case_id = key_of(cursor, of=of)
        after = (datetime.fromisoformat(str(due_at)), str(case_id))
    found = queue_page(read, caller=caller, queue=queue, now=clock(), after=after, most=limit + 1)
    audited.households(Action.CASE, [case.household_id for case in found[:limit]])
    last = found[limit - 1] if len(found) > limit else None
    return CasesOut(
        cases=[told(case) for case in found[:limit]],
        next=last and cursor_after([last.due_at.isoformat(), last.case_id], of=of),
    )
