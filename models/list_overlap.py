"""How alike two lists are: of two models on one date, or of one model on two dates.

A list is the best rows of one as_of_date up to the capacity, in the order everybody is listed in (score,
then a seeded hash of the household), so that ties are cut the same way for every policy.
"""

from collections.abc import Mapping
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.ordering import Floats, ranks
from models.top_of_list import Capacity

Rows = npt.NDArray[np.bool_]


def listed(frame: pd.DataFrame, scores: Floats, *, capacity: Capacity, seed: int) -> Rows:
    """Return which rows are on the list of their own as_of_date.

    Raises:
        ValueError: a household appears twice on one date.
    """
    place = ranks(frame, scores, seed=seed)
    sizes = frame.groupby("as_of_date")["household_id"].transform("size").to_numpy()
    visits = {size: capacity.of(int(size)) for size in np.unique(sizes)}
    return np.asarray(place <= np.vectorize(visits.__getitem__, otypes=[np.int64])(sizes))


def jaccard(one: Rows, other: Rows) -> float:
    """Return the share of the rows on either list that are on both; NaN where both are empty."""
    either = np.count_nonzero(one | other)
    return float(np.count_nonzero(one & other) / either) if either else float("nan")


def rank_agreement(one: Floats, other: Floats) -> float:
    """Return Spearman's rank correlation of two scores, tied rows sharing their mean rank.

    NaN where one of them puts nobody before anybody, or with fewer than two rows; a row without a score
    comes last.
    """
    if len(one) < 2:
        return float("nan")
    first, second = (
        pd.Series(np.nan_to_num(scores, nan=-np.inf)).rank(method="average").to_numpy()
        for scores in (one, other)
    )
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def overlap_table(
    frame: pd.DataFrame,
    scores: Mapping[str, Floats],
    *,
    capacity: Capacity,
    seed: int,
) -> pd.DataFrame:
    """Compare the lists of every two policies, date by date.

    Args:
        frame: ``household_id`` and ``as_of_date``; the rows a list could hold.
        scores: one score per row and policy; the order of policies is kept.
        capacity: length of a list.
        seed: of the order of tied households.

    Returns:
        One row per pair: ``policy, other, capacity, dates, jaccard, jaccard_lowest`` (mean and lowest over
        dates), ``rank_all`` (Spearman over everybody) and ``rank_listed`` (over those on either list),
        means over dates.
    """
    on = {
        name: listed(frame, values, capacity=capacity, seed=seed) for name, values in scores.items()
    }
    codes = pd.factorize(frame["as_of_date"])[0]
    dates = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    lines = []
    for one, other in combinations(scores, 2):
        alike, everybody, either = [], [], []
        for rows in dates:
            mine, theirs = on[one][rows], on[other][rows]
            scores_of = scores[one][rows], scores[other][rows]
            union = mine | theirs
            alike.append(jaccard(mine, theirs))
            everybody.append(rank_agreement(*scores_of))
            either.append(rank_agreement(scores_of[0][union], scores_of[1][union]))
        lines.append(
            {
                "policy": one,
                "other": other,
                "capacity": capacity.name,
                "dates": len(dates),
                "jaccard": float(np.mean(alike)),
                "jaccard_lowest": float(np.min(alike)),
                "rank_all": _mean(everybody),
                "rank_listed": _mean(either),
            }
        )
    return pd.DataFrame(lines)


def churn_table(
    frame: pd.DataFrame, scores: Mapping[str, Floats], *, capacity: Capacity, seed: int
) -> pd.DataFrame:
    """Return how much of each list was not on the list of the date before.

    Households that left the cohort since cannot stay on a list: they are counted apart, in ``gone``.

    Returns:
        One row per policy and as_of_date but the first: ``policy, as_of_date, since`` (the date
        before), ``listed, new, stayed, churn`` (new / listed) and ``gone`` (on the list before, not in the
        cohort now).
    """
    lines = []
    for name, values in scores.items():
        on = listed(frame, values, capacity=capacity, seed=seed)
        before: set[str] = set()
        since = None
        for day, rows in frame.assign(_on=on).groupby("as_of_date", sort=True):
            now = set(rows.loc[rows["_on"], "household_id"])
            if since is not None:
                lines.append(
                    {
                        "policy": name,
                        "as_of_date": day,
                        "since": since,
                        "listed": len(now),
                        "new": len(now - before),
                        "stayed": len(now & before),
                        "churn": len(now - before) / len(now),
                        "gone": len(before - set(rows["household_id"])),
                    }
                )
            before, since = now, day
    return pd.DataFrame(
        lines,
        columns=["policy", "as_of_date", "since", "listed", "new", "stayed", "churn", "gone"],
    )


def _mean(values: list[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")
