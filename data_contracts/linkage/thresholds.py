"""From which probability a link counts: chosen on pairs somebody checked, stored with the model.

The accepting threshold is the lowest, from 0.8 on, at which the links it accepts are precise enough even at the lower
end of a 95 % interval (Wilson); the doubtful one is a fixed probability below which a candidate is not kept.
Never chosen on data that are reported on: development seeds of the simulated district, or a bureau's own slice.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

TARGET_PRECISION = 0.995
"""Above the 0.99 that linkage must hold, so that a district somewhat harder than the slice still holds it."""
LEAST_ACCEPTING = 0.8
"""Easy accounts can carry unlikely ones past any precision of the whole; no link counts that the model itself
gives less than four chances in five."""
DOUBTFUL = 0.05
"""A candidate less likely than one in twenty is no help to anybody who looks at it."""
_Z = 1.959964


class TooFewLabels(ValueError):
    """No threshold reaches the target on this slice; the message says how many labels there are."""


@dataclass(frozen=True)
class Thresholds:
    """``accepting`` and ``doubtful`` are probabilities; ``source`` says where the accepting one was chosen."""

    accepting: float
    doubtful: float
    source: str


DEFAULT = Thresholds(
    accepting=0.963,
    doubtful=DOUBTFUL,
    source="simulated development district, seed 104, 20,000 households",
)
"""What a deployment starts with: :func:`choose` on the 72,518 accounts of that district, where the links above it were
0.9967 right and reached 0.9206 of all accounts."""


def choose(
    probability: npt.NDArray[np.float64],
    right: npt.NDArray[np.bool_],
    *,
    source: str,
    target: float = TARGET_PRECISION,
) -> Thresholds:
    """Return the thresholds for a slice of checked links, one per account: its best candidate.

    Args:
        probability: of the best candidate of each checked account.
        right: whether that candidate is the dwelling the account supplies.
        source: what the slice is, for the record.
        target: precision the lower bound must reach.

    Raises:
        TooFewLabels: even the surest links of the slice do not show the target precision.
    """
    levels = np.unique(probability)[::-1]
    order = np.argsort(-probability, kind="stable")
    sure, hits = probability[order], np.cumsum(right[order])
    counts = np.searchsorted(-sure, -levels, side="right")
    passing = [
        level
        for level, count in zip(levels, counts, strict=True)
        if level >= LEAST_ACCEPTING and lower_bound(int(hits[count - 1]), int(count)) >= target
    ]
    if not passing:
        raise TooFewLabels(
            f"no threshold shows a precision of {target:.1%} on {len(probability)} checked accounts"
            f" ({int(right.sum())} right): check more, a perfect slice needs about {_needed(target)}"
        )
    return Thresholds(accepting=float(min(passing)), doubtful=DOUBTFUL, source=source)


def lower_bound(hits: int, count: int) -> float:
    """Return the lower end of the 95 % Wilson interval of a share; 0 for nothing counted."""
    if not count:
        return 0.0
    share = hits / count
    middle = share + _Z**2 / (2 * count)
    spread = _Z * sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    return (middle - spread) / (1 + _Z**2 / count)


def _needed(target: float) -> int:
    return int(_Z**2 * target / (1 - target)) + 1
