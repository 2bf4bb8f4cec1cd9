"""Numbers that policy or convention owns, dated and sourced, as values of a feature expression.

They live in ``features/parameters/definitions.yaml``. A line moved in April must not change March,
so an expression asks for the value in force on each row's own date.

A figure that a region's file holds is not written there again but named (``same_as``). Where the region has a gap
or an end, the last value known is carried on: a feature compares years with each other, and that its line is last
year's is better known than no line at all. What a household may be entitled to is decided by
``features.parameters.at`` instead, where a gap stays a gap.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

import ibis
import ibis.expr.types as ir
import yaml

from features.parameters.errors import ParameterError
from features.parameters.reading import Entry
from features.parameters.shelf import shelf

__all__ = ["ParameterError", "Value", "in_force_on", "names", "referred", "values_of"]


@dataclass(frozen=True)
class Value:
    """One number from one day on, and where it was read."""

    since: date
    value: int
    source: str
    verified: bool


@cache
def _parameters() -> Mapping[str, Mapping[str, Any]]:
    path = files("features.parameters") / "definitions.yaml"
    written: dict[str, Mapping[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return written


def names() -> tuple[str, ...]:
    """Return the names of all parameters, in file order."""
    return tuple(_parameters())


@cache
def values_of(name: str) -> tuple[Value, ...]:
    """Return every value a parameter ever had, oldest first.

    Raises:
        ParameterError: no such parameter, or a reference that leads nowhere or to no whole number.
    """
    if name not in _parameters():
        raise ParameterError(f"no parameter {name!r}; definitions.yaml has {sorted(_parameters())}")
    written = _parameters()[name]
    if "same_as" in written:
        return referred(name, written["same_as"])
    return tuple(
        Value(entry["from"], entry["value"], entry["source"], entry["verified"])
        for entry in sorted(written["values"], key=lambda entry: entry["from"])
    )


def referred(name: str, same_as: Mapping[str, Any]) -> tuple[Value, ...]:
    """Return the values a parameter takes from a region's file, oldest first.

    Args:
        name: who refers, for messages.
        same_as: ``region``, ``parameter`` and, where written, ``times`` and ``held_from``.

    Raises:
        ParameterError: the reference leads to no value, or to none that is a whole number.
    """
    times = Fraction(str(same_as.get("times", 1)))
    entries = shelf().history(same_as["region"], same_as["parameter"])
    values = [
        Value(entry.since, _whole(name, entry.value, times), _told(entry), entry.verified)
        for entry in entries
        if entry.value is not None
    ]
    if not values:
        raise ParameterError(
            f"{name}: same_as leads nowhere, {same_as['region']} has no value of {same_as['parameter']}"
        )
    if "held_from" in same_as:
        earlier = f"the value of {values[0].since} held against earlier days, by our own convention"
        values.insert(0, Value(same_as["held_from"], values[0].value, earlier, False))
    return tuple(values)


def _whole(name: str, value: float, times: Fraction) -> int:
    product = Fraction(str(value)) * times
    if product.denominator != 1:
        raise ParameterError(
            f"{name}: {value} times {times} is no whole number; features take whole ones"
        )
    return product.numerator


def _told(entry: Entry) -> str:
    document = " ".join(part for part in (entry.document, entry.article) if part)
    told = "; ".join(part for part in (document, entry.source, entry.note) if part)
    return f"{entry.region}: {told}"


def in_force_on(name: str, day: ir.DateValue) -> ir.IntegerValue:
    """Return the value of a parameter on ``day``; null before its first one.

    Raises:
        ParameterError: no such parameter.
    """
    newest_first = reversed(values_of(name))
    return ibis.cases(
        *((day >= ibis.date(entry.since.isoformat()), entry.value) for entry in newest_first)
    )
