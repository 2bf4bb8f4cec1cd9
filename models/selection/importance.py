"""Weights that make the households somebody looked at stand for everybody, so that a model does not learn its own lists.

A model sends visitors; what they find becomes its training data; it sends them where it found something. Counting
discoveries as they come is a Polya urn: the share of visits drifts to one side though need is equal on both. Counting
a discovery made with chance p as 1/p takes the visits out of the count: expected need of a street no longer depends on
how many visits it got (Ensign, Friedler, Neville, Scheidegger and Venkatasubramanian 2018, "Runaway feedback loops in
predictive policing", FAT*, PMLR 81, section 4; the weights are Horvitz and Thompson's, 1952).
"""

from dataclasses import dataclass

import numpy as np

from models.ordering import Floats

CAP = 20.0
"""A row weighs at most so many times the median one: trimming gives up a little bias for much variance (Potter 1990)."""


@dataclass(frozen=True)
class Importance:
    """``weights`` per row, on average 1 over the rows with a weight; ``trimmed`` is the share of those the cap lowered.

    ``worth``: how many equally weighted rows they are worth (Kish 1965), for the report.
    """

    weights: Floats
    trimmed: float
    worth: float


def importance(chances: Floats, *, cap: float = CAP) -> Importance:
    """Return 1 / chance per row, trimmed at ``cap`` times the median and scaled to mean 1.

    Args:
        chances: with which each row came to be looked at, in (0, 1]; NaN for a row that is not to be weighed: it gets 0.
            A row that would have been looked at for certain, because the list or a rule sent somebody, has chance 1.
        cap: greatest weight over the median, at least 1.

    Raises:
        ValueError: a chance outside (0, 1], or a cap below 1.
    """
    if cap < 1:
        raise ValueError(f"a cap of {cap} times the median weight is below 1")
    kept = ~np.isnan(chances)
    if ((chances[kept] <= 0) | (chances[kept] > 1)).any():
        raise ValueError("chances must lie in (0, 1]: log the probability of every visit by lot")
    if not kept.any():
        return Importance(np.zeros(len(chances)), 0.0, 0.0)
    inverse = 1 / chances[kept]
    most = cap * float(np.median(inverse))
    weights = np.zeros(len(chances))
    weights[kept] = np.minimum(inverse, most)
    weights /= weights[kept].mean()
    return Importance(
        weights,
        float((inverse > most).mean()),
        float(weights.sum() ** 2 / (weights**2).sum()),
    )


def chance_over(chances: Floats, *, draws: int) -> Floats:
    """Return the chance of being drawn at least once in ``draws`` equal, independent draws; NaN stays NaN.

    A label window holds many nights: what counts is the chance over all of them.
    """
    if draws < 1:
        raise ValueError(f"{draws} draws: at least 1 is needed")
    return np.asarray(-np.expm1(draws * np.log1p(-np.minimum(chances, 1 - 1e-12))))


def chance_looked_at(lot_chances: Floats, *, looked_at: np.typing.NDArray[np.bool_]) -> Floats:
    """Return the chance each row had of being looked at: NaN if nobody looked.

    Args:
        lot_chances: chance of the draw, of rows drawn by lot; NaN elsewhere.
        looked_at: rows somebody reached, drawn or sent. One who was sent and not drawn would have been looked at
            anyway: chance 1. One who was drawn counts with the lot's chance, though it may have been on a list too.
    """
    return np.where(looked_at, np.where(np.isnan(lot_chances), 1.0, lot_chances), np.nan)
