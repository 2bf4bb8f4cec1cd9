"""Who is learned from and who is judged: later periods where there is time, other units where there is none."""

import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from experiments.any_table.files import TableRefused
from models.ordering import Floats

Rows = npt.NDArray[np.intp]
Codes = npt.NDArray[np.intp]

LARGE = 200_000
"""From so many rows on, one part is judged instead of five: it is precise enough and five would take five times as long."""
LARGE_INSIDE = 50_000
"""From so many rows on, one part held back tells learners apart as well as four."""


@dataclass(frozen=True)
class Fold:
    """Rows to learn from and rows to be judged on."""

    name: str
    train: Rows
    test: Rows


def outer_folds(units: Codes, labels: Floats, times: Codes | None, *, seed: int) -> list[Fold]:
    """Return folds whose test rows never overlap.

    With time, each fold learns from everything before a block of periods and is judged on the block; the blocks are
    the last third of the rows. Without, units are dealt to five parts, positives spread evenly.

    Raises:
        TableRefused: no split leaves both classes on both sides.
    """
    large = len(labels) > LARGE
    folds = (
        _by_time(times, blocks=1 if large else 3, share=0.25 if large else 0.35)
        if times is not None
        else _by_unit(units, labels, parts=5, seed=seed)[: 1 if large else 5]
    )
    usable = [fold for fold in folds if _both_classes(labels, fold)]
    if not usable:
        raise TableRefused(
            "no split leaves rows of both kinds to learn from and to be judged on; give more periods or rows,"
            " or leave --time out"
        )
    return usable


def inner_folds(units: Codes, labels: Floats, times: Codes | None, *, seed: int) -> list[Fold]:
    """Return folds inside rows to learn from, of the same kind as the outer ones."""
    large = len(labels) > LARGE_INSIDE
    if times is not None and len(np.unique(times)) >= 4:
        folds = _by_time(times, blocks=1 if large else 3, share=0.3 if large else 0.5)
        usable = [fold for fold in folds if _both_classes(labels, fold)]
        if usable:
            return usable
    folds = _by_unit(units, labels, parts=4, seed=seed + 1)
    return [fold for fold in folds[: 1 if large else 4] if _both_classes(labels, fold)]


def _both_classes(labels: Floats, fold: Fold) -> bool:
    sides = (labels[fold.train], labels[fold.test])
    return all(len(side) and 0 < side.sum() < len(side) for side in sides)


def _by_time(times: Codes, *, blocks: int, share: float) -> list[Fold]:
    counts = np.bincount(times)
    before = np.concatenate([[0], np.cumsum(counts)]) / len(times)
    starts = sorted(
        {
            int(np.searchsorted(before, 1 - share + share * block / blocks, side="left"))
            for block in range(blocks)
        }
    )
    starts = [min(max(start, 1), len(counts) - 1) for start in starts]
    edges = [*sorted(set(starts)), len(counts)]
    return [
        Fold(
            f"periods {first + 1} to {last} of {len(counts)}",
            np.flatnonzero(times < first),
            np.flatnonzero((times >= first) & (times < last)),
        )
        for first, last in itertools.pairwise(edges)
    ]


def _by_unit(units: Codes, labels: Floats, *, parts: int, seed: int) -> list[Fold]:
    """Deal units to parts by lot, those with a positive row first, so that each part gets its share."""
    count = int(units.max()) + 1
    positive = np.bincount(units, weights=labels, minlength=count) > 0
    drawn = np.random.default_rng((seed, 11)).permutation(count)
    part = np.empty(count, dtype=np.intp)
    for kind in (True, False):
        here = drawn[positive[drawn] == kind]
        part[here] = np.arange(len(here)) % parts
    of_rows = part[units]
    return [
        Fold(
            f"part {one + 1} of {parts}",
            np.flatnonzero(of_rows != one),
            np.flatnonzero(of_rows == one),
        )
        for one in range(parts)
    ]
