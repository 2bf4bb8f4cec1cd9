"""Intervals: whole households are drawn again, because their rows on several dates belong together.

All policies judged on the same rows see the same draws, so differences between them are paired.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from data_contracts import rates
from models.ordering import Floats

Codes = npt.NDArray[np.intp]
Draws = npt.NDArray[np.float32]

LEVEL = 0.95
_CELLS_AT_ONCE = 16_000_000


@dataclass(frozen=True)
class Interval:
    """An estimate with its 95 % interval; NaN where there was nothing to estimate from."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True)
class HouseholdBootstrap:
    """How often each household is drawn, ``draws`` times over; the same for the same seed.

    ``codes`` gives the household of each row as a number from 0.
    """

    codes: Codes
    draws: int
    seed: int

    def batches(self) -> Iterator[Draws]:
        """Yield weights, one row per household and one column per draw, in bounded memory."""
        households = int(self.codes.max()) + 1 if len(self.codes) else 0
        width = max(1, _CELLS_AT_ONCE // max(1, households))
        for first in range(0, self.draws, width):
            last = min(first + width, self.draws)
            weights = np.empty((last - first, households), dtype=np.float32)
            for draw in range(first, last):
                generator = np.random.default_rng((self.seed, draw))
                picked = generator.integers(0, households, households)
                weights[draw - first] = np.bincount(picked, minlength=households)
            yield np.ascontiguousarray(weights.T)


def interval(value: float, drawn: Floats) -> Interval:
    """Return ``value`` with the percentile interval of ``drawn``; draws that are NaN are left out."""
    kept = drawn[~np.isnan(drawn)]
    if not len(kept):
        return Interval(value, float("nan"), float("nan"))
    tail = (1 - LEVEL) / 2
    # An order statistic, not an interpolation: a ratio may be infinite, and inf - inf is NaN.
    low, high = np.quantile(kept, [tail, 1 - tail], method="inverted_cdf")
    return Interval(value, float(low), float(high))


def wilson(positives: float, *, of: float, level: float = LEVEL) -> Interval:
    """Return a share with its Wilson interval, for one date where nothing can be redrawn."""
    if of <= 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    return Interval(positives / of, *rates.wilson(positives, of=of, level=level))
