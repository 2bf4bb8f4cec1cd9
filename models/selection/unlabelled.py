"""Need hidden among households without an answer: learning from positives and unlabelled rows.

To presume that whoever was not found is not in need teaches a model where visitors went. Instead such a row counts
both ways, as in need with the probability that it is although nobody found it, as not in need with the rest:

    hidden = need (1 - e) / (need (1 - e) + (1 - need) (1 - c)),

``e`` being the chance that need there would have been found, ``c`` the chance that a household not in need would have
been seen and cleared. With c = 0, nobody is ever cleared: positives and unlabelled rows only, as where labels are
admissions. One ``e`` for all is then the weight of Elkan and Noto (2008, KDD, "Learning classifiers from only positive
and unlabeled data", section 3); one that differs, repeated with the refitted ``need`` until it settles, is the
expectation step of Bekker, Robberechts and Davis (2019, ECML PKDD, "Beyond the selected completely at random
assumption"). With c = e looking had nothing to do with need, hidden = need, and the unlabelled rows teach nothing:
train on the rows somebody looked at, weighted by importance. All weights are positive, so any learner that takes row
weights can be used.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.ordering import Floats, Positions

ROUNDS = 8
"""Refits; on simulated cities the order of households stops changing after five to eight."""
_NEVER_CERTAIN = 1e-6


@dataclass(frozen=True, kw_only=True)
class BothWays:
    """Training rows where one without an answer stands twice: ``rows`` are positions, with a label and a weight each."""

    rows: Positions
    labels: Floats
    weights: Floats


def hidden_chance(
    need: Floats, found_chance: Floats, *, cleared_chance: Floats | float = 0.0
) -> Floats:
    """Return the probability that a row without an answer is in need.

    Args:
        need: probability of need, given what is known of the row.
        found_chance: probability that need there would have been found. 1 hides nothing.
        cleared_chance: probability, below 1, that a household there without need would have been seen and cleared.
    """
    certain = np.clip(need, _NEVER_CERTAIN, 1 - _NEVER_CERTAIN)
    hidden = certain * (1 - found_chance)
    return np.asarray(hidden / (hidden + (1 - certain) * (1 - cleared_chance)))


def need_from_found(found: Floats, found_chance: Floats) -> Floats:
    """Return the probability of need from that of need being found: Elkan and Noto's division, at most 1."""
    return np.minimum(found / found_chance, 1.0)


def both_ways(labels: Floats, hidden: Floats, *, weights: Floats | None = None) -> BothWays:
    """Return the rows with a label as they are, and each other row once in need and once not.

    Args:
        labels: 1, 0 or NaN for a row without an answer.
        hidden: probability of need of the rows without a label; others' are not read.
        weights: of the rows, 1 each if None; 0 leaves a row out.
    """
    given = np.ones(len(labels)) if weights is None else weights
    known = np.flatnonzero(~np.isnan(labels) & (given > 0))
    unseen = np.flatnonzero(np.isnan(labels) & (given > 0))
    return BothWays(
        rows=np.concatenate([known, unseen, unseen]),
        labels=np.concatenate([labels[known], np.ones(len(unseen)), np.zeros(len(unseen))]),
        weights=np.concatenate(
            [given[known], given[unseen] * hidden[unseen], given[unseen] * (1 - hidden[unseen])]
        ),
    )


Refit = Callable[[BothWays], npt.NDArray[np.float64]]
"""Fits on the rows given and returns the probability of need of every row."""


def learn_hidden(
    labels: Floats,
    found_chance: Floats,
    refit: Refit,
    *,
    cleared_chance: Floats | float = 0.0,
    weights: Floats | None = None,
    rounds: int = ROUNDS,
) -> BothWays:
    """Return training rows in which those without an answer count as far as they are likely to hide need.

    Args:
        labels: 1 where need was found, 0 where somebody looked and found none, else NaN.
        found_chance: chance that need would have been found, per row, in (0, 1].
        refit: fits a model and returns the probability of need of every row.
        cleared_chance: chance, below 1, that a household without need would have been seen and cleared.
        weights: of the rows, 1 each if None.
        rounds: refits after the first, at least 1. The last probabilities decide the rows returned.

    Raises:
        ValueError: no positive label, a chance out of range, or no round.
    """
    if not (labels == 1).any():
        raise ValueError("no household was found in need: there is nothing to tell the hidden by")
    if not ((found_chance > 0) & (found_chance <= 1)).all():
        raise ValueError(
            "found_chance must lie in (0, 1] for every row: where nobody ever looks, draw by lot first"
        )
    if not ((np.asarray(cleared_chance) >= 0) & (np.asarray(cleared_chance) < 1)).all():
        raise ValueError("cleared_chance must lie in [0, 1)")
    if rounds < 1:
        raise ValueError(f"{rounds} rounds: at least 1 is needed")
    presumed = both_ways(labels, np.zeros(len(labels)), weights=weights)
    need = need_from_found(refit(presumed), found_chance)
    for _ in range(rounds):
        hidden = hidden_chance(need, found_chance, cleared_chance=cleared_chance)
        need = refit(both_ways(labels, hidden, weights=weights))
    hidden = hidden_chance(need, found_chance, cleared_chance=cleared_chance)
    return both_ways(labels, hidden, weights=weights)
