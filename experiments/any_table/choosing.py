"""Choose and blend learners on rows they have not learned from, and calibrate the blend there.

The blend is a weighted mean of log-odds with weights that are never negative, so it prints on one line. Its
weights, the rounds of the trees and the calibration come from the same inner folds; the judged rows play no part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from experiments.any_table.columns import Inputs, Matrix
from experiments.any_table.folds import Codes, Fold, inner_folds
from experiments.any_table.learners import Learner, Predictor, learners
from models.calibration import Calibration
from models.calibration_choice import choose_calibration
from models.ordering import Floats
from models.probability_metrics import auc_parts

MOST_ROWS_TO_CHOOSE = 120_000
"""Rows among which learners are compared; the chosen ones then learn from all."""
_SMALL_WEIGHT = 0.03
_PATIENCE = 1.1
"""Rounds of trees grow a little when the rows held back are learned from as well."""


@dataclass(frozen=True)
class Tried:
    """One learner on the inner folds: log loss and ROC-AUC over their judged rows, weight in the blend."""

    name: str
    log_loss: float
    auc: float
    weight: float


@dataclass(frozen=True)
class Chosen:
    """A fitted blend with its calibration and what was tried on the way."""

    predictors: tuple[Predictor, ...]
    weights: tuple[float, ...]
    shift: float
    calibration: Calibration
    tried: tuple[Tried, ...]

    def log_odds(self, matrix: Matrix) -> Floats:
        """Return the log-odds of the blend, not calibrated."""
        total = np.full(len(matrix), self.shift)
        for weight, predictor in zip(self.weights, self.predictors, strict=True):
            total += weight * predictor.log_odds(matrix)
        return total

    def probabilities(self, matrix: Matrix) -> Floats:
        """Return calibrated probabilities; ties of the calibration keep the order of the blend."""
        raw = _probability(self.log_odds(matrix))
        return np.asarray(self.calibration.apply(raw) * (1 - 1e-9) + raw * 1e-9)

    def recipe(self) -> str:
        """Return the blend in one line."""
        used = [one for one in self.tried if one.weight > 0]
        return " + ".join(f"{one.weight:.2f} x {one.name}" for one in used)


def choose(
    inputs: Inputs,
    labels: Floats,
    units: Codes,
    times: Codes | None,
    *,
    seed: int,
    progress: Callable[[str], None] = lambda _: None,
) -> Chosen:
    """Compare learners on inner folds, blend, calibrate, and fit what has weight on all rows."""
    matrix = inputs.matrix
    subset = _subset(units, seed=seed)
    some = slice(None) if subset is None else subset
    own, own_labels = matrix[some], labels[some]
    folds = inner_folds(
        np.unique(units[some], return_inverse=True)[1],
        own_labels,
        None if times is None else times[some],
        seed=seed,
    )
    candidates = learners(inputs, rows=len(own_labels), seed=seed)
    held, rounds = _out_of_fold(candidates, own, own_labels, folds, progress)
    judged = np.concatenate([fold.test for fold in folds])
    odds = np.column_stack([held[one.name][judged] for one in candidates])
    weights, shift = _blend(odds, own_labels[judged])
    weights[weights < _SMALL_WEIGHT] = 0.0
    blended = odds @ weights + shift
    calibration = choose_calibration(_probability(blended), own_labels[judged], seed=seed)
    tried = [
        Tried(
            one.name,
            _log_loss(odds[:, place], own_labels[judged]),
            auc_parts(odds[:, place], own_labels[judged]).auc,
            float(weights[place]),
        )
        for place, one in enumerate(candidates)
    ]
    predictors, used = [], []
    for one, weight in zip(candidates, weights, strict=True):
        if weight > 0:
            progress(f"fitting {one.name} on {len(labels)} rows")
            grown = [int(number * _PATIENCE) for number in rounds[one.name]]
            predictors.append(one.fit(matrix, labels, None, int(np.mean(grown)) if grown else None))
            used.append(float(weight))
    return Chosen(tuple(predictors), tuple(used), shift, calibration, tuple(tried))


def _subset(units: Codes, *, seed: int) -> Codes | None:
    """Return rows of whole units, at most :data:`MOST_ROWS_TO_CHOOSE`; None for all."""
    if len(units) <= MOST_ROWS_TO_CHOOSE:
        return None
    count = int(units.max()) + 1
    drawn = np.random.default_rng((seed, 3)).random(count)
    return np.flatnonzero(drawn[units] < MOST_ROWS_TO_CHOOSE / len(units))


def _out_of_fold(
    candidates: Sequence[Learner],
    matrix: Matrix,
    labels: Floats,
    folds: Sequence[Fold],
    progress: Callable[[str], None],
) -> tuple[dict[str, Floats], dict[str, list[int]]]:
    held = {one.name: np.full(len(labels), np.nan) for one in candidates}
    rounds: dict[str, list[int]] = {one.name: [] for one in candidates}
    for number, fold in enumerate(folds, start=1):
        progress(f"comparing learners, inner part {number} of {len(folds)}")
        train, watched = matrix[fold.train], matrix[fold.test]
        for one in candidates:
            fitted = one.fit(train, labels[fold.train], (watched, labels[fold.test]), None)
            held[one.name][fold.test] = fitted.log_odds(watched)
            grown = getattr(fitted, "rounds", None)
            if grown is not None:
                rounds[one.name].append(grown)
    return held, rounds


def _blend(odds: Floats, labels: Floats) -> tuple[Floats, float]:
    """Return the weights (none negative) and the shift that lose least, slightly drawn to the mean of all."""
    count = odds.shape[1]
    middle = np.full(count, 1.0 / count)
    drawn = 2.0 / len(labels)

    def loss(at: Floats) -> tuple[float, Floats]:
        scores = odds @ at[:count] + at[count]
        probability = _probability(scores)
        value = float(np.mean(np.logaddexp(0, scores) - labels * scores))
        gradient = np.append(odds.T @ (probability - labels), (probability - labels).sum())
        apart = at[:count] - middle
        gradient = gradient / len(labels)
        gradient[:count] += 2 * drawn * apart
        return value + drawn * float(apart @ apart), gradient

    found = minimize(
        loss,
        np.append(middle, 0.0),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * count + [(None, None)],
    )
    return np.asarray(found.x[:count]), float(found.x[count])


def _probability(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -30, 30))))


def _log_loss(log_odds: Floats, labels: Floats) -> float:
    return float(np.mean(np.logaddexp(0, log_odds) - labels * log_odds))
