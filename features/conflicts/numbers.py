"""The numbers behind the conflict kinds, dated: ``features/parameters/conflicts.yaml``."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from features.policy import referred


@cache
def _written() -> Mapping[str, list[tuple[date, int]]]:
    path = files("features.parameters") / "conflicts.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {name: sorted(_values(name, written)) for name, written in document.items()}


def _values(name: str, written: Mapping[str, Any]) -> list[tuple[date, int]]:
    if "same_as" in written:
        return [(value.since, value.value) for value in referred(name, written["same_as"])]
    return [(entry["from"], int(entry["value"])) for entry in written["values"]]


def number_on(name: str, day: date) -> int:
    """Return a number as in force on ``day``.

    Raises:
        LookupError: no such number, or none that early.
    """
    held = [value for since, value in _written().get(name, []) if since <= day]
    if not held:
        raise LookupError(f"conflicts.yaml has no {name} on {day}; it has {sorted(_written())}")
    return held[-1]


def numbers_on(day: date) -> dict[str, int]:
    """Return every number as in force on ``day``."""
    return {name: number_on(name, day) for name in _written()}
