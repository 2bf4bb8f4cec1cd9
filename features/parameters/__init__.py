"""What policy sets: dated, regional, sourced figures, and which law was in force.

``at(region=, as_of_date=)`` says what held in a region on a day and which level decided it. One file per
region lies in ``regions/``; the names are declared in ``vocabulary.yaml``. Beside them lie the definitions
used by features, published triggers and rules of thumb, each read by its own module.
"""

from features.parameters.changing import Change, changes
from features.parameters.errors import ParameterError
from features.parameters.in_force import Decided, InForce, at
from features.parameters.regimes import Duty, Regime, duties, regime

__all__ = [
    "Change",
    "Decided",
    "Duty",
    "InForce",
    "ParameterError",
    "Regime",
    "at",
    "changes",
    "duties",
    "regime",
]
