"""Precision and recall among the rows a team has the capacity to visit.

Rows with equal scores at the cut are taken by lot, so a figure is the expected value over all orders of
the tied rows; the best and the worst order are reported beside it. A row whose label nobody knows still
takes up a visit, but counts in no numerator or denominator. With one of several dates judged together, every
date has its own list and its own cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from models.ordering import Floats
from models.resampling import Codes, Draws

Counts = npt.NDArray[np.float64]

_FIRST_LOOK = 1.25


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """How many households can be visited per date: a share of its rows, or a number."""

    share: float | None = None
    number: int | None = None

    def __post_init__(self) -> None:
        if (self.share is None) == (self.number is None):
            raise ValueError("a capacity is either a share or a number of households")
        if self.share is not None and not 0 < self.share <= 1:
            raise ValueError(f"capacity share {self.share} is not in (0, 1]")
        if self.number is not None and self.number < 1:
            raise ValueError(f"capacity of {self.number} households: at least 1 is needed")

    def of(self, rows: int) -> int:
        """Visits on a date with ``rows`` households: at least 1, at most all of them."""
        wanted = self.number if self.share is None else round(float(self.share) * rows)
        return min(max(1, int(wanted or 1)), rows)

    @property
    def name(self) -> str:
        """Short name for columns and metrics: ``5%`` or ``200``."""
        return f"{100 * self.share:g}%" if self.share is not None else str(self.number)


@dataclass(frozen=True)
class Tallies:
    """What is among the visited rows: (weighted) positives and rows with a known label."""

    positives: float
    labelled: float
    best: float
    worst: float


@dataclass(frozen=True)
class _Date:
    """One date's rows from best to worst, cut into blocks of equal score."""

    positions: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]

    @classmethod
    def of(cls, positions: npt.NDArray[np.intp], scores: Floats) -> "_Date":
        order = positions[np.argsort(-scores[positions], kind="stable")]
        ordered = scores[order]
        return cls(order, np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]))


class RankedRows:
    """The rows of one policy, ordered once and cut at any capacity.

    ``positives`` and ``labelled`` are per-row weights: 1/0 each for plain labels, inverse propensities
    for a random slice; both 0 where the label is unknown. NaN scores come last, tied.
    """

    def __init__(
        self,
        scores: Floats,
        *,
        positives: Floats,
        labelled: Floats,
        dates: Sequence[npt.NDArray[np.intp]],
    ) -> None:
        filled = np.where(np.isnan(scores), -np.inf, scores)
        self._dates = [_Date.of(positions, filled) for positions in dates]
        self._positives, self._labelled = positives, labelled

    def tallies(self, capacity: Capacity) -> Tallies:
        """Return expected, best and worst counts at ``capacity``, summed over dates."""
        total = np.zeros(4)
        for day in self._dates:
            total += self._of_date(day, capacity.of(len(day.positions)))
        return Tallies(*(float(number) for number in total))

    def drawn(
        self, capacities: Sequence[Capacity], *, weights: Draws, codes: Codes
    ) -> dict[str, tuple[Counts, Counts]]:
        """Return, per capacity, expected positives and labelled rows for every draw of households."""
        totals = {one.name: np.zeros((2, weights.shape[1])) for one in capacities}
        for day in self._dates:
            visits = {one.name: one.of(len(day.positions)) for one in capacities}
            most = max(visits.values())
            look = min(len(day.positions), int(most * _FIRST_LOOK) + 50)
            while (found := self._look(day, look, most=most, weights=weights, codes=codes)) is None:
                look = min(len(day.positions), 2 * look)
            for name, number in visits.items():
                totals[name] += found.cut(number)
        return {name: (total[0], total[1]) for name, total in totals.items()}

    def _of_date(self, day: _Date, visits: int) -> Counts:
        block = int(np.searchsorted(day.starts, visits, side="left")) - 1
        start = int(day.starts[block])
        end = int(day.starts[block + 1]) if block + 1 < len(day.starts) else len(day.positions)
        above, tied = day.positions[:start], day.positions[start:end]
        taken = visits - start
        positives = float(self._positives[above].sum())
        labelled = float(self._labelled[above].sum())
        share = taken / len(tied)
        return np.array(
            [
                positives + share * float(self._positives[tied].sum()),
                labelled + share * float(self._labelled[tied].sum()),
                *self._extremes(tied, taken, above=positives),
            ]
        )

    def _extremes(
        self, tied: npt.NDArray[np.intp], taken: int, *, above: float
    ) -> tuple[float, float]:
        """Positives when the tied rows fall in the luckiest and in the unluckiest order."""
        gains = np.sort(self._positives[tied])
        return (
            above + float(gains[len(tied) - taken :].sum()),
            above + float(gains[:taken].sum()),
        )

    def _look(
        self, day: _Date, look: int, *, most: int, weights: Draws, codes: Codes
    ) -> "_Cumulated | None":
        """Add up whole blocks covering ``look`` rows; None if some draw fills ``most`` only later."""
        last = int(np.searchsorted(day.starts, look, side="left"))
        end = int(day.starts[last]) if last < len(day.starts) else len(day.positions)
        rows = day.positions[:end]
        blocks = np.repeat(np.arange(last), np.diff(day.starts[:last], append=end))
        size = _running_sums(np.ones(end), blocks, codes[rows], weights)
        if end < len(day.positions) and bool((size[-1] < most).any()):
            return None
        labelled = self._labelled[rows]
        return _Cumulated(
            size,
            _running_sums(self._positives[rows], blocks, codes[rows], weights),
            size
            if bool((labelled == 1).all())
            else _running_sums(labelled, blocks, codes[rows], weights),
        )


@dataclass(frozen=True)
class _Cumulated:
    """Rows, positives and labelled rows in the best block, the best two, and so on; per draw."""

    size: Draws
    positives: Draws
    labelled: Draws

    def cut(self, visits: int) -> Counts:
        """Return positives and labelled rows among the best ``visits`` rows of every draw."""
        whole = np.count_nonzero(self.size <= visits, axis=0)
        above = np.maximum(whole - 1, 0)
        partial = np.minimum(whole, len(self.size) - 1)
        draws = np.arange(self.size.shape[1])
        some = whole > 0
        before = np.where(some, self.size[above, draws], 0.0)
        tied = self.size[partial, draws] - before
        # A draw with fewer rows than visits has no partial block: everybody is visited.
        share = np.divide(visits - before, tied, out=np.zeros_like(before), where=tied > 0)
        counts = []
        for gains in (self.positives, self.labelled):
            gained = np.where(some, gains[above, draws], 0.0)
            counts.append(gained + share * (gains[partial, draws] - gained))
        return np.array(counts)


def _running_sums(gains: Floats, blocks: Codes, codes: Codes, weights: Draws) -> Draws:
    """Sum ``gains`` up to each block, every row as often as its household was drawn."""
    kept = np.flatnonzero(gains)
    shape = (int(blocks[-1]) + 1, weights.shape[0])
    sums = csr_array((gains[kept].astype(np.float32), (blocks[kept], codes[kept])), shape=shape)
    found = np.asarray(sums @ weights)
    return np.cumsum(found, axis=0, out=found)
