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
    labels: Floats, visited: Floats, groups: npt.ArrayLike, *, weights: Floats
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
    frame = MetricFrame(
        metrics=metrics,
        y_true=labels.astype(int),
        y_pred=visited.astype(int),
        sensitive_features=pd.Series(np.asarray(groups, dtype=object), name="group"),
        sample_params={name: {"sample_weight": weights} for name in metrics},
    )
    found: pd.DataFrame = frame.by_group
    return found


def visited_shares(visited: Floats, groups: npt.ArrayLike) -> Mapping[str, float]:
    """Return the share visited of every group, also where nobody knows who was in need."""
    frame = MetricFrame(
        metrics=mean_prediction,
        y_true=np.zeros(len(visited)),
        y_pred=visited,
        sensitive_features=pd.Series(np.asarray(groups, dtype=object), name="group"),
    )
    return {str(name): float(value) for name, value in frame.by_group.items()}
