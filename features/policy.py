"""Numbers that policy or convention owns, dated and sourced, as values of a feature expression.

They live in ``features/parameters/definitions.yaml``. A line moved in April must not change March,
so an expression asks for the value in force on each row's own date.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import ibis
import ibis.expr.types as ir
import yaml


class ParameterError(LookupError):
    """No such parameter, or its file is not what it must be."""


@dataclass(frozen=True)
class Value:
    """One number from one day on, and where it was read."""

    since: date
    value: int
    source: str
    verified: bool


@cache
def _parameters() -> dict[str, tuple[Value, ...]]:
    path = files("features.parameters") / "definitions.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        name: tuple(
            Value(entry["from"], entry["value"], entry["source"], entry["verified"])
            for entry in sorted(written["values"], key=lambda entry: entry["from"])
        )
        for name, written in document.items()
    }


def names() -> tuple[str, ...]:
    """Return the names of all parameters, in file order."""
    return tuple(_parameters())


def values_of(name: str) -> tuple[Value, ...]:
    """Return every value a parameter ever had, oldest first.

    Raises:
        ParameterError: no such parameter.
    """
    if name not in _parameters():
        raise ParameterError(f"no parameter {name!r}; definitions.yaml has {sorted(_parameters())}")
    return _parameters()[name]


def in_force_on(name: str, day: ir.DateValue) -> ir.IntegerValue:
    """Return the value of a parameter on ``day``; null before its first one.

    Raises:
        ParameterError: no such parameter.
    """
    newest_first = reversed(values_of(name))
    return ibis.cases(
        *((day >= ibis.date(entry.since.isoformat()), entry.value) for entry in newest_first)
    )
