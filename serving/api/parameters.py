"""Parameters that several endpoints share, with what may stand in them."""

from typing import Annotated

from fastapi import Path, Query

from serving.api.cursors import PATTERN

# No control characters: PostgreSQL refuses NUL, and nothing of the engine makes any.
PLACE = r"^[^\x00-\x1f\x7f/]{1,64}$"
TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"
WORKER = r"^[A-Za-z0-9_.:@-]{1,64}$"

HouseholdId = Annotated[str, Path(pattern=PLACE, description="Pseudonym, as on a list.")]
PlaceId = Annotated[str, Path(pattern=PLACE, description="Number of a grid.")]
CursorQuery = Annotated[
    str | None,
    Query(
        pattern=PATTERN,
        json_schema_extra={"format": "cursor"},
        description="`next` of the page before; without it, the first page.",
    ),
]
LimitQuery = Annotated[int, Query(ge=1, le=100, description="At most so many on a page.")]
