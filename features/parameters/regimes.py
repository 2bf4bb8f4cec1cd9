"""Which law governed social assistance on a day, and what it asks of an office.

``regimes.yaml`` holds both. A duty whose ``holds`` is None is one no document read so far asks for on that day:
not known, so nobody may say that the law asks it nor that it does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Protocol, TypeVar

from features.parameters.errors import ParameterError
from features.parameters.reading import CHECKED
from features.parameters.written import Written, check_keys, read

FILE = Path(__file__).with_name("regimes.yaml")


@dataclass(frozen=True)
class LegalChange:
    """What became different on the first day of a regime."""

    article: str
    zh: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Regime:
    """The law of a period; ``since`` and ``until`` are its first and last day."""

    name: str
    title_zh: str
    since: date
    until: date | None
    documents: tuple[str, ...]
    source: str
    verified: bool
    changes: tuple[LegalChange, ...]
    note: str


@dataclass(frozen=True, kw_only=True)
class Duty:
    """One thing asked of an office, as in force on a day; ``holds`` None where no document read asks for it."""

    name: str
    zh: str
    en: str
    holds: bool | None
    since: date | None
    until: date | None
    document: str
    article: str
    source: str
    verified: bool
    note: str


class _Dated(Protocol):
    @property
    def since(self) -> date | None: ...
    @property
    def until(self) -> date | None: ...


_Of = TypeVar("_Of", bound=_Dated)


def regime(*, as_of_date: date) -> Regime:
    """Return the regime of a day.

    Raises:
        ParameterError: a day before the first regime that was read.
    """
    found = _on(_regimes(), as_of_date)
    if found is None:
        raise ParameterError(
            f"no law was read for {as_of_date}; the first regime begins {_regimes()[0].since}"
        )
    return found


def regimes() -> tuple[Regime, ...]:
    """Return all regimes, oldest first."""
    return _regimes()


def duties(*, as_of_date: date) -> Mapping[str, Duty]:
    """Return every duty by name as it stood on a day."""
    found = {}
    for name, history in _duties().items():
        held = _on(history, as_of_date)
        found[name] = held or Duty(
            name=name, zh=history[0].zh, en=history[0].en, holds=None, since=None, until=None,
            document="", article="", source="", verified=False, note="no document of this day was read",
        )  # fmt: skip
    return found


def duty_histories() -> Mapping[str, tuple[Duty, ...]]:
    """Return every version of every duty, oldest first."""
    return _duties()


def _on(history: tuple[_Of, ...], day: date) -> _Of | None:
    for one in history:
        if one.since is not None and one.since <= day and (one.until is None or day <= one.until):
            return one
    return None


@cache
def _regimes() -> tuple[Regime, ...]:
    made = tuple(_regime(one) for one in _file()["regimes"])
    for earlier, later in pairwise(made):
        if earlier.until is None or earlier.until >= later.since:
            raise ParameterError(f"{FILE.name}: regime {earlier.name} runs into {later.name}")
    return made


def _regime(told: Written) -> Regime:
    where = f"{FILE.name}, {told.get('name', 'a regime')}"
    check_keys(
        told,
        where=where,
        required=("name", "title_zh", "from", "documents", "source", "checked", "verified", "changes"),
        optional=("until", "note"),
    )  # fmt: skip
    _check_source(told, where)
    return Regime(
        name=told["name"],
        title_zh=told["title_zh"],
        since=told["from"],
        until=told.get("until"),
        documents=tuple(told["documents"]),
        source=told["source"],
        verified=told["verified"],
        changes=tuple(LegalChange(one["article"], one["zh"], one["en"]) for one in told["changes"]),
        note=told.get("note", ""),
    )


@cache
def _duties() -> Mapping[str, tuple[Duty, ...]]:
    made = {name: _history(name, told) for name, told in _file()["duties"].items()}
    for name, history in made.items():
        for earlier, later in pairwise(history):
            if earlier.until is None or later.since is None or earlier.until >= later.since:
                raise ParameterError(f"{FILE.name}, duty {name}: {later.since} overlaps the one before")  # fmt: skip
    return made


def _history(name: str, told: Written) -> tuple[Duty, ...]:
    where = f"{FILE.name}, duty {name}"
    check_keys(told, where=where, required=("zh", "en", "values"))
    return tuple(_duty(name, told, one, where) for one in told["values"])


def _duty(name: str, of: Written, told: Written, where: str) -> Duty:
    if told.get("holds", ...) is None:
        check_keys(told, where=where, required=("from", "holds", "note"), optional=("until",))
    else:
        check_keys(
            told,
            where=where,
            required=("from", "holds", "document", "source", "checked", "verified"),
            optional=("until", "article", "note"),
        )
        _check_source(told, where)
    return Duty(
        name=name,
        zh=of["zh"],
        en=of["en"],
        holds=told["holds"],
        since=told["from"],
        until=told.get("until"),
        document=told.get("document", ""),
        article=told.get("article", ""),
        source=told.get("source", ""),
        verified=told.get("verified", False),
        note=told.get("note", ""),
    )


def _check_source(told: Written, where: str) -> None:
    if told["checked"] not in CHECKED:
        raise ParameterError(f"{where}, line {told.line}: checked is one of {', '.join(CHECKED)}")
    if told["verified"] and told["checked"] != "official":
        raise ParameterError(
            f"{where}, line {told.line}: verified, but not read on an official page"
        )


@cache
def _file() -> Written:
    written = read(FILE)
    check_keys(written, where=FILE.name, required=("regimes", "duties"))
    return written
