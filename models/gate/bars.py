"""The gate's figures as of a date: every bar dated, sourced and explained in ``gate.yaml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Literal, cast, get_args

import yaml

from models.gate.refusals import PromotionRefusal

SHIPPED = Path(__file__).with_name("gate.yaml")
WaivedWhen = Literal["never", "when_unknown", "always"]

_BAR_KEYS = {"from", "value", "unit", "source", "why"}


class GateFileError(PromotionRefusal):
    """The file of bars does not say what it must; the message names the place."""


@dataclass(frozen=True)
class Bar:
    """One figure in force, with its unit and where it comes from."""

    value: float
    unit: str
    source: str
    why: str


@dataclass(frozen=True)
class Bars:
    """Everything in force on one day. ``sha256`` names the file it was read from."""

    as_of_date: date
    sha256: str
    attributes: tuple[str, ...]
    waivers: Mapping[str, WaivedWhen]
    _bars: Mapping[str, Bar]

    def __getitem__(self, name: str) -> float:
        return self._bars[name].value

    def described(self) -> Mapping[str, Bar]:
        """Return every bar by name, for cards and pages."""
        return dict(self._bars)


def load_bars(path: Path = SHIPPED, *, as_of_date: date) -> Bars:
    """Read the bars in force on a day.

    Raises:
        GateFileError: the file is not YAML, a bar lacks a key or has one too many, or nothing is in
            force yet on ``as_of_date``.
    """
    content = path.read_bytes()
    try:
        document = yaml.safe_load(content)
        conditions = document["conditions"]
        waivers = {name: _waived(path, name, entry) for name, entry in conditions.items()}
        bars = {
            name: _bar(path, name, entries, as_of_date)
            for name, entries in document["bars"].items()
        }
        attributes = _in_force(path, "attributes", document["attributes"], as_of_date)["value"]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise GateFileError(
            f"{path.name}: expected the sections conditions, bars and attributes ({error!r})"
        ) from error
    return Bars(
        as_of_date=as_of_date,
        sha256=sha256(content).hexdigest(),
        attributes=tuple(map(str, cast("list[object]", attributes))),
        waivers=waivers,
        _bars=bars,
    )


def _waived(path: Path, name: str, entry: Mapping[str, object]) -> WaivedWhen:
    said = entry["may_be_waived"]
    if said not in get_args(WaivedWhen):
        raise GateFileError(
            f"{path.name}: condition {name} may_be_waived is {said!r};"
            f" use one of {list(get_args(WaivedWhen))}"
        )
    return cast("WaivedWhen", said)


def _bar(path: Path, name: str, entries: list[Mapping[str, object]], as_of_date: date) -> Bar:
    for entry in entries:
        if set(entry) != _BAR_KEYS:
            raise GateFileError(
                f"{path.name}: bar {name} has the keys {sorted(map(str, entry))},"
                f" expected {sorted(_BAR_KEYS)}: every bar has a day, a source and a reason"
            )
    found = _in_force(path, name, entries, as_of_date)
    value = found["value"]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise GateFileError(f"{path.name}: bar {name} is {value!r}, expected a number")
    return Bar(float(value), str(found["unit"]), str(found["source"]), str(found["why"]))


def _in_force(
    path: Path, name: str, entries: list[Mapping[str, object]], as_of_date: date
) -> Mapping[str, object]:
    days = [entry["from"] for entry in entries]
    if not all(isinstance(day, date) for day in days) or len(set(days)) < len(days):
        raise GateFileError(
            f"{path.name}: {name} needs different days under from, like 2026-01-01; found {days}"
        )
    begun = [entry for entry in entries if cast("date", entry["from"]) <= as_of_date]
    if not begun:
        raise GateFileError(
            f"{path.name}: {name} is not in force before {min(map(str, days))}; asked for {as_of_date}"
        )
    return max(begun, key=lambda entry: cast("date", entry["from"]))
