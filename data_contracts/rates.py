"""Shares with what their sample size leaves open."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist


@dataclass(frozen=True)
class Rate:
    """``count`` of ``total``. Nothing counted is unknown, not zero: share and interval are None."""

    count: int
    total: int

    @property
    def share(self) -> float | None:
        """The share, 0 to 1."""
        return self.count / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the share."""
        return wilson(self.count, of=self.total) if self.total else None

    def __str__(self) -> str:
        """Share and interval in per cent."""
        if self.share is None or self.interval is None:
            return "unknown"
        low, high = self.interval
        return f"{self.share:.1%} ({low:.1%} to {high:.1%})"


def wilson(count: float, *, of: float, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a share after Wilson (1927), JASA 22, p. 209: sound for few cases and near 0 and 1.

    Raises:
        ValueError: there is nothing to take a share of.
    """
    if of <= 0:
        raise ValueError(f"there is no share of {of}")
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share, spread = count / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def together(rates: Iterable[Rate]) -> Rate:
    """Return the rate of several groups taken as one."""
    told = list(rates)
    return Rate(sum(rate.count for rate in told), sum(rate.total for rate in told))
