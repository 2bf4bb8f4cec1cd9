"""Choose the shape of a calibration on rows the model has not learned from.

Tried: none, Platt's two parameters, the three of the beta family (Kull, Silva Filho and Flach 2017) and isotonic
regression. Each is fitted on some of the rows and judged by its log loss on the others; a shape with more freedom
has to earn it.
"""

from collections.abc import Callable

import numpy as np
from sklearn.linear_model import LogisticRegression

from models.calibration import Calibration, calibrate
from models.ordering import Floats

PARTS = 5
KNOTS = 400
_TINY = 1e-6

Curve = Callable[[Floats], Floats]


def choose_calibration(raw: Floats, labels: Floats, *, seed: int) -> Calibration:
    """Return the calibration whose log loss on rows it was not fitted on is lowest.

    Args:
        raw: probabilities of the model for rows it has not learned from.
        labels: 1 or 0 per row.
        seed: of the parts the rows are dealt to.
    """
    part = np.random.default_rng((seed, 17)).permutation(len(raw)) % PARTS
    losses = {}
    for name, fit in _SHAPES.items():
        held = np.empty(len(raw))
        for one in range(PARTS):
            held[part == one] = fit(raw[part != one], labels[part != one])(raw[part == one])
        losses[name] = _log_loss(held, labels)
    best = min(losses, key=losses.__getitem__)
    if best == "isotonic":
        return calibrate(raw, labels)
    at = np.unique(
        np.concatenate([np.linspace(0, 1, KNOTS), np.quantile(raw, np.linspace(0, 1, KNOTS))])
    )
    curve = np.maximum.accumulate(np.clip(_SHAPES[best](raw, labels)(at), 0, 1))
    return Calibration(
        best, tuple(at.tolist()), tuple(curve.tolist()), int(labels.sum()), len(labels)
    )


def _as_it_is(raw: Floats, labels: Floats) -> Curve:
    return lambda given: given


def _platt(raw: Floats, labels: Floats) -> Curve:
    return _logistic(lambda given: np.column_stack([_odds(given)]), raw, labels)


def _beta(raw: Floats, labels: Floats) -> Curve:
    def terms(given: Floats) -> Floats:
        inside = np.clip(given, _TINY, 1 - _TINY)
        return np.column_stack([np.log(inside), -np.log(1 - inside)])

    return _logistic(terms, raw, labels)


def _isotonic(raw: Floats, labels: Floats) -> Curve:
    return calibrate(raw, labels).apply


def _logistic(terms: Callable[[Floats], Floats], raw: Floats, labels: Floats) -> Curve:
    model = LogisticRegression(C=1e4, max_iter=200).fit(terms(raw), labels)
    return lambda given: np.asarray(model.predict_proba(terms(given))[:, 1])


def _odds(probability: Floats) -> Floats:
    inside = np.clip(probability, _TINY, 1 - _TINY)
    return np.asarray(np.log(inside / (1 - inside)))


def _log_loss(probability: Floats, labels: Floats) -> float:
    inside = np.clip(probability, _TINY, 1 - _TINY)
    return float(-np.mean(labels * np.log(inside) + (1 - labels) * np.log(1 - inside)))


_SHAPES: dict[str, Callable[[Floats, Floats], Curve]] = {
    "as it is": _as_it_is,
    "platt": _platt,
    "beta": _beta,
    "isotonic": _isotonic,
}
