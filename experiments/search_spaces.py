"""Where tuning looks, learner by learner: the only place that says so."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from experiments.config import ConfigError
from models.learners.estimator import EstimatorSettings
from models.learners.logistic import LogisticSettings
from models.learners.scorecard import ScorecardSettings
from models.learners.settings import SingleSettings, name_of
from models.learners.trees import LearnerSettings


@dataclass(frozen=True, kw_only=True)
class Between:
    """A number from ``low`` to ``high``, both possible; ``log``: equally often in every power of ten."""

    low: float
    high: float
    log: bool = False
    whole: bool = False


@dataclass(frozen=True)
class OneOf:
    """One of a few values."""

    values: tuple[str | float | int | bool | None, ...]


Space = Mapping[str, Between | OneOf]

SPACES: Mapping[str, Space] = {
    "lightgbm": {
        "leaves": Between(low=3, high=48, log=True, whole=True),
        "min_rows_per_leaf": Between(low=10, high=500, log=True, whole=True),
        "learning_rate": Between(low=0.02, high=0.15, log=True),
        "feature_share": Between(low=0.1, high=1.0),
        "row_share": Between(low=0.5, high=1.0),
        "l2": Between(low=0.1, high=100.0, log=True),
    },
    # More inputs or bins than these do not fit on the page.
    "scorecard": {
        "most_inputs": Between(low=3, high=10, whole=True),
        "bins": Between(low=2, high=5, whole=True),
        "least_share": Between(low=0.01, high=0.1, log=True),
        "strength": Between(low=0.01, high=10.0, log=True),
    },
    "logistic": {"strengths": Between(low=0.0001, high=3.0, log=True)},
    "HistGradientBoostingClassifier": {
        "learning_rate": Between(low=0.02, high=0.2, log=True),
        "max_iter": Between(low=40, high=400, log=True, whole=True),
        "max_leaf_nodes": Between(low=4, high=48, log=True, whole=True),
        "min_samples_leaf": Between(low=10, high=300, log=True, whole=True),
        "l2_regularization": Between(low=0.01, high=100.0, log=True),
    },
    "RandomForestClassifier": {
        "n_estimators": Between(low=100, high=400, whole=True),
        "min_samples_leaf": Between(low=2, high=100, log=True, whole=True),
        "max_features": Between(low=0.05, high=0.6),
    },
}


def space_of(settings: SingleSettings) -> Space:
    """Return where to look for better settings of a learner.

    Raises:
        ConfigError: no space is declared for it.
    """
    name = name_of(settings)
    if name not in SPACES:
        raise ConfigError(
            f"nothing says where to look for settings of {name}: declare a space in"
            f" experiments/search_spaces.py; there are {', '.join(SPACES)}"
        )
    return SPACES[name]


def settings_with(settings: SingleSettings, found: Mapping[str, Any]) -> SingleSettings:
    """Return the settings with what was found in place; a key that holds several values gets the one."""
    if isinstance(settings, EstimatorSettings):
        return replace(settings, parameters={**settings.parameters, **found})
    several = {
        one.name for one in fields(settings) if isinstance(getattr(settings, one.name), tuple)
    }
    given: dict[str, Any] = {
        key: (value,) if key in several else value for key, value in found.items()
    }
    return replace(settings, **given)


def default_settings(name: str) -> SingleSettings:
    """Return the defaults of a learner by name.

    Raises:
        ConfigError: no learner has that name, or it needs more than a name.
    """
    known: dict[str, SingleSettings] = {
        "lightgbm": LearnerSettings(),
        "scorecard": ScorecardSettings(),
        "logistic": LogisticSettings(),
    }
    if name not in known:
        raise ConfigError(f"no learner {name!r} to tune; there are {', '.join(known)}")
    return known[name]
