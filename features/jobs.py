"""Several pieces of work at once, a core each, their answers in order."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_One = TypeVar("_One")
_Found = TypeVar("_Found")

MOST = 2
"""Pieces at once by default: each holds rows of its own in memory."""


def cores_to_use() -> int:
    """Return one job per core of this process, but no more than :data:`MOST`."""
    return min(MOST, len(os.sched_getaffinity(0)))


def side_by_side(
    work: Callable[[_One], _Found], each: Sequence[_One], *, jobs: int
) -> list[_Found]:
    """Return what ``work`` makes of each, in order; what goes wrong with one ends them all.

    Engines, learners and numpy do their work outside Python's lock.
    """
    if jobs == 1 or len(each) < 2:
        return [work(one) for one in each]
    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(work, one) for one in each]
        try:
            return [found.result() for found in waiting]
        finally:
            pool.shutdown(cancel_futures=True)
