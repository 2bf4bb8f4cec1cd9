"""The only module that talks to Fairlearn: group metrics as it computes them, weights included."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from fairlearn.metrics import (
    MetricFrame,
    false_negative_rate,
    false_positive_rate,
    mean_prediction,
)

from models.ordering import Floats


def group_metrics(
    labels: Floats, visited: Floats, groups: "pd.Categorical[str]", *, weights: Floats
) -> pd.DataFrame:
    """Return one row per group: ``missed`` (false negative rate), ``visited_without_need`` (false positive rate).

    A rate of a group without rows of its kind is 0: look at the counts first.

    Args:
        labels: 1 or 0 per row; every row must have one.
        visited: 1 or 0 per row.
        groups: name of the group of each row.
        weights: how much each row counts.
    """
    metrics = {"missed": false_negative_rate, "visited_without_need": false_positive_rate}
    cells = _cells(groups, weights, label=labels.astype(int), visited=visited.astype(int))
    frame = MetricFrame(
        metrics=metrics,
        y_true=cells["label"],
        y_pred=cells["visited"],
        sensitive_features=cells["group"],
        sample_params={name: {"sample_weight": cells["weight"]} for name in metrics},
    )
    found: pd.DataFrame = frame.by_group
    return found


def visited_shares(visited: Floats, groups: "pd.Categorical[str]") -> Mapping[str, float]:
    """Return the share visited of every group, also where nobody knows who was in need."""
    cells = _cells(groups, np.ones(len(visited)), visited=visited)
    frame = MetricFrame(
        metrics=mean_prediction,
        y_true=np.zeros(len(cells)),
        y_pred=cells["visited"],
        sensitive_features=cells["group"],
        sample_params={"sample_weight": cells["weight"]},
    )
    return {str(name): float(value) for name, value in frame.by_group.items()}


def _cells(
    groups: "pd.Categorical[str]", weights: Floats, **columns: npt.NDArray[np.generic]
) -> pd.DataFrame:
    """Return one row per group and combination of ``columns``, with the weight of all rows like it.

    The rates depend on nothing else, and Fairlearn takes a few microseconds of Python for every row.
    """
    rows = pd.DataFrame({"group": groups, **columns, "weight": weights})
    cells = rows.groupby(["group", *columns], sort=False, observed=True)["weight"].sum()
    found: pd.DataFrame = cells.reset_index().astype({"group": "object"})
    return found
