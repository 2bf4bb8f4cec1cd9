"""Precision and recall at capacity of every policy on every as_of_date, without intervals.

This is what regret and selection rules read. Like everywhere, tied rows are taken by lot: the figure is the
expected value, with the luckiest and unluckiest order beside it, and households whose answer nobody
knows take up visits but are not graded.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from models.ordering import Floats
from models.top_of_list import Capacity, RankedRows

COLUMNS = [
    "model_group", "as_of_date", "capacity", "visits", "graded_visits", "labelled", "positives",
    "precision", "precision_best", "precision_worst", "recall",
]  # fmt: skip


def dated_figures(
    frame: pd.DataFrame,
    scores: Mapping[str, Floats],
    *,
    capacities: Sequence[Capacity],
    label: str = "label",
) -> pd.DataFrame:
    """Return one row per policy (``model_group``), as_of_date and capacity.

    Args:
        frame: ``household_id``, ``as_of_date`` and the label: the rows a list could hold.
        scores: one score per row and policy, higher is visited sooner; NaN comes last.
        capacities: where to cut each date's list.
        label: column with 1, 0 or null.

    Returns:
        :data:`COLUMNS`. Precision is null where no graded household could be on the list, recall where
        nobody is known to be in need.
    """
    labels = frame[label].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    known = ~np.isnan(labels)
    positive = np.where(known, labels, 0.0)
    codes, days = pd.factorize(pd.to_datetime(frame["as_of_date"]), sort=True)
    lines: list[tuple[object, ...]] = []
    for code, day in enumerate(days):
        rows = np.flatnonzero(codes == code)
        in_need = float(positive[rows].sum())
        for name, values in scores.items():
            ranked = RankedRows(
                np.asarray(values, dtype=np.float64),
                positives=positive,
                labelled=known.astype(np.float64),
                dates=[rows],
            )
            for capacity in capacities:
                found = ranked.tallies(capacity)
                graded = found.labelled
                lines.append(
                    (
                        name,
                        day,
                        capacity.name,
                        capacity.of(len(rows)),
                        graded,
                        int(known[rows].sum()),
                        int(in_need),
                        _share(found.positives, graded),
                        min(1.0, _share(found.best, graded)) if graded else float("nan"),
                        _share(found.worst, graded),
                        _share(found.positives, in_need),
                    )
                )
    return pd.DataFrame(lines, columns=COLUMNS)


def comparable(
    table: pd.DataFrame, *, metric: str, capacity: str
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the figures at one capacity that can be compared over dates, and who was left out.

    Dates on which nobody's figure is known (labels not closed, nobody looked) are dropped for all. A
    group that has no figure on some other date is left out, with the number of such dates: its mean would
    be over other dates than everybody else's.
    """
    here = table.loc[table["capacity"] == capacity]
    known_days = here.loc[here[metric].notna(), "as_of_date"].unique()
    here = here.loc[here["as_of_date"].isin(known_days)]
    missing = here.loc[here[metric].isna()].groupby("model_group").size()
    left_out = {str(name): int(number) for name, number in missing.items()}
    return here.loc[~here["model_group"].isin(left_out)].reset_index(drop=True), left_out


def _share(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")
