"""Logistic regression with a ridge penalty and coefficients that may be kept from falling below zero.

The bound is how a declared direction is kept: what can only mean more need never lowers a score. Without bounds the
solution is that of scikit-learn's ``LogisticRegression`` with the same ``C``. Solved by L-BFGS-B (Byrd, Lu, Nocedal
and Zhu 1995), which is deterministic.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from models.learners.learned import probability
from models.ordering import Floats


@dataclass(frozen=True)
class Coefficients:
    """One per column of the design, and the intercept."""

    columns: Floats
    intercept: float

    def log_odds(self, design: Floats) -> Floats:
        """Return the log-odds of every row of a design."""
        return np.asarray(design @ self.columns + self.intercept)


def fit_bounded(
    design: Floats,
    labels: Floats,
    weights: Floats,
    *,
    strength: float,
    never_negative: npt.NDArray[np.bool_],
    start: Coefficients | None = None,
) -> Coefficients:
    """Minimise ``strength * sum(weights * log loss) + half the squared coefficients``.

    Args:
        design: rows times columns.
        labels: 1 or 0 per row.
        weights: per row, scaled here so that their mean is 1.
        strength: scikit-learn's ``C``; smaller draws coefficients harder to zero.
        never_negative: columns whose coefficient may not fall below zero.
        start: where to begin, e.g. the solution for another strength.
    """
    share = weights / weights.sum()
    ridge = 1 / (strength * len(labels))

    def loss(at: Floats) -> tuple[float, Floats]:
        odds = design @ at[:-1] + at[-1]
        value = float(share @ (np.logaddexp(0, odds) - labels * odds))
        residual = share * (probability(np.clip(odds, -500, 500)) - labels)
        gradient = np.append(design.T @ residual + ridge * at[:-1], residual.sum())
        return value + ridge / 2 * float(at[:-1] @ at[:-1]), gradient

    rate = float(np.clip(share @ labels, 1e-6, 1 - 1e-6))
    first = np.append(np.zeros(design.shape[1]), np.log(rate / (1 - rate)))
    if start is not None:
        first = np.append(start.columns, start.intercept)
    bounds = [(0.0, None) if one else (None, None) for one in never_negative]
    found = minimize(
        loss,
        first,
        jac=True,
        method="L-BFGS-B",
        bounds=[*bounds, (None, None)],
        options={"maxiter": 500, "ftol": 1e-10, "gtol": 1e-7},
    )
    return Coefficients(np.asarray(found.x[:-1]), float(found.x[-1]))
