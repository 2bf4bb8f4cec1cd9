"""How an entry of a list is told: shared by every endpoint that shows one. There is no score in it."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

Told = dict[str, Any]
"""Content as the night wrote it. Described as an open object: generated clients cannot follow recursion."""


class WordOut(BaseModel):
    """A code and how it is called; a band also has a shape, for those who do not tell colours apart."""

    model_config = ConfigDict(extra="allow")

    code: str
    word: str


class ReasonOut(BaseModel):
    """One sentence; ``when`` says in words what the date means."""

    text: str
    dated: date | None
    when: str | None


class EntryOut(BaseModel):
    """One household to visit: why, until when (local time), what is not known, and what to ask."""

    model_config = ConfigDict(extra="allow")

    rank: int
    alert_id: str
    household_id: str
    band: WordOut
    due: str
    reasons: list[ReasonOut]
    uncertainty: str
    ask: list[str]
    data_until: date


class ListedOut(EntryOut):
    """An entry and the night it is from."""

    as_of_date: date
