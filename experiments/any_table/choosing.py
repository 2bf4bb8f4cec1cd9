"""Choose and blend learners on rows they have not learned from, and calibrate the blend there.

Of each learner the setting that loses least is taken. The blend is a weighted mean of log-odds with weights that are
never negative, so it prints on one line. Its weights, the rounds of the trees and the calibration come from the same
inner folds; the judged rows play no part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.any_table.columns import Inputs, Matrix
from experiments.any_table.folds import Codes, Fold, inner_folds
from experiments.any_table.learners import Learner, Part, Predictor, learners
from models.blending import SMALL_WEIGHT, blend_weights, recipe
from models.calibration import Calibration
from models.calibration_choice import choose_calibration
from models.ordering import Floats
from models.probability_metrics import auc_parts

MOST_ROWS_TO_CHOOSE = 120_000
"""Rows among which learners are compared; the chosen ones then learn from all."""


@dataclass(frozen=True)
class Tried:
    """One learner at its best setting on the inner folds: loss and ROC-AUC of their judged rows, weight in the blend."""

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
        return recipe([one.name for one in self.tried], [one.weight for one in self.tried])


@dataclass(frozen=True)
class _Held:
    """A learner at one setting: log-odds of rows held back, and what was fitted on each part."""

    learner: Learner
    setting: str
    log_odds: Floats
    fitted: tuple[Predictor, ...]

    @property
    def name(self) -> str:
        return f"{self.learner.name} ({self.setting})" if self.setting else self.learner.name


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
    everything = Part(inputs.inputs, inputs.matrix, labels)
    subset = _subset(units, seed=seed)
    some = everything if subset is None else everything.rows(subset)
    kept = slice(None) if subset is None else subset
    folds = inner_folds(
        np.unique(units[kept], return_inverse=True)[1],
        some.labels,
        None if times is None else times[kept],
        seed=seed,
    )
    judged = np.concatenate([fold.test for fold in folds])
    known = some.labels[judged]
    tried = [
        _best(one, some, folds, known, progress) for one in learners(rows=len(labels), seed=seed)
    ]
    odds = np.column_stack([one.log_odds for one in tried])
    weights, shift = blend_weights(odds, known)
    weights[weights < SMALL_WEIGHT] = 0.0
    blended = odds @ weights + shift
    predictors, used = [], []
    for one, weight in zip(tried, weights, strict=True):
        if weight > 0:
            progress(f"fitting {one.name} on {len(labels)} rows")
            predictors.append(one.learner.again(everything, one.setting, one.fitted))
            used.append(float(weight))
    return Chosen(
        predictors=tuple(predictors),
        weights=tuple(used),
        shift=shift,
        calibration=choose_calibration(_probability(blended), known, seed=seed),
        tried=tuple(
            Tried(
                one.name,
                _log_loss(one.log_odds, known),
                auc_parts(one.log_odds, known).auc,
                float(weight),
            )
            for one, weight in zip(tried, weights, strict=True)
        ),
    )


def _subset(units: Codes, *, seed: int) -> Codes | None:
    """Return rows of whole units, at most :data:`MOST_ROWS_TO_CHOOSE`; None for all."""
    if len(units) <= MOST_ROWS_TO_CHOOSE:
        return None
    count = int(units.max()) + 1
    drawn = np.random.default_rng((seed, 3)).random(count)
    return np.flatnonzero(drawn[units] < MOST_ROWS_TO_CHOOSE / len(units))


def _best(
    learner: Learner,
    rows: Part,
    folds: Sequence[Fold],
    labels: Floats,
    progress: Callable[[str], None],
) -> _Held:
    """Fit every setting on every part; return the one that loses least on ``labels``, the rows held back."""
    odds: dict[str, list[Floats]] = {}
    fitted: dict[str, list[Predictor]] = {}
    for number, fold in enumerate(folds, start=1):
        progress(f"comparing learners, {learner.name}, inner part {number} of {len(folds)}")
        judged = rows.rows(fold.test)
        for setting, predictor in learner.attempts(rows.rows(fold.train), judged).items():
            odds.setdefault(setting, []).append(predictor.log_odds(judged.matrix))
            fitted.setdefault(setting, []).append(predictor)
    joined = {setting: np.concatenate(parts) for setting, parts in odds.items()}
    best = min(joined, key=lambda setting: _log_loss(joined[setting], labels))
    return _Held(learner, best, joined[best], tuple(fitted[best]))


def _probability(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -30, 30))))


def _log_loss(log_odds: Floats, labels: Floats) -> float:
    return float(np.mean(np.logaddexp(0, log_odds) - labels * log_odds))
