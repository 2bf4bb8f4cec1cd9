"""The only module that talks to Fairlearn: group metrics as it computes them, weights included."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from fairlearn.metrics import (
    MetricFrame,
    count,
    false_negative_rate,
    false_positive_rate,
    mean_prediction,
    selection_rate,
    true_positive_rate,
)

from models.ordering import Floats

METRICS = ("rows", "visited", "missed", "reached", "visited_without_need")


def group_metrics(
    labels: Floats, visited: Floats, groups: npt.ArrayLike, *, weights: Floats
) -> tuple[pd.DataFrame, Mapping[str, float]]:
    """Return one row of metrics per group, and the same of everybody.

    Columns: ``rows`` (a count), ``visited`` (selection rate), ``missed`` (false negative rate), ``reached`` (true positive
    rate), ``visited_without_need`` (false positive rate). A rate whose rows are missing is 0 or NaN: look at the counts.

    Args:
        labels: 1 or 0 per row; every row must have one.
        visited: 1 or 0 per row.
        groups: name of the group of each row.
        weights: how much each row counts.
    """
    weighted = {"sample_weight": weights}
    frame = MetricFrame(
        metrics={
            "rows": count,
            "visited": selection_rate,
            "missed": false_negative_rate,
            "reached": true_positive_rate,
            "visited_without_need": false_positive_rate,
        },
        y_true=labels.astype(int),
        y_pred=visited.astype(int),
        sensitive_features=pd.Series(np.asarray(groups, dtype=object), name="group"),
        sample_params={name: weighted for name in METRICS if name != "rows"},
    )
    return frame.by_group, {str(name): float(value) for name, value in frame.overall.items()}


def visited_shares(visited: Floats, groups: npt.ArrayLike) -> Mapping[str, float]:
    """Return the share visited of every group, also where nobody knows who was in need."""
    frame = MetricFrame(
        metrics=mean_prediction,
        y_true=np.zeros(len(visited)),
        y_pred=visited,
        sensitive_features=pd.Series(np.asarray(groups, dtype=object), name="group"),
    )
    return {str(name): float(value) for name, value in frame.by_group.items()}
