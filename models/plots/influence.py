"""What the model looks at, in general and on the list."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from models.plots.canvas import BLUE, plain, put_titles


def top_features(
    gains: pd.Series,
    contributions: pd.DataFrame,
    *,
    outcome: str,
    origin: str,
    most: int = 20,
) -> Figure:
    """Draw the features trees split on most (gain) and those that move scores most.

    Args:
        gains: share of total gain per feature.
        contributions: contributions of a sample of rows, one column per feature.
        outcome: name of the outcome.
        origin: where data come from.
        most: how many features to show.
    """
    moved = contributions[list(gains.index)].abs().mean()
    figure = Figure(figsize=(10, 1.6 + 0.24 * min(most, len(gains))), layout="constrained")
    panels = figure.subplots(1, 2)
    put_titles(
        figure, "What the model looks at; influence is not cause, and not blame", outcome, origin
    )
    for axes, values, label in zip(
        panels,
        (gains, moved),
        ("share of total gain", "mean absolute contribution (log-odds)"),
        strict=True,
    ):
        shown = values.sort_values(kind="stable").tail(most)
        axes.barh(np.arange(len(shown)), shown, color=BLUE)
        axes.set_yticks(np.arange(len(shown)), [str(name) for name in shown.index], fontsize=7)
        axes.set_xlabel(label)
        plain(axes)
    return figure
