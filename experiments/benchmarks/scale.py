"""How time grows with the number of households: a line through the logarithms, and the worst point beside linear."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.benchmarks.city.plan import CityPlan
from experiments.benchmarks.homes import home_of
from experiments.benchmarks.nightly import matrix_of
from experiments.benchmarks.spent import Spent

MOST_OVER_LINEAR = 1.2


@dataclass(frozen=True)
class Fit:
    """``seconds ~ households ** slope``; ``worst`` is the largest time over linear growth from a smaller size."""

    slope: float
    worst: float

    def __str__(self) -> str:
        """One sentence."""
        return (
            f"time grows as households ** {self.slope:.2f}; at worst {self.worst:.2f} times what linear growth from"
            f" any smaller size would take (wanted: at most {MOST_OVER_LINEAR})"
        )


def fit(sizes: Sequence[int], seconds: Sequence[float]) -> Fit:
    """Fit at least two sizes in ascending order."""
    x, y = [math.log(one) for one in sizes], [math.log(one) for one in seconds]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / sum(
        (a - mean_x) ** 2 for a in x
    )
    per_household = [took / size for size, took in zip(sizes, seconds, strict=True)]
    worst = max(
        later / earlier
        for place, later in enumerate(per_household)
        for earlier in per_household[:place]
    )
    return Fit(slope, worst)


def run(folder: Path, limits: Mapping[int, str], *, say: Callable[[str], None]) -> list[Spent]:
    """Build one matrix per size in fresh processes and print the fit.

    Args:
        folder: where cities and matrices are kept.
        limits: by number of households, the most DuckDB may hold, in its own notation.
        say: is told each figure.
    """
    spent, sizes = [], sorted(limits)
    for size in sizes:
        home = home_of(folder, CityPlan(households=size), say)
        took = matrix_of(home, folder / f"scale-{size}", memory=limits[size])
        say(
            f"{size:>10,} households, limit {limits[size]}: {took}, {took.seconds / size * 1e6:.1f} us a household"
        )
        spent.append(took)
    if len(spent) > 1:
        say(str(fit(sizes, [one.seconds for one in spent])))
    return spent
