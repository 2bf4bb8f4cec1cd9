"""Variance and intervals of estimates from a sample drawn with unequal chances.

Sources: Horvitz and Thompson (1952), JASA 47; Hajek (1971); linearisation and clusters after Sarndal, Swensson
and Wretman (1992), chapters 2, 5.7 and 7; interval of a share after Korn and Graubard (1998), Survey Methodology
24, with Wilson's (1927) in place of Clopper and Pearson's (Franco, Little, Louis and Slud 2019, JSSAM 7, find it
closest to its level), the number of rows it rests on capped as NCHS does (Parker et al. 2017, Series 2, 175).
"""

from typing import Final

import numpy as np
from scipy.special import ndtri, stdtrit

from models.ordering import Floats
from models.resampling import LEVEL, Codes, Interval, wilson

UPPER: Final = 0.5 + LEVEL / 2
_NAN = float("nan")


def variance(
    parts: Floats, *, chances: Floats, households: Codes, strata: Codes | None = None
) -> float:
    """Return the variance of ``parts.sum()``; NaN with fewer than two households.

    Args:
        parts: what each answered row adds to the estimate (linearised), in any unit.
        chances: probability of the draw of each row; a row drawn for certain adds no variance.
        households: rows of one household are added up before they are squared.
        strata: where the number of draws was set beforehand: the spread is taken around the mean of each; strata with
            one household are put together. None where every row had its own chance, whatever befell the others.
    """
    units, first, place = np.unique(households, return_index=True, return_inverse=True)
    if len(units) < 2:
        return _NAN
    sums = np.bincount(place, weights=parts * np.sqrt(1 - chances))
    if strata is None:
        return float((sums**2).sum()) * len(units) / (len(units) - 1)
    held = strata[first]
    lonely = np.bincount(held)[held] < 2
    held = np.where(lonely, int(held.max()) + 1, held)
    if lonely.sum() == 1:
        held[lonely] = held[~lonely][0]
    _, held, counts = np.unique(held, return_inverse=True, return_counts=True)
    means = np.bincount(held, weights=sums) / counts
    return float(((sums - means[held]) ** 2 * (counts / (counts - 1))[held]).sum())


def share_interval(
    share: float, spread: float, *, weights: Floats, chances: Floats, units: int
) -> Interval:
    """Return a share with its interval: Wilson's on the number of rows the sample is worth.

    Args:
        share: the estimate; Horvitz-Thompson's may exceed 1, the interval never does.
        spread: its variance.
        weights: of the rows the share is taken among.
        chances: of the same rows.
        units: households among them.
    """
    if not len(weights) or not weights.sum():
        return Interval(_NAN, _NAN, _NAN)
    unseen = 1 - float(np.average(chances, weights=weights))
    if unseen <= 0:
        return Interval(share, share, share)
    worth = min(_kish(weights), len(weights)) / unseen
    inside = min(max(share, 0.0), 1.0)
    if spread > 0 and 0 < inside < 1:
        worth = min(inside * (1 - inside) / spread, len(weights) / unseen)
    if units > 1:
        worth *= float(ndtri(UPPER) / stdtrit(units - 1, UPPER)) ** 2
    found = wilson(inside * worth, of=worth)
    return Interval(share, found.low, found.high)


def logit_interval(value: float, spread: float, *, units: int) -> Interval:
    """Return a value in (0, 1), such as ROC-AUC, with its interval on the logit scale."""
    if not 0 < value < 1 or not spread >= 0 or units < 2:
        return Interval(value, _NAN, _NAN)
    centre = np.log(value / (1 - value))
    half = stdtrit(units - 1, UPPER) * np.sqrt(spread) / (value * (1 - value))
    low, high = (float(1 / (1 + np.exp(-(centre + side * half)))) for side in (-1, 1))
    return Interval(value, low, high)


def plain_interval(value: float, spread: float, *, units: int) -> Interval:
    """Return a difference with its interval from Student's t."""
    if not spread >= 0 or units < 2:
        return Interval(value, _NAN, _NAN)
    half = float(stdtrit(units - 1, UPPER)) * spread**0.5
    return Interval(value, value - half, value + half)


def _kish(weights: Floats) -> float:
    return float(weights.sum() ** 2 / (weights**2).sum())
