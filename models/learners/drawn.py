"""Rows as a learner sees them; for one with few coefficients every positive, and negatives by lot where there are many."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from models.encoding import Encoding, Matrix, RowMask
from models.learners.learned import labelled, labels_of, weights_of
from models.ordering import Floats

if TYPE_CHECKING:
    from features.registry import Feature


@dataclass(frozen=True)
class LabelledRows:
    """Inputs, labels and weights of the rows learned from, or watched."""

    matrix: Matrix
    labels: Floats
    weights: Floats

    def column(self, place: int) -> Floats:
        """Return one input; unknown is NaN."""
        return self.matrix[:, place].astype(np.float64)

    def some(self, rows: RowMask) -> "LabelledRows":
        """Return some of the rows."""
        return LabelledRows(self.matrix[rows], self.labels[rows], self.weights[rows])

    def and_also(self, others: "LabelledRows") -> "LabelledRows":
        """Return these rows and then ``others``."""
        return LabelledRows(
            np.concatenate([self.matrix, others.matrix]),
            np.concatenate([self.labels, others.labels]),
            np.concatenate([self.weights, others.weights]),
        )


def rows_of(
    frame: pd.DataFrame, wanted: RowMask, encoding: Encoding, *, label: str, weight: str | None
) -> LabelledRows:
    """Return the ``wanted`` rows of ``frame``, all of which have a label."""
    return LabelledRows(
        encoding.matrix(frame, rows=wanted),
        labels_of(frame, wanted, label=label),
        weights_of(frame, wanted, weight=weight),
    )


def draw(
    train: pd.DataFrame,
    later: pd.DataFrame,
    *,
    features: "Sequence[Feature]",
    label: str,
    weight: str | None,
    most: int,
    seed: int,
) -> tuple[Encoding, LabelledRows, LabelledRows]:
    """Return the encoding, rows to learn from and later rows to choose by, ``most`` of each.

    Negatives that were drawn weigh as much more as fewer were kept.

    Raises:
        LearnerError: one of the frames has no labelled positives or no negatives.
    """
    known = labelled(train, label=label, name="training")
    known_later = labelled(later, label=label, name="later")
    encoding = Encoding.learn(train, features, rows=known)
    drawn = [
        _some(frame, rows, encoding, label=label, weight=weight, most=most, seed=seed)
        for frame, rows in ((train, known), (later, known_later))
    ]
    return encoding, drawn[0], drawn[1]


def _some(
    frame: pd.DataFrame,
    known: RowMask,
    encoding: Encoding,
    *,
    label: str,
    weight: str | None,
    most: int,
    seed: int,
) -> LabelledRows:
    labels, weights = (
        labels_of(frame, known, label=label),
        weights_of(frame, known, weight=weight),
    )
    at, negatives = np.flatnonzero(known), np.flatnonzero(labels == 0)
    kept = max(most - int((labels == 1).sum()), min(most // 2, len(negatives)))
    if kept < len(negatives):
        chosen = np.random.default_rng((seed, 29)).choice(negatives, kept, replace=False)
        weights[negatives] *= len(negatives) / kept
        use = np.sort(np.append(np.flatnonzero(labels == 1), chosen))
        at, labels, weights = at[use], labels[use], weights[use]
    wanted = np.zeros(len(frame), dtype=bool)
    wanted[at] = True
    return LabelledRows(encoding.matrix(frame, rows=wanted), labels, weights)
