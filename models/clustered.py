"""Estimates whose intervals respect that rows of one household belong together, without redrawing anybody.

Every estimate carries, per row, how far that row moves it (its influence). Variances are sums over households of
squared sums of influences, and a paired difference is a difference of influences. Sources: DeLong, DeLong and
Clarke-Pearson 1988 and Obuchowski 1997 for the ROC-AUC of clustered rows; Korn and Graubard 1998 for a share with
an effective sample size. Where every household has one row of weight 1, a share's interval is Wilson's.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from models.ordering import Floats, Positions
from models.probability_metrics import auc_parts_at, places_of
from models.resampling import LEVEL, Codes, Interval, wilson

_Z = NormalDist().inv_cdf(0.5 + LEVEL / 2)
_NAN = float("nan")


@dataclass(frozen=True)
class Estimate:
    """A figure and the influence of every row on it; rows that take no part have 0. NaN: nothing to estimate from."""

    value: float
    influence: Floats

    def __sub__(self, other: "Estimate") -> "Estimate":
        return Estimate(self.value - other.value, self.influence - other.influence)

    def flipped(self) -> "Estimate":
        """Return one minus the figure: the area of the opposite order, the share of the others."""
        return Estimate(1 - self.value, -self.influence)

    def variance(self, units: Codes) -> float:
        """Return the variance where rows with the same number in ``units`` belong together."""
        sums = np.bincount(units, weights=self.influence)
        return float((sums**2).sum())

    def interval(self, units: Codes, *, least: float = -1.0, most: float = 1.0) -> Interval:
        """Return the figure with its normal interval, cut at what is possible."""
        if np.isnan(self.value):
            return Interval(_NAN, _NAN, _NAN)
        half = _Z * float(np.sqrt(self.variance(units)))
        return Interval(self.value, max(least, self.value - half), min(most, self.value + half))


def share(hits: Floats, *, among: Floats) -> Estimate:
    """Return the share of ``hits`` (1, 0 or between) where rows count as much as ``among`` says (0: not at all)."""
    total = float(among.sum())
    if total <= 0:
        return Estimate(_NAN, np.zeros(len(hits)))
    value = float((hits * among).sum() / total)
    return Estimate(value, among * (hits - value) / total)


def share_interval(found: Estimate, units: Codes, *, among: Floats) -> Interval:
    """Return a share with Wilson's interval at the number of independent rows its variance is worth."""
    counted = among > 0
    if np.isnan(found.value) or not counted.any():
        return Interval(_NAN, _NAN, _NAN)
    weights = np.bincount(units[counted], weights=among[counted])
    worth = float(weights.sum() ** 2 / (weights**2).sum())
    variance = found.variance(units)
    if variance > 0:
        # Chance may make households look more alike than independent ones: never better than that.
        worth = min(found.value * (1 - found.value) / variance, float(counted.sum()))
    return wilson(found.value * worth, of=worth)


def auc(scores: Floats, labels: Floats, *, weights: Floats | None = None) -> Estimate:
    """Return the ROC-AUC of ``scores``; NaN where one class is missing. Unknown scores rank last, tied."""
    places = places_of(np.asarray(scores, dtype=np.float64))
    return auc_at(places, labels, weights=weights)


def auc_at(places: Positions, labels: Floats, *, weights: Floats | None = None) -> Estimate:
    """Return :func:`auc` of scores put in order before, by :func:`models.probability_metrics.places_of`."""
    parts = auc_parts_at(places, labels, weights=weights)
    if np.isnan(parts.auc):
        return Estimate(_NAN, np.zeros(len(labels)))
    pulls = (parts.positives / parts.positives.sum() + parts.negatives / parts.negatives.sum()) * (
        parts.shares - parts.auc
    )
    return Estimate(parts.auc, pulls)
