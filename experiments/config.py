"""An experiment as configuration: one frozen YAML, unknown keys refused, with an identity."""

import hashlib
import importlib
from datetime import date
from pathlib import Path
from typing import Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features.deployment import Deployment
from features.labels import Outcome
from features.matrix_contract import TO_FIND_NEED
from features.outcomes.declared import load_outcome, outcome_file
from features.registry import Feature, features_of
from models.calibration_choice import Shape
from models.learners.settings import AnySettings
from models.learners.trees import LearnerSettings
from models.learners.uncertainty import UncertaintySettings

T = TypeVar("T")

_CAME_LATER = ("calibration", "most_unseen", "uncertainty", "unseen_as", "weigh_by_chance")


class ConfigError(ValueError):
    """An experiment file does not say what it must; the message names the file and the key."""


class ExperimentConfig(BaseModel):
    """What is trained, on which dates, and how it is judged.

    ``deployment`` and ``outcome`` are import paths, ``module:NAME``. the last
    ``calibration_span`` of ``train_dates`` are kept for calibration and early stopping;
    ``test_dates`` lie after every label window of training is over. ``unseen_weight`` is the weight of
    a household nobody looked at, presumed negative in training: 0 leaves the unseen out, 1 believes
    the presumption as much as a visit. ``most_unseen`` is how many rows of unseen households are fitted on at
    most, the same households on every date, each weighing as many as it stands for: a large district has
    far more of them than teach anything. ``unseen_as: hidden`` learns
    instead how likely need hides among the unseen (:mod:`models.selection.unlabelled`); ``weigh_by_chance``
    weighs who was looked at by the chance of it, so that a model does not learn its own lists
    (:mod:`models.selection.importance`). ``untrained_sources`` are label sources that are judged by but
    not learned from, e.g. admissions of families who came by themselves. ``calibrate_on``: the labels trained on, or the
    random slice, whose base rate is the world's and not the visitors'. ``calibration``: the shape of the
    curve; "by_number" is isotonic, or Platt's where positives are few, "chosen" takes what loses least on
    later rows it was not fitted on. ``learner``: which learner, by its ``kind`` (trees without one).
    ``uncertainty``: refits for an interval per household. ``without_groups`` are feature
    groups the model is not given (baselines still are). ``capacity_shares`` are
    shares of the cohort that can be visited; the first one is the headline. ``bands`` are what a
    visitor sees instead of a probability: each name with the probability it starts at.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    origin: Literal["simulated district", "real households"]
    deployment: str
    outcome: str
    train_dates: tuple[date, ...] = Field(min_length=1)
    test_dates: tuple[date, ...] = Field(min_length=1)
    calibration_span: int = Field(default=1, ge=1)
    untrained_sources: tuple[str, ...] = ()
    unseen_weight: float = Field(default=0.0, ge=0, le=1)
    most_unseen: int | None = Field(default=None, ge=1)
    calibrate_on: Literal["label", "random_slice"] = "label"
    without_groups: tuple[str, ...] = ()
    capacity_shares: tuple[float, ...] = Field(default=(0.01, 0.05), min_length=1)
    bands: dict[str, float] = Field(
        default={"red": 0.3, "orange": 0.15, "yellow": 0.0}, min_length=1
    )
    learner: AnySettings = LearnerSettings()
    calibration: Shape = "by_number"
    uncertainty: UncertaintySettings = UncertaintySettings()
    unseen_as: Literal["presumed", "hidden"] = "presumed"
    weigh_by_chance: bool = False
    seed: int = 7

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        for field in ("train_dates", "test_dates"):
            dates: tuple[date, ...] = getattr(self, field)
            if list(dates) != sorted(set(dates)):
                raise ValueError(f"{field}: dates must rise and none may repeat: {dates}")
        return self

    @model_validator(mode="after")
    def _one_way_to_read_the_unseen(self) -> Self:
        if self.unseen_as == "hidden" and self.unseen_weight > 0:
            raise ValueError(
                f"unseen_weight is {self.unseen_weight:g}, but unseen_as: hidden learns what the unseen"
                " weigh: leave unseen_weight out"
            )
        if self.unseen_as == "hidden" and self.most_unseen is not None:
            raise ValueError(
                f"most_unseen is {self.most_unseen}, but unseen_as: hidden counts the unseen: leave most_unseen out"
            )
        return self

    @property
    def identity(self) -> str:
        """Twelve hex digits that change whenever anything in the configuration does, a declared outcome included.

        Keys that came later count from the first value that is not their default, so that experiments
        written before them keep their identity.
        """
        fields = type(self).model_fields
        unused = {key for key in _CAME_LATER if getattr(self, key) == fields[key].default}
        words = self.model_dump_json(exclude=unused).encode()
        if self.outcome.endswith(".yaml"):
            words += outcome_file(self.outcome).read_bytes()
        return hashlib.sha256(words).hexdigest()[:12]

    @property
    def dates(self) -> tuple[date, ...]:
        """Every as_of_date the experiment needs, in order."""
        return tuple(sorted({*self.train_dates, *self.test_dates}))

    def load_deployment(self) -> Deployment:
        """Return the deployment named in the file.

        Raises:
            ConfigError: the path names nothing, or something else.
        """
        return _load(self.deployment, Deployment)

    def model_features(self) -> tuple[Feature, ...]:
        """Return the features the model is given, in matrix order: those declared to find need.

        Raises:
            ConfigError: ``without_groups`` names a group the deployment does not have.
        """
        groups = self.load_deployment().groups
        known = sorted(group.name for group in groups)
        strange = sorted(set(self.without_groups) - set(known))
        if strange:
            raise ConfigError(f"without_groups: no feature group {strange}; there are {known}")
        given = features_of([group for group in groups if group.name not in self.without_groups])
        return tuple(feature for feature in given if feature.purpose in TO_FIND_NEED)

    def load_outcome(self) -> Outcome:
        """Return the outcome named in the file: ``module:NAME``, or a YAML file that declares one.

        Raises:
            ConfigError: the path names nothing, or something else.
            OutcomeRefused: there is no such YAML file, or it does not say what it must.
        """
        if self.outcome.endswith(".yaml"):
            return load_outcome(self.outcome)
        return _load(self.outcome, Outcome)


def load_config(path: Path) -> ExperimentConfig:
    """Read one experiment file.

    Raises:
        ConfigError: the file is missing, is not YAML, lacks a key or has one too many.
    """
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml"))) or "none"
        raise ConfigError(f"no experiment file {path}; in that folder there are: {known}")
    try:
        return ExperimentConfig.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not YAML: {error}") from error
    except ValidationError as error:
        raise ConfigError(f"{path}: {_in_words(error)}") from error


def _in_words(error: ValidationError) -> str:
    """Return one clause per wrong key, and what there is instead of an unknown one."""
    clauses = []
    for wrong in error.errors(include_url=False):
        key = ".".join(str(part) for part in wrong["loc"]) or "the file"
        unknown = wrong["type"] in ("extra_forbidden", "unexpected_keyword_argument")
        told = "no such key, look for a misspelling" if unknown else wrong["msg"]
        clauses.append(f"{key}: {told[:1].lower()}{told[1:]}")
    return "; ".join(clauses)


def _load(path: str, kind: type[T]) -> T:
    module, _, name = path.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"{path!r} names nothing: expected module:NAME ({error})") from error
    if not isinstance(found, kind):
        raise ConfigError(f"{path!r} is a {type(found).__name__}, not a {kind.__name__}")
    return found
