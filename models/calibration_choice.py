"""Choose the shape of a calibration on rows the model has not learned from.

Tried: none, Platt's two parameters, the three of the beta family (Kull, Silva Filho and Flach 2017) and isotonic
regression. Each is fitted on some of the rows and judged by its log loss on the others; a shape with more freedom
has to earn it.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from sklearn.linear_model import LogisticRegression

from models.calibration import Calibration, CalibrationError, calibrate
from models.ordering import Floats

PARTS = 5
KNOTS = 400
FEWEST_TO_CHOOSE = 20
"""Positives, and negatives, below which shapes cannot be told apart: Platt's two parameters it is."""
_TINY = 1e-6

Shape = Literal["by_number", "chosen", "none", "platt", "beta", "isotonic"]
Curve = Callable[[Floats], Floats]
_Fit = Callable[[Floats, Floats, Floats], Curve]


def calibrate_as(
    shape: Shape, raw: Floats, labels: Floats, *, weights: Floats | None = None, seed: int
) -> Calibration:
    """Return the calibration of one shape, or of the shape that is chosen.

    Args:
        shape: ``by_number`` is isotonic, or Platt's with few positives (:func:`models.calibration.calibrate`);
            ``chosen`` is :func:`choose_calibration`; the others are what they say.
        raw: probabilities of the model for rows it has not learned from.
        labels: 1 or 0 per row.
        weights: of the rows, e.g. inverse propensities; equal if None.
        seed: of the parts among which a shape is chosen.

    Raises:
        CalibrationError: no positives or no negatives.
    """
    if shape == "by_number":
        return calibrate(raw, labels, weights=weights)
    _require_both(labels)
    if shape == "chosen":
        return choose_calibration(raw, labels, weights=weights, seed=seed)
    return _drawn_as(shape, raw, labels, np.ones(len(raw)) if weights is None else weights)


def choose_calibration(
    raw: Floats, labels: Floats, *, weights: Floats | None = None, seed: int
) -> Calibration:
    """Return the calibration whose log loss on rows it was not fitted on is lowest.

    Args:
        raw: probabilities of the model for rows it has not learned from.
        labels: 1 or 0 per row.
        weights: of the rows; equal if None.
        seed: of the parts the rows are dealt to.
    """
    weight = np.ones(len(raw)) if weights is None else weights
    if min(labels.sum(), len(labels) - labels.sum()) < FEWEST_TO_CHOOSE:
        return _drawn_as("platt", raw, labels, weight)
    part = np.random.default_rng((seed, 17)).permutation(len(raw)) % PARTS
    losses = {}
    for name, fit in _SHAPES.items():
        held = np.empty(len(raw))
        for one in range(PARTS):
            own = part != one
            held[~own] = fit(raw[own], labels[own], weight[own])(raw[~own])
        losses[name] = _log_loss(held, labels, weight)
    return _drawn_as(min(losses, key=losses.__getitem__), raw, labels, weight)


def _drawn_as(shape: str, raw: Floats, labels: Floats, weights: Floats) -> Calibration:
    """Fit one shape on all rows and store it as knots."""
    if shape == "isotonic":
        return calibrate(raw, labels, weights=weights)
    at = np.unique(
        np.concatenate([np.linspace(0, 1, KNOTS), np.quantile(raw, np.linspace(0, 1, KNOTS))])
    )
    curve = np.maximum.accumulate(np.clip(_SHAPES[shape](raw, labels, weights)(at), 0, 1))
    name = "as it is" if shape == "none" else shape
    return Calibration(
        name, tuple(at.tolist()), tuple(curve.tolist()), int(labels.sum()), len(labels)
    )


def _require_both(labels: Floats) -> None:
    positives = int(labels.sum())
    if not positives or positives == len(labels):
        raise CalibrationError(
            f"{positives} positives among {len(labels)} labelled rows: calibration needs both outcomes"
        )


def _as_it_is(raw: Floats, labels: Floats, weights: Floats) -> Curve:
    return lambda given: given


def _platt(raw: Floats, labels: Floats, weights: Floats) -> Curve:
    return _logistic(lambda given: np.column_stack([_odds(given)]), raw, labels, weights)


def _beta(raw: Floats, labels: Floats, weights: Floats) -> Curve:
    def terms(given: Floats) -> Floats:
        inside = np.clip(given, _TINY, 1 - _TINY)
        return np.column_stack([np.log(inside), -np.log(1 - inside)])

    return _logistic(terms, raw, labels, weights)


def _isotonic(raw: Floats, labels: Floats, weights: Floats) -> Curve:
    return calibrate(raw, labels, weights=weights).apply


def _logistic(
    terms: Callable[[Floats], Floats], raw: Floats, labels: Floats, weights: Floats
) -> Curve:
    model = LogisticRegression(C=1e4, max_iter=200)
    model.fit(terms(raw), labels, sample_weight=weights / weights.mean())
    return lambda given: np.asarray(model.predict_proba(terms(given))[:, 1])


def _odds(probability: Floats) -> Floats:
    inside = np.clip(probability, _TINY, 1 - _TINY)
    return np.asarray(np.log(inside / (1 - inside)))


def _log_loss(probability: Floats, labels: Floats, weights: Floats) -> float:
    inside = np.clip(probability, _TINY, 1 - _TINY)
    each = labels * np.log(inside) + (1 - labels) * np.log(1 - inside)
    return float(-np.average(each, weights=weights))


_SHAPES: dict[str, _Fit] = {
    "none": _as_it_is,
    "platt": _platt,
    "beta": _beta,
    "isotonic": _isotonic,
}
