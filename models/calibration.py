"""From scores to probabilities that mean what they say, stored as numbers anyone can read.

Isotonic regression on the later slice; with few positives a two-parameter Platt curve, because a staircase over
a handful of cases would be noise. Lists are ranked by the raw score and show the calibrated one: the
staircase ties many households that the raw score can tell apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.ordering import Floats

FEW_POSITIVES = 100
ROWS_PER_KNOT = 25


class CalibrationError(ValueError):
    """A calibration cannot be fitted, or what was stored is not one."""


@dataclass(frozen=True)
class Calibration:
    """A non-decreasing curve from raw to calibrated probability.

    ``knots`` are points joined by straight lines, flat beyond the ends. A Platt curve is stored as
    knots too (dense enough to be within 1e-4), so that one reader serves both; ``method`` says which.
    """

    method: str
    raw: tuple[float, ...]
    calibrated: tuple[float, ...]
    positives: int
    rows: int

    def __post_init__(self) -> None:
        if len(self.raw) != len(self.calibrated) or not self.raw:
            raise CalibrationError(
                f"a calibration needs as many raw as calibrated knots, found {len(self.raw)} and"
                f" {len(self.calibrated)}"
            )
        inside = all(0 <= value <= 1 for value in (*self.raw, *self.calibrated))
        rising = all(np.diff(self.raw) >= 0) and all(np.diff(self.calibrated) >= 0)
        if not inside or not rising:
            raise CalibrationError("calibration knots must lie in [0, 1] and never fall")

    def apply(self, raw: npt.ArrayLike) -> Floats:
        """Return calibrated probabilities; never reverses the order of two scores."""
        return np.asarray(np.interp(np.asarray(raw, dtype=np.float64), self.raw, self.calibrated))

    def to_json(self) -> dict[str, object]:
        """Return plain values, readable by :meth:`from_json`."""
        return {
            "method": self.method,
            "raw": list(self.raw),
            "calibrated": list(self.calibrated),
            "positives": self.positives,
            "rows": self.rows,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> "Calibration":
        """Rebuild from what :meth:`to_json` returned.

        Raises:
            CalibrationError: something is missing, or the curve falls somewhere.
        """
        raw, calibrated = stored.get("raw"), stored.get("calibrated")
        positives, rows = stored.get("positives"), stored.get("rows")
        if (
            not isinstance(raw, list)
            or not isinstance(calibrated, list)
            or not isinstance(positives, int)
            or not isinstance(rows, int)
        ):
            raise CalibrationError(f"stored calibration is malformed: it has {sorted(stored)}")
        return cls(str(stored.get("method")), tuple(raw), tuple(calibrated), positives, rows)


def calibrate(
    raw: npt.ArrayLike, labels: npt.ArrayLike, *, weights: npt.ArrayLike | None = None
) -> Calibration:
    """Fit on rows the learner was not trained on.

    Args:
        raw: uncalibrated probabilities.
        labels: 1, 0 or NaN; NaN rows are left out.
        weights: row weights, e.g. inverse propensities; equal if None.

    Raises:
        CalibrationError: no labelled positives or no labelled negatives.
    """
    every_label = np.asarray(labels, dtype=np.float64)
    known = ~np.isnan(every_label)
    scores, outcomes = np.asarray(raw, dtype=np.float64)[known], every_label[known]
    weight = np.ones(len(outcomes)) if weights is None else np.asarray(weights, float)[known]
    positives = int(outcomes.sum())
    if not positives or positives == len(outcomes):
        raise CalibrationError(
            f"{positives} positives among {len(outcomes)} labelled rows: calibration needs both"
            " outcomes"
        )
    if positives < FEW_POSITIVES:
        return _platt(scores, outcomes, weight)
    return _isotonic(scores, outcomes, weight)


def _isotonic(scores: Floats, outcomes: Floats, weight: Floats) -> Calibration:
    # Imported here: the nightly process applies curves and never fits one.
    from scipy.optimize import isotonic_regression

    levels, places = np.unique(scores, return_inverse=True)
    bins = _steps(np.bincount(places))[places]
    mass = np.bincount(bins, weights=weight)
    observed = np.bincount(bins, weights=weight * outcomes) / mass
    levels = np.bincount(bins, weights=weight * scores) / mass
    # No household is certain: the ends stay as far from 0 and 1 as this many rows can tell.
    edge = 1 / (len(outcomes) + 2)
    fitted = np.clip(isotonic_regression(observed, weights=mass).x, edge, 1 - edge)
    # Inside a stair only its ends are needed.
    inner = np.r_[False, (fitted[1:-1] == fitted[:-2]) & (fitted[1:-1] == fitted[2:]), False]
    kept = ~inner[: len(fitted)]
    return Calibration(
        "isotonic",
        tuple(float(value) for value in levels[kept]),
        tuple(float(value) for value in np.maximum.accumulate(fitted[kept])),
        int(outcomes.sum()),
        len(outcomes),
    )


def _steps(sizes: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Gather ascending levels into steps of at least :data:`ROWS_PER_KNOT` rows each.

    Three lucky rows at the top are not certainty. What is left over joins the last full step.
    """
    steps = np.zeros(len(sizes), dtype=np.intp)
    step, rows = 0, 0
    for level, size in enumerate(sizes):
        steps[level] = step
        rows += int(size)
        if rows >= ROWS_PER_KNOT:
            step, rows = step + 1, 0
    if rows and step:
        steps[steps == step] = step - 1
    return steps


def _platt(scores: Floats, outcomes: Floats, weight: Floats) -> Calibration:
    """Fit a logistic curve over log-odds, with Platt's softened targets."""
    from scipy.optimize import minimize

    positives = outcomes.sum()
    negatives = len(outcomes) - positives
    targets = np.where(outcomes == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    odds = _log_odds(scores)

    def loss(parameters: Floats) -> float:
        margin = parameters[0] + parameters[1] * odds
        return float(np.sum(weight * (np.logaddexp(0, margin) - targets * margin)))

    # A slope below 0 would turn the ranking round; 0 says the score carries nothing.
    best = minimize(loss, x0=[0.0, 1.0], bounds=[(-50, 50), (0, 50)], method="L-BFGS-B")
    grid = 1 / (1 + np.exp(-np.linspace(-16, 16, 641)))
    fitted = 1 / (1 + np.exp(-(best.x[0] + best.x[1] * _log_odds(grid))))
    return Calibration(
        "platt",
        tuple(float(value) for value in grid),
        tuple(float(value) for value in np.maximum.accumulate(fitted)),
        int(positives),
        len(outcomes),
    )


def _log_odds(probabilities: Floats) -> Floats:
    inside = np.clip(probabilities, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(inside / (1 - inside)))
