"""GET /v1/me/list"""

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel

from serving.api.audited import AuditedDep
from serving.api.cursors import cursor_after, key_of
from serving.api.deps import CallerDep, Read
from serving.api.get_list import ListOut
from serving.api.parameters import CursorQuery, LimitQuery
from serving.lists.published import lists_page

router = APIRouter(prefix="/v1/me", tags=["me"])


class MyListOut(BaseModel):
    """The caller's latest lists: one for a visitor of one grid, a page of them for others.

    ``as_of_date`` is null before anything was published for this caller.
    """

    as_of_date: date | None
    lists: list[ListOut]
    next: str | None


@router.get("/list")
def get_my_list(
    caller: CallerDep,
    read: Read,
    audited: AuditedDep,
    limit: LimitQuery = 20,
    cursor: CursorQuery = None,
) -> MyListOut:
    """Return the lists in force for the caller, whatever their date; `header.as_of_date` tells it."""
    of = f"my list {caller.worker_id}"
    after = None if cursor is None else key_of(cursor, of=of)
    page = lists_page(read, caller=caller, after=after, most=limit)
    audited.lists(page.lists)
    return MyListOut.model_validate(
        {
            "as_of_date": page.as_of_date,
            "lists": page.lists,
            "next": None if page.last is None else cursor_after(page.last, of=of),
        }
    )
