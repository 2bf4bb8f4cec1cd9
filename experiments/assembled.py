"""Everything the splits of one experiment are cut from: rows of every date with labels, truth and news."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.config import ExperimentConfig
from experiments.district.answers import true_answers
from experiments.district.true_names import as_truly_named
from experiments.fitting import add_training_labels, only_findable
from experiments.history import dated_history
from features.registry import KEYS
from models.news import ENTRY, ONSET, news_subsets
from models.rules.triggers import RuleBook, load_triggers
from models.split_proof import prove_plan
from models.splits import TimeSplit, given_split, time_splits
from models.tracking import frame_digest

TRUTH = "truth"
_EXACT = 2**24


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
    evidence: bool = False,
    jobs: int = 1,
    progress: Callable[[str], None],
) -> Assembled:
    """Build or reuse the matrices of every date of ``plan``, with labels, truth and news.

    Args:
        home: folder with a lake.
        config: the experiment.
        plan: splits; what they need is what is read.
        truth: folder with the truth of a simulated district, or None.
        engine_name: what builds the matrices.
        evidence: whether the dates that word reasons are wanted; a walk over the past writes no list.
        jobs: parts of the dates whose matrices are built, and labels drawn up, side by side; the rows are the same.
        progress: is told one line per step.
    """
    deployment, outcome = config.load_deployment(), config.load_outcome()
    dates = sorted(
        {
            day
            for split in plan
            for day in (*split.train_dates, *split.calibration_dates, *split.test_dates)
        }
    )
    found, looked_at = [], []
    for _, frame in dated_history(
        home,
        deployment=deployment,
        outcome=outcome,
        dates=dates,
        evidence=evidence,
        engine_name=engine_name,
        jobs=jobs,
        progress=progress,
    ):
        looked_at.append(frame[[*KEYS, "label"]])
        # Date by date, because a second copy of everything would not fit into memory.
        found.append(_narrow(only_findable(add_training_labels(frame, config), deployment)))
    history = _stacked(found)
    news = history[list(KEYS)].merge(
        _news(looked_at, known_after_days=outcome.closed_after_days),
        on=list(KEYS),
        how="left",
        validate="one_to_one",
    )
    told = pd.DataFrame(
        {name: news[name].to_numpy() for name in (ONSET, ENTRY)}, index=history.index
    )
    history = pd.concat([history, told], axis="columns")
    if truth is not None:
        progress("the truth of the district")
        named = as_truly_named(home, truth, deployment, history[list(KEYS)], dates=dates)
        answers = true_answers(
            outcome.name, truth, named, dates=dates, window_days=outcome.window_days
        )
        history = pd.concat([history, answers.rename(TRUTH)], axis="columns")
    progress("digests of the rows")
    days = history["as_of_date"]
    digests = {day: frame_digest(history.loc[days == pd.Timestamp(day)]) for day in dates}
    rules = load_triggers(
        deployment.triggers, features=deployment.features, region=deployment.region
    )
    return Assembled(config, history, rules, digests)


def _news(looked_at: list[pd.DataFrame], *, known_after_days: int) -> pd.DataFrame:
    """Return keys, onset and entry; of everybody, because who was covered is no newcomer later."""
    everybody = pd.concat(looked_at, ignore_index=True)
    news = news_subsets(everybody, known_after_days=known_after_days)
    return pd.concat([everybody[list(KEYS)], news], axis="columns")


def _narrow(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the same values in half the space: whole numbers below 2**24 are exact in 32 bits."""
    narrower = {}
    for name in frame.columns[frame.dtypes == np.float64]:
        values = frame[name].to_numpy()
        known = values[~np.isnan(values)]
        if bool((np.abs(known) < _EXACT).all()) and bool((known == np.round(known)).all()):
            narrower[name] = np.float32
    return frame.astype(narrower)


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Put frames on top of each other column by column, giving each up on the way."""
    names = list(frames[0].columns)
    # Out of a frame each column would be taken with a look at all the others.
    pieces = [dict(frame.items()) for frame in frames]
    frames.clear()
    columns = {name: pd.concat([piece.pop(name) for piece in pieces]).array for name in names}
    return pd.DataFrame(columns, copy=False)
