"""Shares with what their sample size leaves open."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

Z_95 = 1.96


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
        """95 % interval of the share after Wilson (1927): sound for few cases and near 0 and 1."""
        if not self.total:
            return None
        n, share = self.total, self.count / self.total
        middle = (share + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
        half = Z_95 / (1 + Z_95**2 / n) * sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        """Share and interval in per cent."""
        if self.share is None or self.interval is None:
            return "unknown"
        low, high = self.interval
        return f"{self.share:.1%} ({low:.1%} to {high:.1%})"


def together(rates: Iterable[Rate]) -> Rate:
    """Return the rate of several groups taken as one."""
    told = list(rates)
    return Rate(sum(rate.count for rate in told), sum(rate.total for rate in told))
