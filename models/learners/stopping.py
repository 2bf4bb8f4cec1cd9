"""Whom trees are watched on while they grow, so that they stop before they know the households by heart.

Rows of the next month are nearly those of this one, and label windows of half a year share most of their days. Watched
on later rows of the very households they learn from, trees remember households and never stop. So one household in five
is held back with all its rows.
"""

import numpy as np
import pandas as pd

from models.encoding import RowMask
from models.ordering import household_hash

HELD_BACK = 5
"""One household in so many."""
FEWEST_HELD_BACK = 10
"""Positive rows, and negative ones, without which a loss says nothing."""
_SEED = 20260101


def households_held_back(
    train: pd.DataFrame, later: pd.DataFrame, *, label: str
) -> tuple[RowMask, RowMask] | None:
    """Return which rows of both frames belong to households held back.

    None where the frames have no household in common, or too few are held back to tell when to stop: then the later
    rows are watched as they are.

    Args:
        train: ``household_id`` and the label.
        later: the same.
        label: column with 1, 0 or null.
    """
    learned, watched = (
        set(frame.loc[frame[label].notna(), "household_id"]) for frame in (train, later)
    )
    if learned.isdisjoint(watched):
        return None
    held = tuple(_held(frame) for frame in (train, later))
    labels = np.concatenate(
        [
            frame.loc[rows, label].dropna().to_numpy(dtype=np.float64)
            for frame, rows in zip((train, later), held, strict=True)
        ]
    )
    left = train.loc[~held[0], label]
    if min((labels == 1).sum(), (labels == 0).sum()) < FEWEST_HELD_BACK or left.nunique() < 2:
        return None
    return held[0], held[1]


def _held(frame: pd.DataFrame) -> RowMask:
    drawn = household_hash(frame["household_id"], seed=_SEED, salt="held back")
    return np.asarray(drawn % HELD_BACK == 0)
