"""Four learners on four splits in time; figures that equal scikit-learn's; which differences are noise.

Every split learns from all dates whose labels were known by its test date. Households are redrawn with all their dates
and for both sides of a difference alike, so what is compared is paired within and across splits.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from experiments.benchmarks.small_experiment.matrices import (
    DATES,
    LABEL_MONTHS,
    ONE_FEATURE,
    columns,
)
from models.evaluation import evaluate
from models.learners.trees import plain_classifier
from models.ordering import Floats
from models.paired import verdict
from models.probability_metrics import auc_parts
from models.resampling import HouseholdBootstrap, Interval, interval
from models.top_of_list import Capacity

LISTED = 100
EQUAL = 1e-12
_DRAWS = 1000

Fit = Callable[[pd.DataFrame, Floats, pd.DataFrame], Floats]


class NotEqual(AssertionError):
    """A figure of ours is not scikit-learn's."""


@dataclass(frozen=True)
class Split:
    """Dates learned from, and the one judged."""

    train: tuple[pd.Timestamp, ...]
    test: pd.Timestamp


@dataclass(frozen=True)
class Compared:
    """One learner against the best: mean over splits, and the difference with its interval over households."""

    name: str
    precision: float
    precision_by_split: tuple[float, ...]
    precision_behind: Interval
    roc_auc: float
    roc_auc_behind: Interval

    @property
    def precision_verdict(self) -> str:
        """Whether the best list is really better than this one."""
        graded = 2.0 * LISTED * len(self.precision_by_split)
        return verdict(self.precision_behind, graded=graded)

    @property
    def roc_auc_verdict(self) -> str:
        """The same of the whole ranking."""
        return verdict(self.roc_auc_behind, graded=2.0 * LISTED * len(self.precision_by_split))


def splits() -> list[Split]:
    """Return the splits: every date that leaves at least one date behind whose labels were known by then."""
    days = [pd.Timestamp(day) for day in DATES]
    window = pd.DateOffset(months=LABEL_MONTHS)
    found = [Split(tuple(day for day in days if day + window <= test), test) for test in days]
    return [one for one in found if one.train]


def learners(seed: int) -> dict[str, Fit]:
    """Return the four learners by name: rows, labels and rows to score in, scores out."""

    def of(model: Any) -> Fit:
        def scores(train: pd.DataFrame, labels: Floats, judged: pd.DataFrame) -> Floats:
            return np.asarray(model.fit(train, labels).predict_proba(judged)[:, 1])

        return scores

    filled = SimpleImputer(keep_empty_features=True)
    forest = RandomForestClassifier(
        200, max_depth=10, min_samples_split=10, max_features="sqrt", random_state=seed
    )
    return {
        "logistic regression": of(
            make_pipeline(filled, StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
        ),
        "random forest": of(make_pipeline(filled, forest)),
        "one feature": lambda train, labels, judged: (
            judged[ONE_FEATURE].fillna(train[ONE_FEATURE].mean()).to_numpy(dtype=np.float64)
        ),
        "LightGBM": of(plain_classifier(random_state=seed, n_jobs=1, verbosity=-1)),
    }


def scored(
    matrix: pd.DataFrame, *, seed: int, progress: Callable[[str], None] = lambda _: None
) -> tuple[pd.DataFrame, dict[str, Floats]]:
    """Return the judged rows of all splits and the scores of every learner on them."""
    names = columns()
    frames: list[pd.DataFrame] = []
    parts: dict[str, list[Floats]] = {name: [] for name in learners(seed)}
    for split in splits():
        train = matrix.loc[matrix["as_of_date"].isin(split.train)]
        judged = matrix.loc[matrix["as_of_date"] == split.test]
        frames.append(judged[["household_id", "as_of_date", "label"]])
        for name, fit in learners(seed).items():
            progress(f"{split.test:%Y-%m-%d}: {name} learns from {len(train)} rows")
            parts[name].append(
                fit(train[names], train["label"].to_numpy(dtype=np.float64), judged[names])
            )
    rows = pd.concat(frames, ignore_index=True)
    return rows, {name: np.concatenate(each) for name, each in parts.items()}


def compared(rows: pd.DataFrame, scores: dict[str, Floats], *, seed: int) -> list[Compared]:
    """Compare every learner with the one that has the best lists; the best first.

    Raises:
        NotEqual: a figure differs from scikit-learn's.
    """
    capacity = Capacity(number=LISTED)
    found = evaluate(rows, scores, capacities=[capacity], seed=seed, draws=_DRAWS)
    by_split = {name: require_equal(rows, values) for name, values in scores.items()}
    precision = {name: found[name].at[capacity.name].precision.value for name in scores}
    order = sorted(scores, key=lambda name: -precision[name])
    areas = {name: _areas(rows, scores[name], seed=seed) for name in order}
    best = order[0]
    return [
        Compared(
            name=name,
            precision=precision[name],
            precision_by_split=tuple(by_split[name]),
            precision_behind=found.compare(best, name, capacity=capacity).difference,
            roc_auc=areas[name][0],
            roc_auc_behind=interval(
                areas[best][0] - areas[name][0], areas[best][1] - areas[name][1]
            ),
        )
        for name in order
    ]


def require_equal(rows: pd.DataFrame, scores: Floats) -> list[float]:
    """Return precision among the listed per split; every figure must be scikit-learn's on the same rows.

    Raises:
        NotEqual: naming the figure.
    """
    precisions = []
    for _, part in rows.groupby("as_of_date"):
        values, labels = scores[part.index], part["label"].to_numpy(dtype=np.float64)
        alone = evaluate(
            part,
            {"this": values},
            capacities=[Capacity(number=LISTED)],
            seed=0,
            probabilities=["this"] if values.min() >= 0 and values.max() <= 1 else [],
            draws=2,
        )["this"]
        at = alone.at[str(LISTED)]
        listed = np.zeros(len(part))
        listed[np.argsort(-values, kind="stable")[:LISTED]] = 1
        told = {
            "ROC-AUC": (alone.roc_auc.value, roc_auc_score(labels, values)),
            "average precision": (
                alone.average_precision,
                average_precision_score(labels, values),
            ),
        }
        if not np.isnan(alone.brier):
            told["Brier score"] = alone.brier, brier_score_loss(labels, values)
        if at.best == at.worst:
            # With ties at the cut scikit-learn has no figure of its own: ours is the mean over all orders.
            told["precision"] = at.precision.value, precision_score(labels, listed)
            told["recall"] = at.recall.value, recall_score(labels, listed)
        for name, (ours, theirs) in told.items():
            if abs(ours - theirs) > EQUAL:
                raise NotEqual(f"{name}: {ours!r} here and {theirs!r} by scikit-learn")
        precisions.append(at.precision.value)
    return precisions


def _areas(rows: pd.DataFrame, scores: Floats, *, seed: int) -> tuple[float, Floats]:
    """Return the mean ROC-AUC over splits, and the same mean for every draw of households."""
    households = np.asarray(pd.factorize(rows["household_id"])[0], dtype=np.intp)
    parts = [
        (households[part.index], auc_parts(scores[part.index], part["label"].to_numpy(np.float64)))
        for _, part in rows.groupby("as_of_date")
    ]
    drawn = []
    for weights in HouseholdBootstrap(households, _DRAWS, seed).batches():
        each = [
            (area.positives * area.shares) @ weights[codes] / (area.positives @ weights[codes])
            for codes, area in parts
        ]
        drawn.append(np.mean(each, axis=0))
    return float(np.mean([area.auc for _, area in parts])), np.concatenate(drawn)
