"""GET /v1/lists/{as_of_date}"""

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel

from serving.api.cursors import cursor_after, key_of
from serving.api.deps import CallerDep, Read
from serving.api.entry_out import Told
from serving.api.parameters import CursorQuery, LimitQuery
from serving.api.problems import NotFound
from serving.lists.published import lists_page

router = APIRouter(prefix="/v1/lists", tags=["lists"])


class HeadersOut(BaseModel):
    """Headers of the caller's lists of a date, by grid and role."""

    lists: list[Told]
    next: str | None


@router.get("/{as_of_date}")
def get_lists(
    as_of_date: date,
    caller: CallerDep,
    read: Read,
    limit: LimitQuery = 50,
    cursor: CursorQuery = None,
) -> HeadersOut:
    """Return which lists of a date the caller reaches, without their entries."""
    of = f"lists {as_of_date} {caller.worker_id}"
    after = None if cursor is None else key_of(cursor, of=of)
    page = lists_page(
        read, caller=caller, as_of_date=as_of_date, after=after, most=limit, with_entries=False
    )
    if not page.lists:
        raise NotFound
    return HeadersOut.model_validate(
        {
            "lists": [one["header"] for one in page.lists],
            "next": None if page.last is None else cursor_after(page.last, of=of),
        }
    )
