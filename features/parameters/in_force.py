"""What is in force in a region on a day, and who decided it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from features.parameters.errors import ParameterError
from features.parameters.reading import Entry
from features.parameters.shelf import Shelf, shelf
from features.parameters.vocabulary import declared, vocabulary

NO_DOCUMENT = "no document was found that sets it"


@dataclass(frozen=True, kw_only=True)
class Decided:
    """One parameter on one day. ``value`` None means unknown: a gap somebody wrote down, or no document.

    ``region`` is the level that decided ("" where none did); ``since`` and ``until`` are the first and the
    last day, ``until`` only where the file gives it. An unverified value was not read on an official page.
    """

    name: str
    value: float | None
    unit: str
    region: str = ""
    since: date | None = None
    until: date | None = None
    document: str = ""
    article: str = ""
    source: str = ""
    verified: bool = False
    note: str = NO_DOCUMENT
    derived: bool = False


class InForce(Mapping[str, Decided]):
    """Every declared parameter of a region on a day.

    ``in_force[name]`` raises ParameterError with the nearest name for one that is not declared.
    """

    def __init__(self, region: str, as_of_date: date, decided: Mapping[str, Decided]) -> None:
        self.region = region
        self.as_of_date = as_of_date
        self._decided = dict(decided)

    def __getitem__(self, name: str) -> Decided:
        declared(name)
        return self._decided[name]

    def __contains__(self, name: object) -> bool:
        return name in self._decided

    def __iter__(self) -> Iterator[str]:
        return iter(self._decided)

    def __len__(self) -> int:
        return len(self._decided)

    def with_changes(self, changes: Mapping[str, str]) -> "InForce":
        """Return the same day as it would be with other values.

        Args:
            changes: per name "+10%", "-5%", "+50", "-50" (of the value in force) or "1300".

        Raises:
            ParameterError: an undeclared name, a text that is no change, a change of an unknown value by a
                part of it, or a result below zero.
        """
        changed = {name: _changed(self[name], text) for name, text in changes.items()}
        return InForce(self.region, self.as_of_date, {**self._decided, **changed})


def at(*, region: str, as_of_date: date, own: Path | None = None) -> InForce:
    """Return what is in force in ``region`` on a day.

    The nearest level with an entry for the day decides, district before city before province before nation,
    also where that entry is a gap: what the city sets and we do not know is not what the province sets.

    Args:
        own: a deployment's folder of regions that stands over those shipped.

    Raises:
        ParameterError: no such region, or a file that is not what it must be.
    """
    found = shelf(own)
    return InForce(
        region,
        as_of_date,
        {
            name: _decided(name, deciding(found, region=region, name=name, day=as_of_date))
            for name in vocabulary()
        },
    )


def deciding(found: Shelf, *, region: str, name: str, day: date) -> Entry | None:
    """Return the entry of the nearest level that has one for ``day``; None where no level has.

    Of one level the newest entry begun counts, unless it has ended.
    """
    for level in found.way_up(region):
        begun = [entry for entry in found.history(level.path, name) if entry.since <= day]
        if begun and begun[-1].holds_on(day):
            return begun[-1]
    return None


def _decided(name: str, entry: Entry | None) -> Decided:
    if entry is None:
        return Decided(name=name, value=None, unit=declared(name).unit)
    return Decided(
        name=entry.name,
        value=entry.value,
        unit=entry.unit,
        region=entry.region,
        since=entry.since,
        until=entry.until,
        document=entry.document,
        article=entry.article,
        source=entry.source,
        verified=entry.verified,
        note=entry.note,
        derived=entry.derived,
    )


def _changed(now: Decided, text: str) -> Decided:
    signed, percent = text.strip().startswith(("+", "-")), text.strip().endswith("%")
    try:
        number = Decimal(text.strip().removesuffix("%"))
    except InvalidOperation as error:
        raise ParameterError(
            f"{now.name}: {text!r} is no change; write +10%, -5%, +50 or 1300"
        ) from error
    if not number.is_finite() or (percent and not signed):
        raise ParameterError(f"{now.name}: {text!r} is no change; write +10%, -5%, +50 or 1300")
    if signed:
        if now.value is None:
            raise ParameterError(
                f"{now.name} is not known here, so it cannot change by {text}; give the value itself"
            )
        before = Decimal(str(now.value))
        number = before * (1 + number / 100) if percent else before + number
    if number < 0:
        raise ParameterError(f"{now.name}: {text} leaves {number}; a value is 0 or more")
    was = "unknown" if now.value is None else f"{now.value:g}"
    return replace(now, value=float(number), verified=False, derived=False, note=f"what if: {text}, in force: {was}")  # fmt: skip
