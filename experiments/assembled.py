"""Everything the splits of one experiment are cut from: rows of every date with labels, truth and news."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.config import ExperimentConfig
from experiments.district.answers import true_unmet_need
from experiments.district.true_names import as_truly_named
from experiments.fitting import add_training_labels, only_findable
from experiments.history import build_history
from features.registry import KEYS
from models.news import news_subsets
from models.rules.triggers import RuleBook, load_triggers
from models.split_proof import prove_plan
from models.splits import TimeSplit, given_split, time_splits
from models.tracking import frame_digest

TRUTH = "truth"


@dataclass(frozen=True)
class Assembled:
    """One row per household and as_of_date, dates in order, and what they are compared with.

    ``history``: features, labels, training labels, ``onset`` and ``entry`` of
    :func:`models.news.news_subsets`, and the truth where there is one. ``digests``: what the rows of each
    date were, every value of them.
    """

    config: ExperimentConfig
    history: pd.DataFrame = field(repr=False)
    rules: RuleBook = field(repr=False)
    digests: Mapping[date, str]

    def on(self, days: Sequence[date]) -> pd.DataFrame:
        """Return the rows of ``days``, numbered from 0; consecutive dates are not copied."""
        wanted = self.history["as_of_date"].isin([pd.Timestamp(day) for day in days]).to_numpy()
        places = np.flatnonzero(wanted)
        if len(places) and places[-1] - places[0] + 1 == len(places):
            rows = self.history.iloc[places[0] : places[-1] + 1]
        else:
            rows = self.history.loc[wanted]
        return rows.reset_index(drop=True)

    def digest_of(self, days: Sequence[date]) -> str:
        """Return 16 hex digits over the rows of ``days``."""
        said = "".join(f"{day}{self.digests[day]}" for day in sorted(set(days)))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def walk_plan(config: ExperimentConfig, *, min_train_dates: int = 2) -> tuple[TimeSplit, ...]:
    """Return the splits that walk over every date of ``config`` with enough history behind the gap."""
    plan = time_splits(
        config.dates,
        label_window_days=config.load_outcome().closed_after_days,
        calibration_span=config.calibration_span,
        min_train_dates=min_train_dates,
    )
    prove_plan(plan)
    return plan


def single_plan(config: ExperimentConfig) -> tuple[TimeSplit, ...]:
    """Return the one split that learns from the training dates and is judged on the test dates."""
    split = given_split(
        train_dates=config.train_dates,
        test_dates=config.test_dates,
        label_window_days=config.load_outcome().closed_after_days,
        calibration_span=config.calibration_span,
    )
    prove_plan([split])
    return (split,)


def assemble(
    home: Path,
    config: ExperimentConfig,
    plan: Sequence[TimeSplit],
    *,
    truth: Path | None,
    engine_name: str,
    progress: Callable[[str], None],
) -> Assembled:
    """Build or reuse the matrices of every date of ``plan``, with labels, truth and news."""
    deployment, outcome = config.load_deployment(), config.load_outcome()
    dates = sorted(
        {
            day
            for split in plan
            for day in (*split.train_dates, *split.calibration_dates, *split.test_dates)
        }
    )
    history = build_history(
        home,
        deployment=deployment,
        outcome=outcome,
        dates=dates,
        engine_name=engine_name,
        progress=progress,
    )
    news = news_subsets(history, known_after_days=outcome.closed_after_days)
    history = add_training_labels(pd.concat([history, news], axis="columns"), config)
    history = only_findable(history, deployment)
    if truth is not None:
        progress("the truth of the district")
        named = as_truly_named(home, truth, deployment, history[list(KEYS)], dates=dates)
        history = history.assign(
            **{TRUTH: true_unmet_need(truth, named, dates=dates, window_days=outcome.window_days)}
        )
    progress("digests of the rows")
    days = history["as_of_date"]
    digests = {day: frame_digest(history.loc[days == pd.Timestamp(day)]) for day in dates}
    rules = load_triggers(
        deployment.triggers, features=deployment.features, region=deployment.region
    )
    return Assembled(config, history, rules, digests)
