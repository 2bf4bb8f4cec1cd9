"""The learners a table is tried with: two that fit on a page, trees of three sizes, and a forest.

Each gives log-odds. None is assumed to be best: which ones are used, and with what weight, is decided on rows
none of them learned from (:mod:`experiments.any_table.choosing`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from experiments.any_table.columns import FEW_VALUES, Inputs, Matrix
from models.learner import grow
from models.ordering import Floats

MOST_ROWS_LINEAR = 200_000
"""Rows a linear learner sees; its few coefficients are settled long before."""
MOST_ROWS_FOREST = 60_000
_BINS = 10
MOST_ROWS_ONE_THREAD = 50_000
"""Below, a second thread waits more than it works."""
_FOREST_TREES = 300


class Predictor(Protocol):
    """Anything fitted: rows of inputs in, log-odds out."""

    def log_odds(self, matrix: Matrix) -> Floats:
        """Return the log-odds of every row."""
        ...


@dataclass(frozen=True)
class Learner:
    """``fit(matrix, labels, watched)`` learns; ``watched`` are rows and labels to stop on, if any.

    ``rounds`` of a fitted predictor, where it has some, are kept for the last fit on all rows.
    """

    name: str
    fit: Callable[[Matrix, Floats, tuple[Matrix, Floats] | None, int | None], Predictor]


def learners(inputs: Inputs, *, rows: int, seed: int) -> list[Learner]:
    """Return the learners worth trying on so many rows."""
    linear = [
        Learner(f"logistic (C={strength:g})", _linear(inputs, strength, binned=False, seed=seed))
        for strength in (0.01, 0.2)
    ]
    scorecards = [
        Learner(f"scorecard (C={strength:g})", _linear(inputs, strength, binned=True, seed=seed))
        for strength in (0.01, 0.1)
    ]
    trees = [
        Learner(f"trees ({leaves} leaves)", _trees(inputs, leaves, rows=rows, seed=seed))
        for leaves in ((4, 12, 31) if rows <= MOST_ROWS_LINEAR else (31, 127))
    ]
    forest = [Learner("forest", _forest(inputs, rows=rows, seed=seed))]
    return linear + scorecards + trees + (forest if rows <= MOST_ROWS_FOREST else [])


@dataclass(frozen=True)
class _Linear:
    design: "_Design"
    weights: Floats
    intercept: float

    def log_odds(self, matrix: Matrix) -> Floats:
        return np.asarray(self.design.of(matrix) @ self.weights + self.intercept)


@dataclass(frozen=True)
class _Trees:
    booster: Any
    rounds: int | None
    parts: int = 1
    """By how much raw scores are divided: LightGBM adds up the trees of a forest that it means to average."""

    def log_odds(self, matrix: Matrix) -> Floats:
        raw = self.booster.predict(matrix, raw_score=True, num_threads=_threads(len(matrix)))
        return np.asarray(raw, dtype=np.float64) / self.parts


def _linear(inputs: Inputs, strength: float, *, binned: bool, seed: int) -> Any:
    def fit(matrix: Matrix, labels: Floats, watched: object, rounds: int | None) -> Predictor:
        rows = _some(len(labels), MOST_ROWS_LINEAR, seed=seed)
        design = _Design.learn(inputs, matrix[rows], binned=binned)
        model = LogisticRegression(C=strength, max_iter=300, tol=1e-4)
        model.fit(design.of(matrix[rows]), labels[rows])
        return _Linear(design, model.coef_[0], float(model.intercept_[0]))

    return fit


def _trees(inputs: Inputs, leaves: int, *, rows: int, seed: int) -> Any:
    large = rows > MOST_ROWS_LINEAR
    settings: dict[str, Any] = {
        "objective": "binary",
        "metric": "binary_logloss",
        "num_leaves": leaves,
        "learning_rate": 0.1 if large else 0.05,
        "min_data_in_leaf": max(10, min(200, rows // 200)),
        "feature_fraction": 0.5,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 5.0,
        "cat_smooth": 20.0,
        "max_bin": 127 if large else 255,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": _threads(rows),
        "verbosity": -1,
    }
    most = 400 if large else 1500

    def fit(
        matrix: Matrix, labels: Floats, watched: tuple[Matrix, Floats] | None, rounds: int | None
    ) -> Predictor:
        booster = grow(
            matrix,
            labels,
            settings,
            rounds=most if watched is not None else rounds or 200,
            categorical=inputs.categorical,
            watched=watched,
            patience=25 if large else 40,
        )
        return _Trees(booster, int(booster.best_iteration) if watched is not None else rounds)

    return fit


def _forest(inputs: Inputs, *, rows: int, seed: int) -> Any:
    settings: dict[str, Any] = {
        "objective": "binary",
        "boosting": "rf",
        "extra_trees": True,
        "num_leaves": 1024,
        "min_data_in_leaf": max(2, rows // 2000),
        "feature_fraction_bynode": 0.35,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "cat_smooth": 20.0,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": _threads(rows),
        "verbosity": -1,
    }

    def fit(matrix: Matrix, labels: Floats, watched: object, rounds: int | None) -> Predictor:
        booster = grow(
            matrix, labels, settings, rounds=_FOREST_TREES, categorical=inputs.categorical
        )
        return _Trees(booster, None, _FOREST_TREES)

    return fit


def _threads(rows: int) -> int:
    return 1 if rows <= MOST_ROWS_ONE_THREAD else 2


def _some(rows: int, most: int, *, seed: int) -> Any:
    if rows <= most:
        return slice(None)
    return np.sort(np.random.default_rng((seed, 5)).choice(rows, most, replace=False))


@dataclass(frozen=True)
class _Column:
    place: int
    cuts: Floats | None
    values: Floats | None
    middle: float
    spread: float


@dataclass(frozen=True)
class _Design:
    """Numbers for a linear learner: classes and few-valued numbers by value, others scaled (or cut into tenths)."""

    columns: tuple[_Column, ...]

    @classmethod
    def learn(cls, inputs: Inputs, matrix: Matrix, *, binned: bool) -> "_Design":
        columns = []
        for place, one in enumerate(inputs.inputs):
            known = matrix[:, place][~np.isnan(matrix[:, place])].astype(np.float64)
            values = np.unique(known)
            if one.kind == "class" or len(values) <= FEW_VALUES:
                columns.append(_Column(place, None, values, 0.0, 1.0))
                continue
            cuts = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
            low, high = np.quantile(known, [0.005, 0.995])
            inside = np.clip(known, low, high)
            spread = float(inside.std()) or 1.0
            columns.append(
                _Column(place, cuts if binned else None, None, float(inside.mean()), spread)
            )
        return cls(tuple(columns))

    def of(self, matrix: Matrix) -> csr_matrix:
        """Return the sparse design of some rows; unknown has a column of its own."""
        parts = []
        rows = np.arange(len(matrix))
        for column in self.columns:
            values = matrix[:, column.place].astype(np.float64)
            unknown = np.isnan(values)
            if column.values is not None:
                place = np.searchsorted(column.values, values)
                place[unknown] = 0
                inside = np.minimum(place, max(len(column.values) - 1, 0))
                seen = (
                    ~unknown & (column.values[inside] == values)
                    if len(column.values)
                    else unknown & False
                )
                parts.append(_ones(rows[seen], place[seen], len(matrix), len(column.values)))
            else:
                scaled = np.clip((values - column.middle) / column.spread, -4, 4)
                scaled[unknown] = 0
                parts.append(csr_matrix(scaled[:, None]))
                if column.cuts is not None:
                    place = np.searchsorted(column.cuts, values, side="right")
                    parts.append(
                        _ones(rows[~unknown], place[~unknown], len(matrix), len(column.cuts) + 1)
                    )
            parts.append(csr_matrix(unknown[:, None].astype(np.float64)))
        return csr_matrix(hstack(parts, format="csr"))


def _ones(rows: Any, places: Any, count: int, width: int) -> csr_matrix:
    return csr_matrix((np.ones(len(rows)), (rows, places)), shape=(count, max(width, 1)))
