"""Fit whichever learner the settings name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from models.learners.choosing import fit_mixed
from models.learners.estimator import EstimatorSettings, fit_estimator
from models.learners.learned import Learned, LearnerError
from models.learners.logistic import LogisticSettings, fit_logistic
from models.learners.scorecard import ScorecardSettings, fit_scorecard
from models.learners.settings import AnySettings, MixedSettings, SingleSettings
from models.learners.trees import LearnerSettings, fit

if TYPE_CHECKING:
    from features.registry import Feature


def fit_learner(
    train: pd.DataFrame,
    later: pd.DataFrame,
    *,
    features: "Sequence[Feature]",
    settings: AnySettings,
    label_window_days: int,
    label: str = "label",
    weight: str | None = None,
) -> Learned:
    """Learn from the labelled rows of ``train``.

    Args:
        train: feature columns and label; rows with a null label are left out.
        later: rows of later dates (or other households): trees stop, penalties and numbers of inputs are
            chosen by them. Nothing else is learned from them, unless candidates are compared, whose inner
            folds span both frames.
        features: declared features in matrix order.
        settings: which learner, and how.
        label_window_days: gap between the dates of inner folds.
        label: column with 1, 0 or null.
        weight: column with row weights in both frames, or None for equal weights.

    Raises:
        LearnerError: one class only, the label is among the features, or the settings cannot be followed.
    """
    names = [feature.name for feature in features]
    if not names:
        raise LearnerError("there are no features to learn from: look at without_groups")
    if label in names or "label" in names:
        raise LearnerError(
            f"the label {label!r} is among the features: a model would learn to read the answer. Take it out of"
            " the feature group that declares it"
        )
    if isinstance(settings, MixedSettings):
        return fit_mixed(
            train, later,
            features=features, settings=settings, fit_one=fit_single,
            label_window_days=label_window_days, label=label, weight=weight,
        )  # fmt: skip
    return fit_single(
        train, later, features=features, settings=settings, label=label, weight=weight
    )


def fit_single(
    train: pd.DataFrame,
    later: pd.DataFrame,
    *,
    features: "Sequence[Feature]",
    settings: SingleSettings,
    label: str,
    weight: str | None,
) -> Learned:
    """Fit one learner; see :func:`fit_learner`."""
    match settings:
        case LearnerSettings():
            return fit(
                train, later, features=features, settings=settings, label=label, weight=weight
            )
        case ScorecardSettings():
            return fit_scorecard(
                train, later, features=features, settings=settings, label=label, weight=weight
            )
        case LogisticSettings():
            return fit_logistic(
                train, later, features=features, settings=settings, label=label, weight=weight
            )
        case EstimatorSettings():
            return fit_estimator(
                train, later, features=features, settings=settings, label=label, weight=weight
            )
