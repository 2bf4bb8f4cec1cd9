"""How well scores separate and how far probabilities are from what happened.

All functions take rows with a known label only. ROC-AUC and average precision equal scikit-learn's, ties included.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.ordering import Floats, Positions

BINS = 10


@dataclass(frozen=True)
class AucParts:
    """ROC-AUC and, per row, the share of the other class that the row is on the right side of.

    The mean over positives and the mean over negatives are both the AUC. Redrawing these shares (the
    first-order term of the exact redraw; what is dropped is of order 1/n) makes an interval for
    twenty policies a matter of one matrix product.
    """

    auc: float
    positives: Floats
    """Row weights of the positives; 0 elsewhere."""
    negatives: Floats
    """Row weights of the negatives; 0 elsewhere."""
    shares: Floats


@dataclass(frozen=True)
class ReliabilityBin:
    """One of ten bins of equally many rows, from the least to the most probable."""

    rows: int
    predicted: float
    observed: float


def auc_parts(scores: Floats, labels: Floats, *, weights: Floats | None = None) -> AucParts:
    """Return the weighted ROC-AUC; NaN when only one class is present. NaN scores rank last, tied."""
    return auc_parts_at(places_of(scores), labels, weights=weights)


def places_of(scores: Floats) -> Positions:
    """Return the place of every row from the lowest score up, tied rows the same one; NaN comes lowest, tied."""
    filled = np.where(np.isnan(scores), -np.inf, scores)
    # Most policies give millions of rows few scores: those are told apart and put in order, not the rows.
    return np.asarray(pd.factorize(filled, sort=True)[0])


def auc_parts_at(places: Positions, labels: Floats, *, weights: Floats | None = None) -> AucParts:
    """Return :func:`auc_parts` of scores put in order before, by :func:`places_of`: once for many labels."""
    weight = np.ones(len(labels)) if weights is None else weights
    positives, negatives = weight * (labels == 1), weight * (labels == 0)
    below_or_tied = []
    for gains in (positives, negatives):
        at = np.bincount(places, weights=gains)
        below_or_tied.append((np.cumsum(at) - at / 2)[places])
    total_positives, total_negatives = float(positives.sum()), float(negatives.sum())
    if not total_positives or not total_negatives:
        return AucParts(float("nan"), positives, negatives, np.full(len(labels), np.nan))
    shares = np.where(
        labels == 1,
        below_or_tied[1] / total_negatives,
        1 - below_or_tied[0] / total_positives,
    )
    return AucParts(
        float((positives * shares).sum() / total_positives), positives, negatives, shares
    )


def average_precision(scores: Floats, labels: Floats, *, weights: Floats | None = None) -> float:
    """Return the area under the precision-recall steps; NaN without positives."""
    weight = np.ones(len(labels)) if weights is None else weights
    filled = np.where(np.isnan(scores), -np.inf, scores)
    order = np.argsort(-filled, kind="stable")
    last_of_tie = np.r_[filled[order][1:] != filled[order][:-1], True]
    found = np.cumsum((weight * labels)[order])[last_of_tie]
    visited = np.cumsum(weight[order])[last_of_tie]
    if not len(found) or not found[-1]:
        return float("nan")
    gained = np.diff(found, prepend=0.0)
    return float((gained * found / visited).sum() / found[-1])


def brier(probabilities: Floats, labels: Floats, *, weights: Floats | None = None) -> float:
    """Return the mean squared distance between probability and outcome."""
    return float(np.average((probabilities - labels) ** 2, weights=weights))


def reliability(probabilities: Floats, labels: Floats) -> tuple[ReliabilityBin, ...]:
    """Return ten bins of equally many rows (fewer when there are fewer rows).

    Equal probabilities stay in one order of arrival only to fill bins evenly; to keep that from
    mattering, rows with the same probability get their common mean outcome.
    """
    if not len(labels):
        return ()
    _, places = np.unique(probabilities, return_inverse=True)
    shared = (np.bincount(places, weights=labels) / np.bincount(places))[places]
    order = np.argsort(probabilities, kind="stable")
    return tuple(
        ReliabilityBin(len(rows), float(probabilities[rows].mean()), float(shared[rows].mean()))
        for rows in np.array_split(order, min(BINS, len(labels)))
    )


def expected_calibration_error(probabilities: Floats, labels: Floats) -> float:
    """Return the mean distance between predicted and observed over ten equal-mass bins."""
    bins = reliability(probabilities, labels)
    rows = sum(found.rows for found in bins)
    if not rows:
        return float("nan")
    return sum(found.rows * abs(found.predicted - found.observed) for found in bins) / rows


def error_beyond_chance(probabilities: Floats, labels: Floats) -> float:
    """Return the root mean squared distance between predicted and observed, less what chance adds to it.

    A bin of n rows around a probability p misses by p (1 - p) / n squared even when p is exactly right. Subtracting
    that leaves an unbiased estimate of the squared error (after Kumar, Liang and Ma 2019, who subtract the variance
    seen); 0 where chance explains all. Never below the mean distance that as many rows as one likes would show.
    """
    bins = reliability(probabilities, labels)
    rows = sum(found.rows for found in bins)
    if not rows:
        return float("nan")
    squared = sum(
        found.rows * (found.predicted - found.observed) ** 2
        - found.predicted * (1 - found.predicted)
        for found in bins
    )
    return float(np.sqrt(max(0.0, squared / rows)))


def are_probabilities(scores: npt.ArrayLike) -> bool:
    """Whether every score lies in [0, 1], so that Brier and calibration error mean something."""
    values = np.asarray(scores, dtype=np.float64)
    return bool(len(values)) and bool(np.all((values >= 0) & (values <= 1)))
