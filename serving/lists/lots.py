"""Drawing lots that anyone can draw again: seeded by the policy, the date and an id.

The random slice is the only unbiased window on the households the model does not point at, so every
draw carries the exact probability it was made with.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from math import floor


def lot(*, seed: str, as_of_date: date, key: str) -> float:
    """Return a number in [0, 1) that depends on nothing but the arguments."""
    digest = hashlib.sha256(f"{seed}|{as_of_date.isoformat()}|{key}".encode()).digest()
    return int.from_bytes(digest[:7], "big") / 2**56


def expected_slots(
    *, share: float, capacity: Mapping[str, int], most: Mapping[str, int], at_least_one: bool
) -> dict[str, float]:
    """Return how many slots each grid of one street gives up on average.

    ``share`` of its ``capacity``, never more than ``most`` (places that can be given, or households
    there are). ``at_least_one`` raises the shares of a small street until it gives one in all.
    """
    if share == 0:
        return dict.fromkeys(capacity, 0.0)
    wanted = {grid: share * places for grid, places in capacity.items()}
    together = sum(min(wanted[grid], most[grid]) for grid in wanted)
    if at_least_one and 0 < together < 1:
        wanted = {grid: slots / together for grid, slots in wanted.items()}
    return {grid: min(slots, float(most[grid])) for grid, slots in wanted.items()}


def whole_slots(expected: Mapping[str, float], *, start: float) -> dict[str, int]:
    """Round each expectation up or down from a common random ``start`` in [0, 1) (systematic sampling).

    Each grid gets ``ceil`` with exactly the probability of its fraction, and the sum over the grids
    is the rounded-up or rounded-down sum of the expectations.
    """
    slots: dict[str, int] = {}
    reached = start
    for grid in sorted(expected):
        before = reached
        # Rounded to a millionth: sums such as 0.1 + 0.2 must not cross a whole number by dust.
        reached = round(before + expected[grid], 6)
        slots[grid] = floor(reached) - floor(before)
    return slots


def draw(households: Sequence[str], *, slots: int, seed: str, as_of_date: date) -> list[str]:
    """Return ``slots`` of ``households``, each equally likely, whatever their order."""
    by_lot = sorted(
        households,
        key=lambda household: (lot(seed=seed, as_of_date=as_of_date, key=household), household),
    )
    return by_lot[:slots]
