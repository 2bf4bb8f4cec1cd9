"""GET /v1/problems and /v1/problems/{name}"""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel

from serving.api.problems import KINDS, TYPES, Kind, NotFound

router = APIRouter(prefix="/v1/problems", tags=["about"])


class KindOut(BaseModel):
    """One kind of refusal and what to do about it."""

    type: str
    status: int
    title: str
    to_do: str


class KindsOut(BaseModel):
    """Every kind of refusal there is."""

    problems: list[KindOut]


@router.get("")
def get_problems() -> KindsOut:
    """Return every kind of refusal; needs no token."""
    return KindsOut(problems=[_shown(kind) for kind in KINDS.values()])


@router.get("/{name}")
def get_problem(name: Annotated[str, Path(pattern="^[a-z-]{1,40}$")]) -> KindOut:
    """Return one kind of refusal: what the `type` of a problem leads to."""
    if name not in KINDS:
        raise NotFound
    return _shown(KINDS[name])


def _shown(kind: Kind) -> KindOut:
    return KindOut(type=TYPES + kind.name, status=kind.status, title=kind.title, to_do=kind.to_do)
