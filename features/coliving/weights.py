"""What evidence weighs, dated: ``features/parameters/coliving.yaml`` as one mapping per day.

A weight is a log-odds: the natural logarithm of how much more often the evidence is seen where the
conclusion is true. Weights of independent evidence add up.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

import yaml

from features.policy import ParameterError

Weights = Mapping[str, float]


@cache
def _written() -> Mapping[str, list[tuple[date, float]]]:
    path = files("features.parameters") / "coliving.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        name: sorted((entry["from"], float(entry["value"])) for entry in written["values"])
        for name, written in document.items()
    }


def weights_on(day: date) -> Weights:
    """Return every weight as in force on ``day``.

    Raises:
        ParameterError: a weight has no value that early.
    """
    found: dict[str, float] = {}
    for name, values in _written().items():
        held = [value for since, value in values if since <= day]
        if not held:
            raise ParameterError(
                f"coliving.yaml: {name} has no value on {day}; its first is of {values[0][0]}"
            )
        found[name] = held[-1]
    return found
