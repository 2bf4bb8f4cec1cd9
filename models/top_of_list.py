"""Precision and recall among the rows a team has the capacity to visit.

Rows with equal scores at the cut are taken by lot, so a figure is the expected value over all orders of
the tied rows; the best and the worst order are reported beside it. A row whose label nobody knows still
takes up a visit, but counts in no numerator or denominator. With one of several dates judged together, every
date has its own list and its own cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from models.ordering import Floats
from models.resampling import Codes, Draws

Counts = npt.NDArray[np.float64]

_FIRST_LOOK = 1.25
_EXACT = 2**24


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

    def cut(self, visits: int) -> tuple[int, npt.NDArray[np.intp], int]:
        """Return how many rows are surely visited, the tied rows at the cut, and how many of those are."""
        block = int(np.searchsorted(self.starts, visits, side="left")) - 1
        start = int(self.starts[block])
        end = int(self.starts[block + 1]) if block + 1 < len(self.starts) else len(self.positions)
        return start, self.positions[start:end], visits - start


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
        positives, labelled = self.expected(capacity)
        best = worst = 0.0
        for day, (found, _) in zip(self._dates, self._cumulated, strict=True):
            above, tied, taken = day.cut(capacity.of(len(day.positions)))
            lucky, unlucky = self._extremes(tied, taken, above=float(found[above]))
            best, worst = best + lucky, worst + unlucky
        return Tallies(positives, labelled, best, worst)

    def expected(self, capacity: Capacity) -> tuple[float, float]:
        """Return expected positives and labelled rows at ``capacity``, summed over dates; quick at any capacity."""
        total = np.zeros(2)
        for day, sums in zip(self._dates, self._cumulated, strict=True):
            above, tied, taken = day.cut(capacity.of(len(day.positions)))
            before, after = sums[:, above], sums[:, above + len(tied)]
            total += before + taken / len(tied) * (after - before)
        return float(total[0]), float(total[1])

    @cached_property
    def _cumulated(self) -> list[Counts]:
        """Per date positives and labelled rows among the best 0, 1, 2 ... rows."""
        found = []
        for day in self._dates:
            gains = np.array([self._positives[day.positions], self._labelled[day.positions]])
            found.append(np.concatenate([np.zeros((2, 1)), np.cumsum(gains, axis=1)], axis=1))
        return found

    def drawn(
        self,
        capacities: Sequence[Capacity],
        *,
        weights: Draws,
        codes: Codes,
        whole: "Sequence[WholeDate] | None" = None,
    ) -> dict[str, tuple[Counts, Counts]]:
        """Return, per capacity, expected positives and labelled rows for every draw of households.

        ``whole``: :func:`whole_dates` of the same weights, added up once for many policies; same figures.
        """
        totals = {one.name: np.zeros((2, weights.shape[1])) for one in capacities}
        for place, day in enumerate(self._dates):
            visits = {one.name: one.of(len(day.positions)) for one in capacities}
            most = max(visits.values())
            look = min(len(day.positions), int(most * _FIRST_LOOK) + 50)
            given = None if whole is None else whole[place]
            while (
                found := self._look(day, look, most=most, weights=weights, codes=codes, whole=given)
            ) is None:
                look = min(len(day.positions), 2 * look)
            for name, number in visits.items():
                totals[name] += found.cut(number)
        return {name: (total[0], total[1]) for name, total in totals.items()}

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
        self,
        day: _Date,
        look: int,
        *,
        most: int,
        weights: Draws,
        codes: Codes,
        whole: "WholeDate | None",
    ) -> "_Cumulated | None":
        """Add up whole blocks covering ``look`` rows; None if some draw fills ``most`` only later."""
        last = int(np.searchsorted(day.starts, look, side="left"))
        end = int(day.starts[last]) if last < len(day.starts) else len(day.positions)
        rows = day.positions[:end]
        blocks = np.repeat(np.arange(last), np.diff(day.starts[:last], append=end))
        everybody = whole if end == len(day.positions) else None

        def sums(gains: Floats, known: Draws | None) -> Draws:
            if known is None:
                return _running_sums(gains, blocks, codes[rows], weights)
            # Often the last block is nearly everybody, all tied at nothing: what is in it is what is left over.
            there = int(day.starts[last - 1])
            if not there:
                return known[None, :]
            before = _running_sums(gains[:there], blocks[:there], codes[rows[:there]], weights)
            return np.concatenate([before, known[None, :]])

        size = sums(np.ones(end), everybody.size if everybody else None)
        if end < len(day.positions) and bool((size[-1] < most).any()):
            return None
        labelled = self._labelled[rows]
        return _Cumulated(
            size,
            sums(self._positives[rows], everybody.positives if everybody else None),
            size
            if bool((labelled == 1).all())
            else sums(labelled, everybody.labelled if everybody else None),
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


@dataclass(frozen=True)
class WholeDate:
    """What all rows of one date add up to in every draw; None where sums depend on the order of adding."""

    size: Draws
    positives: Draws | None
    labelled: Draws | None


def whole_dates(
    dates: Sequence[npt.NDArray[np.intp]],
    *,
    positives: Floats,
    labelled: Floats,
    weights: Draws,
    codes: Codes,
) -> list[WholeDate]:
    """Return the sums of every date; of whole numbers only, which add up to the same in any order."""
    gains = [positives, labelled]
    # In 32 bits whole numbers are exact below 2**24; a date has at most as many rows as households are drawn.
    exact = [len(weights) < _EXACT and bool((one == np.round(one)).all()) for one in gains]
    found = []
    for day in dates:
        block = np.zeros(len(day), dtype=np.intp)
        size = _running_sums(np.ones(len(day)), block, codes[day], weights)[0]
        sums = [
            _running_sums(one[day], block, codes[day], weights)[0] if whole else None
            for one, whole in zip(gains, exact, strict=True)
        ]
        found.append(WholeDate(size, *sums))
    return found
