"""Which learner, and how it learns: what the key ``learner`` of an experiment may hold."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Tag

from models.learners.estimator import EstimatorSettings
from models.learners.logistic import LogisticSettings
from models.learners.scorecard import ScorecardSettings
from models.learners.trees import LearnerSettings

LIGHTGBM = "lightgbm"
_SINGLE = (LIGHTGBM, "scorecard", "logistic", "estimator")


def _kind_of(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return str(value.get("kind", LIGHTGBM))
    if isinstance(value, LearnerSettings):
        return LIGHTGBM
    return getattr(value, "kind", None)


def _without_kind(value: Any) -> Any:
    """Leave trees without the key: experiments written before there was a choice keep their identity."""
    if isinstance(value, Mapping):
        return {key: found for key, found in value.items() if key != "kind"}
    return value


_Trees = Annotated[LearnerSettings, BeforeValidator(_without_kind), Tag("lightgbm")]


def _one_of(*kinds: str) -> Discriminator:
    return Discriminator(
        _kind_of,
        custom_error_type="no_such_learner",
        custom_error_message=f"kind must be one of {', '.join(kinds)}",
    )


SingleSettings = Annotated[
    _Trees
    | Annotated[ScorecardSettings, Tag("scorecard")]
    | Annotated[LogisticSettings, Tag("logistic")]
    | Annotated[EstimatorSettings, Tag("estimator")],
    _one_of(*_SINGLE),
]


@dataclass(frozen=True, kw_only=True)
class MixedSettings:
    """Candidates compared on inner folds: earlier dates predict later ones, with the gap of the label window.

    ``choose`` takes the one with the lowest log loss, or an earlier one in the list where the difference is
    less than one standard error: name the plain ones first. ``blend`` weighs their log-odds. ``inner_folds``:
    the most recent ones, at most so many. ``most_rows``: rows of whole households compared on at most.
    """

    kind: Literal["choose", "blend"]
    candidates: tuple[SingleSettings, ...]
    inner_folds: int = 3
    most_rows: int = 120_000
    seed: int = 7


AnySettings = Annotated[
    _Trees
    | Annotated[ScorecardSettings, Tag("scorecard")]
    | Annotated[LogisticSettings, Tag("logistic")]
    | Annotated[EstimatorSettings, Tag("estimator")]
    | Annotated[MixedSettings, Tag("choose")]
    | Annotated[MixedSettings, Tag("blend")],
    _one_of(*_SINGLE, "choose", "blend"),
]


def name_of(settings: AnySettings) -> str:
    """Return a short name for tables: the kind, or the class of an estimator."""
    if isinstance(settings, EstimatorSettings):
        return settings.path.rpartition(".")[2]
    return LIGHTGBM if isinstance(settings, LearnerSettings) else settings.kind


def plainest(settings: AnySettings) -> SingleSettings:
    """Return the first candidate of a mixture, which is meant to be the plainest, or the one learner."""
    return settings.candidates[0] if isinstance(settings, MixedSettings) else settings


def as_parameters(settings: AnySettings) -> dict[str, str]:
    """Return the settings as flat text for a run's parameters; candidates are numbered."""
    flat = {"learner": name_of(settings)}
    for key, value in asdict(settings).items():
        if key == "candidates":
            for place, one in enumerate(value):
                flat[f"candidate_{place}"] = json.dumps(one, default=str)
        elif key != "kind":
            flat[key] = str(value)
    return flat
