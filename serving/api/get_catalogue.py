"""GET /v1/catalogue"""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from serving.api.deps import CallerDep, ClockDep, ZoneDep
from serving.cases.findings import Need
from serving.catalogue import Catalogue, Organisation, Package

router = APIRouter(prefix="/v1/catalogue", tags=["help"])


class OfferOut(BaseModel):
    """A help package or an organisation; ``kind`` says of which sort. Never an entitlement."""

    id: str
    type: str
    kind: str
    title: str
    needs: list[str]
    contents: list[str]
    ask_at: str
    source: str


class CatalogueOut(BaseModel):
    """What is in force today where the caller works."""

    entries: list[OfferOut]


@router.get("")
def get_catalogue(
    request: Request,
    caller: CallerDep,
    clock: ClockDep,
    zone: ZoneDep,
    need: Annotated[Need | None, Query(description="Only what meets this need.")] = None,
) -> CatalogueOut:
    """Return the help packages and organisations that can be suggested."""
    catalogue: Catalogue = request.app.state.catalogue
    today = clock().astimezone(zone).date()
    paths = [member.path for member in caller.memberships if member.path is not None]
    return CatalogueOut(
        entries=[
            _shown(entry)
            for entry in catalogue.entries
            if entry.is_in_force(as_of_date=today)
            and (need is None or need in entry.needs)
            and any(entry.serves(path) or entry.place.startswith(f"{path}/") for path in paths)
        ]
    )


def _shown(entry: Package | Organisation) -> OfferOut:
    is_package = isinstance(entry, Package)
    return OfferOut(
        id=entry.id,
        type="package" if is_package else "organisation",
        kind=entry.kind,
        title=entry.title,
        needs=list(entry.needs),
        contents=list(entry.contents) if isinstance(entry, Package) else [],
        ask_at=entry.ask_at if isinstance(entry, Package) else entry.contact,
        source=entry.source,
    )
