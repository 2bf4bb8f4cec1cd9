"""How much a list rests on one source: the share of it that changes when the source is gone.

A list that one department's data decide alone is that department's list: it fails when the feed does, and it
passes the department's blind spots on as everybody's.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from models.list_overlap import listed
from models.ordering import Floats
from models.top_of_list import Capacity


def share_replaced(
    frame: pd.DataFrame, scores: Floats, without: Floats, *, capacity: Capacity, seed: int
) -> float:
    """Return the share of the listed rows that are not listed by the other scores.

    Args:
        frame: ``household_id`` and ``as_of_date``; the rows a list could hold. Each date has its own list.
        scores: one per row, with every source.
        without: one per row, after a source was dropped.
        capacity: length of a list.
        seed: of the order of tied households, the same for both.

    Returns:
        0 (the same list) to 1 (nobody stays), over all dates together; how they are ordered within the list
        does not matter.
    """
    before = listed(frame, scores, capacity=capacity, seed=seed)
    after = listed(frame, without, capacity=capacity, seed=seed)
    return float(np.count_nonzero(before & ~after) / np.count_nonzero(before))


def single_source_dependency(
    frame: pd.DataFrame,
    scores: Floats,
    without: Mapping[str, Floats],
    *,
    capacity: Capacity,
    seed: int,
) -> dict[str, float]:
    """Return :func:`share_replaced` per department, the heaviest first.

    Args:
        frame: as there.
        scores: with every department.
        without: per department the scores of a model that was fitted anew without its data, on the
            same splits.
        capacity: as there.
        seed: as there.
    """
    found = {
        name: share_replaced(frame, scores, values, capacity=capacity, seed=seed)
        for name, values in without.items()
    }
    return dict(sorted(found.items(), key=lambda one: (-one[1], one[0])))
