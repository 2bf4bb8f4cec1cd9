"""GET /v1/lists/{as_of_date}/{grid_id}"""

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel

from serving.api.audited import AuditedDep
from serving.api.deps import CallerDep, Read
from serving.api.entry_out import EntryOut, Told
from serving.api.parameters import PlaceId
from serving.api.problems import NotFound
from serving.lists.published import lists_of

router = APIRouter(prefix="/v1/lists", tags=["lists"])


class ListOut(BaseModel):
    """One list, frozen when the night published it."""

    header: Told
    entries: list[EntryOut]


class ListsOut(BaseModel):
    """The caller's lists of one grid and date: one, or one per role for a supervisor."""

    lists: list[ListOut]


@router.get("/{as_of_date}/{grid_id}")
def get_list(
    as_of_date: date, grid_id: PlaceId, caller: CallerDep, read: Read, audited: AuditedDep
) -> ListsOut:
    """Return the published list of a grid; reading never scores."""
    found = lists_of(read, caller=caller, as_of_date=as_of_date, grid_id=grid_id)
    if not found:
        raise NotFound
    audited.lists(found)
    return ListsOut.model_validate({"lists": found})
