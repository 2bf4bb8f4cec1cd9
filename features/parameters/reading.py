"""One region's file: dated values with their documents, or a refusal that says where and what.

A file is ``<region>.yaml``. Under ``parameters`` each name of the vocabulary has its unit and either
``values``, oldest first, or ``same_as``: another entry whose figures are also its own. ``from`` and ``until``
are the first and the last day a value is in force; without ``until`` it holds until the next begins.

An entry whose ``value`` is null is a gap: the region sets the figure and nobody here knows it. Its note says
why. ``verified: true`` means that the text was read on the official page; only then may it be written.
"""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from features.parameters.errors import ParameterError
from features.parameters.vocabulary import declared
from features.parameters.written import Written, check_keys, read

CHECKED = ("official", "news", "mirror", "recalled", "convention")
CONFIDENCE = ("high", "medium", "low")
_REGION = re.compile(r"cn(\.[a-z][a-z0-9_]*)*")
_OF_A_VALUE = ("from", "value", "source", "checked", "confidence", "verified")
_MAY_HAVE = ("until", "document", "article", "note", "derived", "affects")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One dated value of one region; ``value`` None is a gap. ``until`` is the last day, where written."""

    region: str
    name: str
    unit: str
    since: date
    until: date | None
    value: float | None
    document: str
    article: str
    source: str
    checked: str
    confidence: str
    verified: bool
    derived: bool
    note: str
    affects: str

    def holds_on(self, day: date) -> bool:
        """Whether the entry has begun and not ended; a later entry may have taken its place."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True)
class Reference:
    """Figures that stand elsewhere: the entries of another name, of this region or another."""

    region: str
    name: str
    note: str


@dataclass(frozen=True)
class Region:
    """A region's own entries, oldest first under each name."""

    path: str
    name_zh: str
    about: str
    entries: dict[str, tuple[Entry, ...]]
    references: dict[str, Reference]

    @property
    def names(self) -> tuple[str, ...]:
        """Names with an entry or a reference."""
        return (*self.entries, *self.references)


def read_region(path: Path) -> Region:
    """Return what a file says of its region.

    Raises:
        ParameterError: naming file, parameter and line.
    """
    written = read(path)
    check_keys(written, where=path.name, required=("region", "name_zh"), optional=("about", "parameters"))  # fmt: skip
    region = written["region"]
    if not isinstance(region, str) or not _REGION.fullmatch(region):
        raise ParameterError(
            f"{path.name}, line {written.lines['region']}: region {region!r} is no path like cn.jiangsu.wuxi"
        )
    if path.name != f"{region}.yaml":
        raise ParameterError(f"{path.name}: holds region {region}; name the file {region}.yaml")
    entries: dict[str, tuple[Entry, ...]] = {}
    references: dict[str, Reference] = {}
    for name, told in (written.get("parameters") or {}).items():
        where = f"{path.name}, {name}"
        line = written["parameters"].lines[name]
        if not isinstance(told, Written):
            raise ParameterError(f"{where}, line {line}: expected unit and values, found {told!r}")
        _check_unit(name, told, where=where, line=line)
        if "same_as" in told:
            references[name] = _reference(told, where=where)
        else:
            check_keys(told, where=where, required=("unit", "values"))
            entries[name] = _entries(region, name, told, where=where)
    return Region(path=region, name_zh=str(written["name_zh"]), about=str(written.get("about", "")), entries=entries, references=references)  # fmt: skip


def _check_unit(name: str, told: Written, *, where: str, line: int) -> None:
    try:
        unit = declared(name).unit
    except ParameterError as error:
        raise ParameterError(f"{where}, line {line}: {error}") from error
    if "unit" not in told:
        raise ParameterError(f"{where}, line {line}: unit is missing; {name} is in {unit}")
    if told["unit"] != unit:
        raise ParameterError(
            f"{where}, line {told.lines['unit']}: unit {told['unit']!r}, expected {unit!r}; convert the value"
            " and keep the original in its note"
        )


def _reference(told: Written, *, where: str) -> Reference:
    check_keys(told, where=where, required=("unit", "same_as"), optional=("note",))
    same_as = told["same_as"]
    if not isinstance(same_as, Written):
        raise ParameterError(f"{where}, line {told.line}: same_as needs region and parameter")
    check_keys(same_as, where=f"{where}, same_as", required=("region", "parameter"))
    return Reference(same_as["region"], same_as["parameter"], str(told.get("note", "")))


def _entries(region: str, name: str, told: Written, *, where: str) -> tuple[Entry, ...]:
    values = told["values"]
    if not isinstance(values, list) or not values:
        raise ParameterError(f"{where}, line {told.lines['values']}: values is no list of entries")
    made = [(_entry(region, name, one, where=where), one) for one in values]
    made.sort(key=lambda pair: pair[0].since)
    for (earlier, _), (later, written) in pairwise(made):
        if later.since == earlier.since or (earlier.until and earlier.until >= later.since):
            ends = f" until {earlier.until}" if earlier.until else ""
            raise ParameterError(
                f"{where}, line {written.line}: the value from {later.since} overlaps the one from"
                f" {earlier.since}{ends}; end the earlier one the day before"
            )
    return tuple(entry for entry, _ in made)


def _entry(region: str, name: str, told: object, *, where: str) -> Entry:
    if not isinstance(told, Written):
        raise ParameterError(f"{where}: expected an entry with from and value, found {told!r}")
    at = f"{where}, line {told.line}"
    gap = "value" in told and told["value"] is None
    if gap:
        check_keys(told, where=where, required=("from", "value", "note"), optional=(*_OF_A_VALUE, *_MAY_HAVE))  # fmt: skip
    else:
        check_keys(told, where=where, required=_OF_A_VALUE, optional=_MAY_HAVE)
    value = told["value"]
    if not gap and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
        raise ParameterError(f"{at}: value {value!r} is no number from 0 on")
    for key in ("from", "until"):
        # A time of day would be a datetime, which also counts as a date.
        if key in told and type(told[key]) is not date:
            raise ParameterError(f"{at}: {key} {told[key]!r} is no day like 2024-07-01")
    until = told.get("until")
    if until is not None and until < told["from"]:
        raise ParameterError(f"{at}: until {until} lies before from {told['from']}")
    for key in ("document", "article", "source", "note", "affects"):
        if not isinstance(told.get(key, ""), str):
            raise ParameterError(f"{at}: {key} {told[key]!r} is no text; put it in quotes")
    if not told["note" if gap else "source"].strip():
        raise ParameterError(f"{at}: {'note' if gap else 'source'} is empty; say where or why")
    checked, confidence = told.get("checked", "convention"), told.get("confidence", "low")
    if checked not in CHECKED:
        raise ParameterError(f"{at}: checked {checked!r}; there are {', '.join(CHECKED)}")
    if confidence not in CONFIDENCE:
        raise ParameterError(f"{at}: confidence {confidence!r}; there are {', '.join(CONFIDENCE)}")
    verified = told.get("verified", False)
    if not isinstance(verified, bool) or not isinstance(told.get("derived", False), bool):
        raise ParameterError(f"{at}: verified and derived are true or false")
    if verified and (gap or checked != "official" or confidence != "high"):
        raise ParameterError(
            f"{at}: verified is true, but the value was not read on an official page with high confidence"
        )
    return Entry(
        region=region,
        name=name,
        unit=declared(name).unit,
        since=told["from"],
        until=until,
        value=None if gap else float(value),
        document=told.get("document", ""),
        article=told.get("article", ""),
        source=told.get("source", ""),
        checked=checked,
        confidence=confidence,
        verified=verified,
        derived=told.get("derived", False),
        note=told.get("note", ""),
        affects=told.get("affects", ""),
    )
