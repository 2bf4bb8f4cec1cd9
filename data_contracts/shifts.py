"""The statistics behind set checks: has a distribution moved, a unit changed, did two codes change places.

Everything is computed from counts (:mod:`data_contracts.sketches`). What chance alone explains is told apart
from a shift, so a file of twenty rows is not accused of being unlike one of twenty thousand.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log, log10, sqrt

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

Counts = Mapping[str, int]


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
) -> tuple[dict[str, int], dict[str, int]]:
    """Return the rows of ``now`` and of all of ``usual`` in at most :data:`CELLS` common cells, and nulls.

    Cells hold about the same share of the usual rows each; nulls are a cell of their own, since a column that
    falls empty has shifted too.
    """
    pooled: Counter[int] = Counter()
    for sketch in usual:
        pooled.update(sketch.bins)
    cell_of: dict[int, str] = {}
    total, seen = sum(pooled.values()), 0
    for place in sorted({*pooled, *now.bins}):
        cell_of[place] = str(min(CELLS - 1, CELLS * seen // total)) if total else "0"
        seen += pooled[place]
    counted: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for place, count in now.bins.items():
        counted[0][cell_of[place]] += count
    for place, count in pooled.items():
        counted[1][cell_of[place]] += count
    counted[0]["null"] = now.nulls
    counted[1]["null"] = sum(sketch.nulls for sketch in usual)
    return dict(+counted[0]), dict(+counted[1])


def unit_slip(now: NumberSketch, usual: float) -> int | None:
    """Return the power of ten by which the unit seems to have changed, None when it seems the same.

    ``usual`` is the recent median of medians of positive numbers. A median of few, widely spread numbers is
    uncertain: its standard error is taken from the quartiles (1.25 sigma / sqrt(n)), on the logarithm.
    """
    if now.median is None or now.quartiles is None or usual <= 0:
        return None
    moved = log10(now.median / usual)
    low, high = now.quartiles
    error = 1.25 * log10(high / low) / 1.349 / sqrt(now.positive)
    power = round(moved)
    if abs(power) not in POWERS or abs(moved - power) > NEAR or abs(moved) < UNIT_Z * error:
        return None
    return power


@dataclass(frozen=True)
class Swap:
    """Two codes that seem to have changed places; shares are of the rows with either of them."""

    codes: tuple[str, str]
    usual_share: float
    share: float


def swapped_codes(now: Mapping[str, Counts], usual: Mapping[str, Counts]) -> Swap | None:
    """Return the two codes that best seem to have changed places, None when none do.

    Args:
        now: rows by code and companion cell.
        usual: the same of the pooled recent deliveries.

    A pair is told when the counts are far likelier with the two exchanged (:data:`EVIDENCE`), the pair does
    not come as usual (:data:`SWAP_SHIFT`), and exchanging them back takes away at least half of the shift.
    """
    best: tuple[float, Swap] | None = None
    for one, other in combinations(sorted(usual), 2):
        found = _swap(now, usual, one, other)
        if found is not None and (best is None or found[0] > best[0]):
            best = found
    return None if best is None else best[1]


def _swap(
    now: Mapping[str, Counts], usual: Mapping[str, Counts], one: str, other: str
) -> tuple[float, Swap] | None:
    a, b = now.get(one, {}), now.get(other, {})
    usual_a, usual_b = usual[one], usual[other]
    evidence = 0.0
    for cell in {*a, *b}:
        ratio = (usual_b.get(cell, 0) + ALIKE) / (usual_a.get(cell, 0) + ALIKE)
        evidence += (a.get(cell, 0) - b.get(cell, 0)) * log(ratio)
    if evidence < EVIDENCE:
        return None
    as_usual = {**_named("a", usual_a), **_named("b", usual_b)}
    shift = stability({**_named("a", a), **_named("b", b)}, as_usual).index
    rest = stability({**_named("a", b), **_named("b", a)}, as_usual).index
    if shift < SWAP_SHIFT or rest > shift / 2:
        return None
    n_a, n_b = sum(a.values()), sum(b.values())
    m_a, m_b = sum(usual_a.values()), sum(usual_b.values())
    return evidence, Swap((one, other), m_a / (m_a + m_b), n_a / (n_a + n_b))


def _named(code: str, cells: Counts) -> dict[str, int]:
    return {f"{code} {cell}": count for cell, count in cells.items()}
