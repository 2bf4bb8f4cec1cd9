"""Evidence from households visited by lot: whether probabilities hold there."""

import numpy as np

from models.gate.evidence import CalibrationOnSlice
from models.ordering import Floats
from models.probability_metrics import expected_calibration_error
from models.resampling import wilson

_DRAWS = 200
_CHANCE = 0.95


def calibration_on_slice(
    probabilities: Floats, labels: Floats, *, seed: int
) -> CalibrationOnSlice | None:
    """Hold probabilities against what visits by lot found; None without a visit.

    Each visit counts once, whatever its propensity: given the probability, what a visit finds does not
    depend on how it was drawn, as long as the lot looked at nothing the model did not.

    Args:
        probabilities: of the visited households.
        labels: 1 or 0 of the same.
        seed: of the outcomes drawn to find out what chance alone would show.
    """
    if not len(labels):
        return None
    drawn = np.random.default_rng(seed)
    by_chance = [
        expected_calibration_error(
            probabilities, (drawn.random(len(labels)) < probabilities).astype(np.float64)
        )
        for _ in range(_DRAWS)
    ]
    top = np.argsort(-probabilities, kind="stable")[: max(1, len(labels) // 10)]
    return CalibrationOnSlice(
        visits=len(labels),
        error=expected_calibration_error(probabilities, labels),
        by_chance=float(np.quantile(by_chance, _CHANCE)),
        top_observed=wilson(float(labels[top].sum()), of=len(top)),
        top_predicted=float(probabilities[top].mean()),
    )
