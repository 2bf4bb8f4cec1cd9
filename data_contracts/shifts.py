"""The statistics behind set checks: has a distribution moved, a unit changed, did two codes change places.

Everything is computed from counts (:mod:`data_contracts.sketches`). What chance alone explains is told apart
from a shift, so a file of twenty rows is not accused of being unlike one of twenty thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log, log10, sqrt
from statistics import median

from data_contracts.sketches import NumberSketch

CELLS = 10
"""Numbers are compared in tenths of what is usual, as credit scoring does."""
CHANCE_Z = 4.26
"""Standard normal quantile of one in a hundred thousand: thousands of comparisons a year, no false one expected."""
ALIKE = 0.5
"""Added to every count, so that an empty cell is rare instead of impossible."""
POWERS = (1, 2, 3, 4)
"""Unit slips worth looking for: 10, fen for yuan, kWh for MWh, yuan for 万元."""
NEAR = 0.25
"""A ratio within 10**0.25 (1.8 times) of a power of ten is near it."""
UNIT_Z = 5.0
"""The ratio must also lie this many standard errors from 1."""
EVIDENCE = 12.0
"""Nats: a swap must explain the counts e**12 (160,000) times better than the codes as they stand."""
SWAP_SHIFT = 0.1
"""Below this index the two codes come as usual and there is nothing to explain; 0.1 is "no change" in scoring."""

NULL = "null"
"""The cell of rows without a value."""

Counts = Mapping[str, int] | Mapping[str, float]


@dataclass(frozen=True)
class Shift:
    """A population stability index and the part of it that chance explains for samples this small."""

    index: float
    by_chance: float


def stability(now: Counts, usual: Counts) -> Shift:
    """Return how far ``now`` has moved from ``usual``, cell by cell.

    Without a shift, index / (1/n + 1/m) follows chi-squared with cells - 1 degrees of freedom (Yurdakul and
    Naranjo, Statistical properties of the population stability index, 2020); ``by_chance`` is its quantile
    at :data:`CHANCE_Z` by the Wilson-Hilferty approximation. Deliveries differ by more than sampling, which
    no quantile knows: the tolerance in the contract is for that.
    """
    cells = sorted({*now, *usual})
    n, m = sum(now.values()), sum(usual.values())
    if not n or not m or len(cells) < 2:
        return Shift(0.0, 0.0)
    index = 0.0
    for cell in cells:
        here = (now.get(cell, 0) + ALIKE) / (n + ALIKE * len(cells))
        there = (usual.get(cell, 0) + ALIKE) / (m + ALIKE * len(cells))
        index += (here - there) * log(here / there)
    free = len(cells) - 1
    spread = 2 / (9 * free)
    chi_squared = free * (1 - spread + CHANCE_Z * sqrt(spread)) ** 3
    return Shift(index, (1 / n + 1 / m) * chi_squared)


def in_cells(
    now: NumberSketch, usual: Sequence[NumberSketch]
) -> tuple[dict[str, float], dict[str, float]]:
    """Return the rows of ``now`` and of all of ``usual`` in at most :data:`CELLS` common cells, and nulls.

    Cells hold about the same share of the usual rows each; nulls are a cell of their own, since a column that
    falls empty has shifted too.
    """
    together = pooled([_places(sketch) for sketch in usual])
    nulls = together.pop(NULL, 0.0)
    cell_of: dict[str, str] = {}
    total, seen = sum(together.values()), 0.0
    here = _places(now)
    for place in sorted({*together, *here} - {NULL}, key=int):
        cell_of[place] = str(min(CELLS - 1, int(CELLS * seen / total))) if total else "0"
        seen += together.get(place, 0.0)
    counted: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for place, cell in cell_of.items():
        for side, count in zip(counted, (here.get(place, 0), together.get(place, 0)), strict=True):
            if count:
                side[cell] = side.get(cell, 0.0) + count
    for side, count in zip(counted, (now.nulls, nulls), strict=True):
        if count:
            side[NULL] = float(count)
    return counted


def _places(sketch: NumberSketch) -> dict[str, int]:
    return {**{str(place): count for place, count in sketch.bins.items()}, NULL: sketch.nulls}


def unit_slip(now: NumberSketch, usual: Sequence[float]) -> int | None:
    """Return the power of ten by which the unit seems to have changed, None when it seems the same.

    ``usual`` are the recent medians of positive numbers. A median of few, widely spread numbers is uncertain:
    its standard error is taken from the quartiles (1.25 sigma / sqrt(n)), on the logarithm. Where kinds with
    different amounts are mixed, medians jump between them; a median near one there was before is no slip.
    """
    if now.median is None or now.quartiles is None or not usual:
        return None
    moved = log10(now.median / median(usual))
    nearest = min(abs(log10(now.median / one)) for one in usual)
    low, high = now.quartiles
    error = 1.25 * log10(high / low) / 1.349 / sqrt(now.positive)
    power = round(moved)
    far = nearest > 2 * NEAR and abs(moved) > UNIT_Z * error
    if abs(power) not in POWERS or abs(moved - power) > NEAR or not far:
        return None
    return power


def pooled(deliveries: Sequence[Counts]) -> dict[str, float]:
    """Return the counts of several deliveries together, none counting for more than the median one.

    A feed begins with everything that stands in the books and goes on with changes; the first file would
    otherwise outweigh a year of the others.
    """
    sizes = [sum(counts.values()) for counts in deliveries]
    most = median(sizes) if sizes else 0
    together: dict[str, float] = {}
    for counts, size in zip(deliveries, sizes, strict=True):
        weight = min(1.0, most / size) if size else 0.0
        for cell, count in counts.items():
            together[cell] = together.get(cell, 0.0) + weight * count
    return together


@dataclass(frozen=True)
class Swap:
    """Two codes that seem to have changed places; shares are of the rows with either of them."""

    codes: tuple[str, str]
    usual_share: float
    share: float


Pairs = Mapping[str, Counts]
"""Rows by code and cell of the companion column; without a companion there is one cell."""


def swapped_codes(now: Pairs, usual: Sequence[Pairs], *, by_companion: bool) -> Swap | None:
    """Return the two codes that best seem to have changed places, None when none do.

    A pair is told when the counts are far likelier with the two exchanged (:data:`EVIDENCE`), the pair does
    not come as usual (:data:`SWAP_SHIFT`), and exchanging them back takes away at least half of the shift.

    With a companion only what goes with each code counts, not how often it comes: codes may have a season
    (heating in winter). Without one, frequencies must do; the share of the one among both must then be one
    that no recent delivery had, and its opposite one that lies among the recent ones.
    """
    codes = sorted({code for pairs in usual for code in pairs})
    best: tuple[float, Swap] | None = None
    for one, other in combinations(codes, 2):
        found = _swap(now, usual, one, other, by_companion)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
    return None if best is None else best[1]


def _swap(
    now: Pairs, usual: Sequence[Pairs], one: str, other: str, by_companion: bool
) -> tuple[float, Swap] | None:
    a, b = now.get(one, {}), now.get(other, {})
    usual_a = pooled([pairs.get(one, {}) for pairs in usual])
    usual_b = pooled([pairs.get(other, {}) for pairs in usual])
    shares = [_share(pairs.get(one, {}), pairs.get(other, {})) for pairs in usual]
    told = [share for share in shares if share is not None]
    share = _share(a, b)
    if share is None or not told or not usual_a or not usual_b:
        return None
    if by_companion:
        evidence = _evidence(a, usual_a, usual_b) + _evidence(b, usual_b, usual_a)
        shift = _moved(a, usual_a) + _moved(b, usual_b)
        rest = _moved(a, usual_b) + _moved(b, usual_a)
    else:
        low, high = min(told), max(told)
        if low <= share <= high or not low <= 1 - share <= high:
            return None
        counted = sum(usual_a.values()) + sum(usual_b.values())
        typical = (median(told) * counted + ALIKE) / (counted + 2 * ALIKE)
        n_a, n_b = float(sum(a.values())), float(sum(b.values()))
        evidence = (n_a - n_b) * log((1 - typical) / typical)
        before = {"a": typical * counted, "b": (1 - typical) * counted}
        shift = _moved({"a": n_a, "b": n_b}, before)
        rest = _moved({"a": n_b, "b": n_a}, before)
    if evidence < EVIDENCE or shift < SWAP_SHIFT or rest > shift / 2:
        return None
    return evidence, Swap((one, other), median(told), share)


def _evidence(cells: Counts, own: Counts, others: Counts) -> float:
    """Return by how many nats cells are likelier as those of another code than as its own."""
    names = {*cells, *own, *others}
    mine, theirs = sum(own.values()), sum(others.values())
    nats = 0.0
    for name, count in cells.items():
        as_own = (own.get(name, 0) + ALIKE) / (mine + ALIKE * len(names))
        as_other = (others.get(name, 0) + ALIKE) / (theirs + ALIKE * len(names))
        nats += count * log(as_other / as_own)
    return nats


def _moved(cells: Counts, usual: Counts) -> float:
    return stability(cells, usual).index


def _share(one: Counts, other: Counts) -> float | None:
    rows = sum(one.values()) + sum(other.values())
    return sum(one.values()) / rows if rows else None
