"""One row of a filled sheet -> what was found at the door, or which cell cannot be understood.

:mod:`serving.delivery.files.intake` asks. Nothing a person wrote is quoted: it might be a name.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from serving.cases.findings import Finding, Need
from serving.delivery.files.filled import FilledRow
from serving.delivery.files.rows import ALERT_ID, FILLED_IN, FINDING, NEEDS, NOTE, VISITED_ON
from serving.lists.list_policy import ListPolicy

MOST_NOTE_CHARACTERS = 500
Code = TypeVar("Code", bound=str)
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00(?::00)?)?")
_BETWEEN_NEEDS = re.compile(r"[、，,;；/\s]+")


@dataclass(frozen=True, kw_only=True)
class Misread:
    """A cell that is not understood, and what was expected in it."""

    cell: str
    expected: str


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What a row says."""

    alert_id: str
    visited_on: date
    finding: Finding
    needs: tuple[Need, ...]
    note: str | None


def is_blank(row: FilledRow) -> bool:
    """Return whether nobody filled the row in."""
    return not any(row.cells.get(name) for name in FILLED_IN)


def understand(row: FilledRow, *, policy: ListPolicy, today: date) -> Filled | Misread:
    """Return what a row says, or the first cell that does not say it."""
    alert_id = _alert_id(row.cells.get(ALERT_ID, ""))
    if alert_id is None:
        return Misread(cell=ALERT_ID, expected="the id as it was on the list")
    visited_on = _day(row.cells.get(VISITED_ON, ""))
    if visited_on is None:
        return Misread(cell=VISITED_ON, expected="a date such as 2026-03-10")
    if visited_on > today:
        return Misread(cell=VISITED_ON, expected=f"a date not after {today}")
    finding = _coded(row.cells.get(FINDING, ""), policy.findings)
    if finding is None:
        return Misread(cell=FINDING, expected=" / ".join(policy.findings.values()))
    needs = [
        _coded(word, policy.need_words)
        for word in _BETWEEN_NEEDS.split(_normal(row.cells.get(NEEDS, "")))
        if word
    ]
    if None in needs:
        return Misread(cell=NEEDS, expected="、".join(policy.need_words.values()))
    note = row.cells.get(NOTE, "")
    if len(note) > MOST_NOTE_CHARACTERS:
        return Misread(cell=NOTE, expected=f"at most {MOST_NOTE_CHARACTERS} characters")
    return Filled(
        alert_id=alert_id,
        visited_on=visited_on,
        finding=Finding(finding),
        needs=tuple(dict.fromkeys(Need(need) for need in needs if need is not None)),
        note=note or None,
    )


def _alert_id(text: str) -> str | None:
    try:
        return str(UUID(_normal(text)))
    except ValueError:
        return None


def _day(text: str) -> date | None:
    written = _DATE.fullmatch(_normal(text))
    if written is None:
        return None
    try:
        return date(*map(int, written.groups()))
    except ValueError:
        return None


def _coded(text: str, words: Mapping[Code, str]) -> Code | None:
    """Return the code whose word (or which itself) ``text`` is, however wide its characters are."""
    said = _normal(text)
    return next((code for code, word in words.items() if said in (code, _normal(word))), None)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
