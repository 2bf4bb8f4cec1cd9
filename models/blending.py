"""Weights of a blend: a weighted mean of log-odds, no weight negative, so that it prints on one line."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from models.ordering import Floats

SMALL_WEIGHT = 0.03
"""A member that weighs less is left out."""


def blend_weights(
    odds: Floats, labels: Floats, *, weights: Floats | None = None
) -> tuple[Floats, float]:
    """Return the weights (none negative) and the shift that lose least, slightly drawn to the mean of all.

    Args:
        odds: one column of log-odds per candidate, of rows none of them learned from.
        labels: 1 or 0 per row.
        weights: of the rows; equal if None.
    """
    share = np.full(len(labels), 1 / len(labels)) if weights is None else weights / weights.sum()
    count = odds.shape[1]
    middle = np.full(count, 1.0 / count)
    drawn = 2.0 / len(labels)

    def loss(at: Floats) -> tuple[float, Floats]:
        scores = odds @ at[:count] + at[count]
        residual = share * (1 / (1 + np.exp(-np.clip(scores, -30, 30))) - labels)
        value = float(share @ (np.logaddexp(0, scores) - labels * scores))
        gradient = np.append(odds.T @ residual, residual.sum())
        apart = at[:count] - middle
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


def recipe(names: Sequence[str], weights: Sequence[float]) -> str:
    """Return a blend in one line."""
    parts = zip(names, weights, strict=True)
    return " + ".join(f"{weight:.2f} x {name}" for name, weight in parts if weight > 0)
