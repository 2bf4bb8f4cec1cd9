"""The learners a table is tried with: two that fit on a page, trees of three sizes, and a forest.

Each gives log-odds. None is assumed to be best: which settings are used, and with what weight, is decided on rows
none of them learned from (:mod:`experiments.any_table.choosing`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from sklearn.linear_model import LogisticRegression

from experiments.any_table.columns import Input, Matrix
from experiments.any_table.design import Design
from experiments.any_table.folds import Rows
from models.learners.trees import grow
from models.ordering import Floats

SMALL = 20_000
"""Up to so many rows there is time to try everything, and little to tell learners apart by."""
MOST_ROWS_LINEAR = 60_000
"""Rows a linear learner sees; its few coefficients are settled long before."""
MOST_ROWS_ONE_THREAD = 50_000
"""Below, a second thread waits more than it works."""
_LARGE = 200_000
_ROWS_AT_ONCE = 50_000
_FOREST_TREES = 120
_GROWS_ON = 1.1
"""Rounds of trees grow a little when the rows held back are learned from as well."""


class Predictor(Protocol):
    """Anything fitted: rows of inputs in, log-odds out."""

    def log_odds(self, matrix: Matrix) -> Floats:
        """Return the log-odds of every row."""
        ...


@dataclass(frozen=True)
class Part:
    """Some rows with their labels."""

    inputs: tuple[Input, ...]
    matrix: Matrix
    labels: Floats

    def rows(self, some: Rows) -> "Part":
        """Return some of the rows."""
        return Part(self.inputs, self.matrix[some], self.labels[some])

    @property
    def classes(self) -> list[int]:
        """Places of the class columns."""
        return [place for place, one in enumerate(self.inputs) if one.kind == "class"]


@dataclass(frozen=True)
class Learner:
    """A way to learn with its settings.

    ``attempts(train, judged)`` fits every setting on ``train``; ``judged`` may tell it when to stop and must not be
    learned from otherwise. ``again(rows, setting, before)`` fits one setting on all rows, knowing how it went
    ``before`` on each part.
    """

    name: str
    attempts: Callable[[Part, Part], Mapping[str, Predictor]]
    again: Callable[[Part, str, Sequence[Predictor]], Predictor]


def learners(*, rows: int, seed: int) -> list[Learner]:
    """Return the learners worth trying on so many rows."""
    small = rows <= SMALL
    leaves = (4, 12, 31) if small else (12, 31) if rows <= _LARGE else (31, 127)
    return [
        _linear(
            "logistic", (0.003, 0.01, 0.03, 0.1, 0.3, 1.0) if small else (0.01, 0.1), seed=seed
        ),
        _linear("scorecard", (0.003, 0.01, 0.03, 0.1) if small else (0.01, 0.1), seed=seed),
        *(_trees(number, rows=rows, seed=seed) for number in leaves),
        *([_forest(rows=rows, seed=seed)] if small else []),
    ]


@dataclass(frozen=True)
class _Linear:
    design: Design
    weights: Floats
    intercept: float

    def log_odds(self, matrix: Matrix) -> Floats:
        parts = [
            self.design.of(matrix[first : first + _ROWS_AT_ONCE]) @ self.weights
            for first in range(0, len(matrix), _ROWS_AT_ONCE)
        ]
        return np.asarray(np.concatenate(parts) + self.intercept)


@dataclass(frozen=True)
class _Trees:
    booster: Any = field(repr=False)
    rounds: int
    parts: int = 1
    """By how much raw scores are divided: LightGBM adds up the trees of a forest that it means to average."""

    def log_odds(self, matrix: Matrix) -> Floats:
        raw = self.booster.predict(
            matrix, raw_score=True, num_iteration=self.rounds, num_threads=threads(len(matrix))
        )
        return np.asarray(raw, dtype=np.float64) / self.parts


def threads(rows: int) -> int:
    """Return how many threads so many rows are worth."""
    return 1 if rows <= MOST_ROWS_ONE_THREAD else 2


def _linear(name: str, strengths: Sequence[float], *, seed: int) -> Learner:
    binned = name == "scorecard"

    def path(part: Part, wanted: Sequence[float]) -> dict[str, Predictor]:
        """Fit from the strictest on, each beginning where the one before ended."""
        rows = _some(len(part.labels), MOST_ROWS_LINEAR, seed=seed)
        design = Design.learn(part.inputs, part.matrix[rows], binned=binned)
        numbers, labels = design.of(part.matrix[rows]), part.labels[rows]
        model = LogisticRegression(max_iter=200, tol=1e-4, warm_start=True)
        found: dict[str, Predictor] = {}
        for strength in wanted:
            model.set_params(C=strength).fit(numbers, labels)
            found[f"C={strength:g}"] = _Linear(
                design, model.coef_[0].copy(), float(model.intercept_[0])
            )
        return found

    def again(part: Part, setting: str, before: Sequence[Predictor]) -> Predictor:
        return path(part, [float(setting.removeprefix("C="))])[setting]

    return Learner(name, lambda train, judged: path(train, strengths), again)


def _trees(leaves: int, *, rows: int, seed: int) -> Learner:
    large = rows > SMALL
    settings: dict[str, Any] = {
        **_common(rows),
        "metric": "binary_logloss",
        "num_leaves": leaves,
        "learning_rate": 0.1 if large else 0.06,
        "min_data_in_leaf": max(10, min(200, rows // 200)),
        "feature_fraction": 0.5,
        "bagging_fraction": 0.8,
        "lambda_l2": 5.0,
        "seed": seed + leaves,
    }
    name = f"trees ({leaves} leaves)"

    def attempts(train: Part, judged: Part) -> dict[str, Predictor]:
        booster = grow(
            train.matrix,
            train.labels,
            settings,
            rounds=400 if large else 1000,
            categorical=train.classes,
            watched=(judged.matrix, judged.labels),
            patience=25,
        )
        return {"": _Trees(booster, max(1, int(booster.best_iteration)))}

    def again(part: Part, setting: str, before: Sequence[Predictor]) -> Predictor:
        grown = [one.rounds for one in before if isinstance(one, _Trees)]
        rounds = max(1, round(_GROWS_ON * float(np.mean(grown))))
        booster = grow(part.matrix, part.labels, settings, rounds=rounds, categorical=part.classes)
        return _Trees(booster, rounds)

    return Learner(name, attempts, again)


def _forest(*, rows: int, seed: int) -> Learner:
    settings: dict[str, Any] = {
        **_common(rows),
        "boosting": "rf",
        "extra_trees": True,
        "num_leaves": 256,
        "min_data_in_leaf": max(3, rows // 1000),
        "feature_fraction_bynode": 0.35,
        "bagging_fraction": 0.7,
        "seed": seed,
    }

    def grown(part: Part, trees: int) -> Predictor:
        booster = grow(part.matrix, part.labels, settings, rounds=trees, categorical=part.classes)
        return _Trees(booster, trees, trees)

    return Learner(
        "forest",
        lambda train, judged: {"": grown(train, _FOREST_TREES)},
        lambda part, setting, before: grown(part, 2 * _FOREST_TREES),
    )


def _common(rows: int) -> dict[str, Any]:
    return {
        "objective": "binary",
        "bagging_freq": 1,
        "cat_smooth": 20.0,
        "max_bin": 127,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads(rows),
        "verbosity": -1,
    }


def _some(rows: int, most: int, *, seed: int) -> Any:
    if rows <= most:
        return slice(None)
    return np.sort(np.random.default_rng((seed, 5)).choice(rows, most, replace=False))
