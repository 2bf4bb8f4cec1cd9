"""Look for better settings of one learner on inner folds of the training dates; the test dates are never read.

Every attempt is judged on each inner fold: earlier dates predict a later one, with the gap of the label window, as in
the backtest. What is minimised is the mean over the folds of the log loss, or of minus the precision at the headline
capacity, plus :data:`UNSTEADY` times its standard deviation over the folds: settings that are good on one date and
bad on the next are not what a bureau wants. The settings one came with are attempt 0, so the best is never worse
than they were on the same folds; that it is better on dates nobody has seen is for a backtest to show.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import yaml

from experiments.config import ConfigError, ExperimentConfig, load_config
from experiments.fitting import TRAINED_ON, WEIGHT, add_training_labels, only_findable
from experiments.history import build_history
from experiments.optuna_desk import Asking
from experiments.search_spaces import Space, settings_with, space_of
from features.registry import Feature
from models.learners.choosing import inner_splits
from models.learners.fitting import fit_single
from models.learners.learned import LearnerError, labels_of, log_loss, weights_of
from models.learners.settings import MixedSettings, SingleSettings
from models.ordering import Floats
from models.splits import Parts, TimeSplit
from models.top_of_list import Capacity, RankedRows

Objective = Literal["log_loss", "precision"]
Folds = Sequence[tuple[TimeSplit, Parts]]

UNSTEADY = 0.5
"""What a standard deviation between folds costs, in units of the objective."""
MOST_FOLDS = 3


@dataclass(frozen=True)
class Attempt:
    """One set of settings: its objective per inner fold (lower is better), and what is minimised.

    ``worth`` is infinite where nothing could be learned; ``why_not`` then says why.
    """

    number: int
    found: Mapping[str, Any]
    by_fold: tuple[float, ...]
    worth: float
    why_not: str = ""


@dataclass(frozen=True)
class Tuned:
    """What came out: every attempt, the inner folds, and the experiment with the best settings in place."""

    config: ExperimentConfig
    objective: Objective
    folds: tuple[str, ...]
    attempts: tuple[Attempt, ...]

    @property
    def best(self) -> Attempt:
        """The attempt worth most; the earlier one of equals."""
        return min(self.attempts, key=lambda attempt: attempt.worth)

    def table(self) -> pd.DataFrame:
        """Return one row per attempt, best first: settings, objective per fold, what is minimised."""
        rows = [
            {
                "attempt": one.number,
                "minimised": one.worth,
                **{f"fold {at}": value for at, value in enumerate(one.by_fold, start=1)},
                **one.found,
                "why_not": one.why_not,
            }
            for one in self.attempts
        ]
        return pd.DataFrame(rows).sort_values("minimised", kind="stable", ignore_index=True)


def training_rows(
    home: Path,
    config: ExperimentConfig,
    *,
    engine_name: str,
    progress: Callable[[str], None],
) -> pd.DataFrame:
    """Return the labelled rows of the training dates, which is all that tuning may look at."""
    deployment = config.load_deployment()
    history = build_history(
        home,
        deployment=deployment,
        outcome=config.load_outcome(),
        dates=config.train_dates,
        engine_name=engine_name,
        progress=progress,
    )
    return only_findable(add_training_labels(history, config), deployment)


def tune(
    rows: pd.DataFrame,
    config: ExperimentConfig,
    *,
    attempts: int,
    objective: Objective,
    progress: Callable[[str], None] = lambda _: None,
) -> Tuned:
    """Try ``attempts`` settings of the learner of ``config``, and what it has already.

    Args:
        rows: of :func:`training_rows`; rows of other dates are left out.
        config: the experiment; its learner is tuned with everything else as it is.
        attempts: settings to try, at least 1.
        objective: ``log_loss``, or ``precision`` at the first of ``capacity_shares``.
        progress: is told one line per attempt.

    Raises:
        ConfigError: the learner is a mixture, or nothing says where to look.
        LearnerError: the training dates leave no inner fold, or nothing could be learned at all.
    """
    settings = config.learner
    if isinstance(settings, MixedSettings):
        raise ConfigError(
            f"learner.kind is {settings.kind}: candidates are tuned one at a time. Name one of them with"
            " --learner and put what is found into learner.candidates"
        )
    own = rows.loc[rows["as_of_date"].isin([pd.Timestamp(day) for day in config.train_dates])]
    own = own.reset_index(drop=True)
    folds = inner_splits(
        own, label_window_days=config.load_outcome().closed_after_days, most=MOST_FOLDS
    )
    features = config.model_features()
    capacity = Capacity(share=config.capacity_shares[0])

    def attempt(number: int, found: Mapping[str, Any]) -> Attempt:
        one = settings_with(settings, found)
        try:
            by_fold = [
                _judged(own, parts, one, features, objective=objective, capacity=capacity)
                for _, parts in folds
            ]
        except LearnerError as error:
            return Attempt(number, found, (), float("inf"), str(error))
        worth = float(np.mean(by_fold) + UNSTEADY * np.std(by_fold))
        return Attempt(number, found, tuple(by_fold), worth)

    made = _all_attempts(attempt, space_of(settings), attempts, config.seed, progress)
    if all(one.worth == float("inf") for one in made):
        raise LearnerError(f"none of {len(made)} attempts could be learned: {made[0].why_not}")
    best = min(made, key=lambda one: one.worth)
    return Tuned(
        _with_learner(config, settings_with(settings, best.found)),
        objective,
        tuple(split.describe() for split, _ in folds),
        made,
    )


def write_experiment(tuned: Tuned, path: Path) -> ExperimentConfig:
    """Write the experiment with the best settings as a YAML file that ``run`` reads, and read it back."""
    path.parent.mkdir(parents=True, exist_ok=True)
    best = tuned.best
    remark = (
        f"# Learner tuned on inner folds of the training dates: {tuned.objective}, attempt {best.number} of"
        f" {len(tuned.attempts) - 1}.\n"
    )
    content = tuned.config.model_dump(mode="json")
    path.write_text(
        remark + yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8"
    )
    return load_config(path)


def _all_attempts(
    attempt: Callable[[int, Mapping[str, Any]], Attempt],
    space: Space,
    number: int,
    seed: int,
    progress: Callable[[str], None],
) -> tuple[Attempt, ...]:
    progress("attempt 0: the settings as they are")
    made = [attempt(0, {})]
    asking = Asking(space, seed=seed)
    for place in range(1, number + 1):
        ticket, found = asking.ask()
        best = min(one.worth for one in made)
        progress(f"attempt {place} of {number}, best so far {best:.5f}")
        made.append(attempt(place, found))
        asking.tell(ticket, made[-1].worth if made[-1].by_fold else None)
    return tuple(made)


def _judged(
    rows: pd.DataFrame,
    parts: Parts,
    settings: SingleSettings,
    features: Sequence[Feature],
    *,
    objective: Objective,
    capacity: Capacity,
) -> float:
    """Return the objective of one set of settings on one inner fold; lower is better."""
    model = fit_single(
        rows.loc[parts.train], rows.loc[parts.calibration],
        features=features, settings=settings, label=TRAINED_ON, weight=WEIGHT,
    )  # fmt: skip
    test = rows.loc[parts.test]
    known = test[TRAINED_ON].notna().to_numpy(dtype=bool)
    log_odds = model.log_odds(test)
    labels, weights = (
        labels_of(test, known, label=TRAINED_ON),
        weights_of(test, known, weight=WEIGHT),
    )
    if objective == "log_loss":
        return log_loss(log_odds[known], labels, weights)
    return -_precision(log_odds, known, labels, weights, capacity)


def _precision(
    log_odds: Floats, known: "np.ndarray", labels: Floats, weights: Floats, capacity: Capacity
) -> float:
    positives, labelled = np.zeros(len(log_odds)), np.zeros(len(log_odds))
    positives[known], labelled[known] = labels * weights, weights
    every = np.arange(len(log_odds), dtype=np.intp)
    found = RankedRows(log_odds, positives=positives, labelled=labelled, dates=[every]).tallies(
        capacity
    )
    return found.positives / found.labelled if found.labelled else 0.0


def _with_learner(config: ExperimentConfig, settings: SingleSettings) -> ExperimentConfig:
    return ExperimentConfig.model_validate(
        {
            **config.model_dump(),
            "name": f"{config.name}_tuned",
            "title": f"{config.title}, tuned",
            "learner": settings,
        }
    )
