"""The names policy parameters go by: each with its unit, its meaning and whose life it touches."""

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from features.parameters.errors import ParameterError
from features.parameters.written import Written, check_keys, read

FILE = Path(__file__).with_name("vocabulary.yaml")


@dataclass(frozen=True)
class Name:
    """One declared name; ``who`` is the kind of household or office a change of it touches."""

    name: str
    unit: str
    unit_zh: str
    zh: str
    en: str
    who: str


@cache
def vocabulary() -> dict[str, Name]:
    """Return every declared name in file order.

    Raises:
        ParameterError: the file is not what it must be.
    """
    written = read(FILE)
    check_keys(written, where=FILE.name, required=("units", "names"))
    units: Written = written["units"]
    return {name: _name(name, told, units) for name, told in written["names"].items()}


def _name(name: str, told: Written, units: Written) -> Name:
    where = f"{FILE.name}, {name}"
    check_keys(told, where=where, required=("unit", "zh", "en", "who"))
    unit = told["unit"]
    if unit not in units:
        raise ParameterError(
            f"{where}, line {told.line}: no unit {unit!r}; there are {list(units)}"
        )
    return Name(name, unit, units[unit], told["zh"], told["en"], told["who"])


def declared(name: str) -> Name:
    """Return what a name means.

    Raises:
        ParameterError: no such name; the nearest one is named.
    """
    names = vocabulary()
    if name not in names:
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"names are declared in {FILE.name}"
        raise ParameterError(f"no policy parameter {name!r}; {hint}")
    return names[name]
