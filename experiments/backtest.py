"""Repeat the past honestly, date by date: fit on what was known, rank, look what happened."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.config import ExperimentConfig
from experiments.district.answers import true_unmet_need
from experiments.district.true_names import as_truly_named
from experiments.fitting import (
    LEARNED,
    TRAINED_ON,
    Fitted,
    add_training_labels,
    fit_split,
    only_findable,
)
from experiments.history import build_history
from features.engine_names import DUCKDB
from features.registry import KEYS
from models.evaluation import Evaluation, evaluate
from models.ordering import Floats
from models.rules.triggers import RuleBook, load_triggers
from models.splits import TimeSplit, given_split, parts, time_splits
from models.top_of_list import Capacity

TRUTH = "truth"


@dataclass(frozen=True)
class Judged:
    """One fitted split and the rows it was judged on, with a score per policy."""

    fitted: Fitted
    reference: pd.DataFrame
    """The rows trained on."""
    rows: pd.DataFrame
    scores: Mapping[str, Floats]


@dataclass(frozen=True)
class Backtest:
    """What came out, by where the answer comes from.

    ``observed``: households somebody reached or a scheme admitted; selective, because staff chose
    whom to visit. ``by_lot``: the random slice weighted by its propensities; unbiased, small; None
    without one. ``truth``: the simulated district's truth; None for real households.
    """

    config: ExperimentConfig
    judged: tuple[Judged, ...]
    observed: Evaluation
    by_lot: Evaluation | None
    truth: Evaluation | None

    @property
    def capacities(self) -> tuple[Capacity, ...]:
        """Where lists were cut; the first is the headline."""
        return capacities_of(self.config)

    @property
    def rows(self) -> pd.DataFrame:
        """Every judged row, in the order of :attr:`scores`."""
        return pd.concat([one.rows for one in self.judged], ignore_index=True)

    @property
    def scores(self) -> dict[str, Floats]:
        """One score per judged row and policy."""
        return {
            policy: np.concatenate([one.scores[policy] for one in self.judged])
            for policy in self.judged[0].scores
        }

    def by_date(self) -> dict[date, Evaluation]:
        """Return the headline answer of every test date on which its labels are known."""
        label = TRUTH if self.truth is not None else "label"
        rows, scores, found = self.rows, self.scores, {}
        for day in sorted(rows["as_of_date"].unique()):
            here = (rows["as_of_date"] == day).to_numpy()
            if rows.loc[here, label].notna().any():
                found[pd.Timestamp(day).date()] = evaluate(
                    rows.loc[here],
                    {policy: values[here] for policy, values in scores.items()},
                    capacities=self.capacities,
                    seed=self.config.seed,
                    label=label,
                    probabilities=(LEARNED,),
                    draws=200,
                )
        return found

    def among_labelled(self) -> Evaluation:
        """Return the observed answer with lists cut among households whose answer is known.

        Elsewhere lists are cut among everybody, and visits without a known answer go ungraded.
        """
        known = self.rows["label"].notna().to_numpy()
        return evaluate(
            self.rows.loc[known],
            {policy: values[known] for policy, values in self.scores.items()},
            capacities=self.capacities,
            seed=self.config.seed,
            probabilities=(LEARNED,),
        )

    @property
    def headline(self) -> tuple[str, Evaluation]:
        """The most trustworthy answer there is, and its name."""
        if self.truth is not None:
            return "truth", self.truth
        return "observed labels", self.observed


def capacities_of(config: ExperimentConfig) -> tuple[Capacity, ...]:
    """Return the capacities of a configuration, headline first."""
    return tuple(Capacity(share=share) for share in config.capacity_shares)


def backtest(
    home: Path,
    config: ExperimentConfig,
    *,
    truth: Path | None,
    min_train_dates: int = 2,
    engine_name: str = DUCKDB,
    progress: Callable[[str], None] = lambda _: None,
) -> Backtest:
    """Walk forward over every date of ``config`` that leaves enough history behind the gap.

    Args:
        home: folder with a lake.
        config: the experiment; training and test dates are walked over alike.
        truth: folder with the truth of a simulated district, or None.
        min_train_dates: dates needed for training besides calibration.
        engine_name: what builds the matrices.
        progress: is told one line per step.
    """
    outcome = config.load_outcome()
    splits = time_splits(
        config.dates,
        label_window_days=outcome.closed_after_days,
        calibration_span=config.calibration_span,
        min_train_dates=min_train_dates,
    )
    return _run(home, config, splits, truth=truth, engine_name=engine_name, progress=progress)


def single_split(
    home: Path,
    config: ExperimentConfig,
    *,
    truth: Path | None,
    engine_name: str = DUCKDB,
    progress: Callable[[str], None] = lambda _: None,
) -> Backtest:
    """Fit once on the training dates of ``config`` and judge on its test dates."""
    outcome = config.load_outcome()
    split = given_split(
        train_dates=config.train_dates,
        test_dates=config.test_dates,
        label_window_days=outcome.closed_after_days,
        calibration_span=config.calibration_span,
    )
    return _run(home, config, (split,), truth=truth, engine_name=engine_name, progress=progress)


def _run(
    home: Path,
    config: ExperimentConfig,
    splits: tuple[TimeSplit, ...],
    *,
    truth: Path | None,
    engine_name: str,
    progress: Callable[[str], None],
) -> Backtest:
    deployment, outcome = config.load_deployment(), config.load_outcome()
    rules = load_triggers(
        deployment.triggers, features=deployment.features, region=deployment.region
    )
    needed: set[date] = set()
    for split in splits:
        needed |= {*split.train_dates, *split.calibration_dates, *split.test_dates}
    history = build_history(
        home,
        deployment=deployment,
        outcome=outcome,
        dates=sorted(needed),
        engine_name=engine_name,
        progress=progress,
    )
    history = only_findable(add_training_labels(history, config), deployment)
    if truth is not None:
        named = as_truly_named(home, truth, deployment, history[list(KEYS)], dates=sorted(needed))
        history[TRUTH] = true_unmet_need(
            truth, named, dates=sorted(needed), window_days=outcome.window_days
        )
    judged = []
    for split in splits:
        progress(split.describe())
        judged.append(_judge(history, split, config=config, rules=rules))
    return _evaluated(config, tuple(judged))


def _judge(
    history: pd.DataFrame, split: TimeSplit, *, config: ExperimentConfig, rules: RuleBook
) -> Judged:
    features = config.model_features()
    fitted = fit_split(history, split, config=config, features=features, rules=rules)
    tested = history["as_of_date"].isin([pd.Timestamp(day) for day in split.test_dates])
    rows = history.loc[tested].reset_index(drop=True)
    trained = history.loc[parts(history, split).train]
    return Judged(fitted, trained.loc[trained[TRAINED_ON].notna()], rows, fitted.scores(rows))


def _evaluated(config: ExperimentConfig, judged: tuple[Judged, ...]) -> Backtest:
    rows = pd.concat([one.rows for one in judged], ignore_index=True)
    scores = {
        policy: np.concatenate([one.scores[policy] for one in judged])
        for policy in judged[0].scores
    }

    def grade(label: str, propensity: str | None = None) -> Evaluation | None:
        if label not in rows or not rows[label].notna().any():
            return None
        return evaluate(
            rows,
            scores,
            capacities=capacities_of(config),
            seed=config.seed,
            label=label,
            propensity=propensity,
            probabilities=(LEARNED,),
        )

    observed = grade("label")
    if observed is None:
        raise ValueError(
            f"experiment {config.name}: no test row has a known label; choose test dates whose label"
            " windows hold visits or admissions"
        )
    return Backtest(
        config=config,
        judged=judged,
        observed=observed,
        by_lot=grade("random_label", "random_propensity"),
        truth=grade(TRUTH),
    )
