"""What the model looks at, in general and on the list."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from models.plots.canvas import (
    BLUE,
    GREY,
    LIGHT,
    fonts_for_names,
    new_figure,
    plain,
    put_titles,
)


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


def beeswarm(
    contributions: pd.DataFrame,
    values: pd.DataFrame,
    *,
    outcome: str,
    origin: str,
    most: int = 16,
) -> Figure:
    """Draw what moved each household of the list up or down, one dot per household and feature.

    Args:
        contributions: to the log-odds of each row, one column per feature.
        values: the features of the same rows; a dot is coloured by the rank of its value, grey where
            it is unknown or has no order.
        outcome: name of the outcome.
        origin: where data come from.
        most: how many features to show, those with the largest mean absolute contribution.
    """
    moved = contributions.abs().mean().sort_values(kind="stable")
    names = [str(name) for name in moved.index[-most:]]
    title = "Why these households are on the list; influence is not cause, and not blame"
    figure, axes = new_figure(title, outcome, origin, height=1.8 + 0.34 * len(names))
    dots = None
    for place, name in enumerate(names):
        x = contributions[name].to_numpy(dtype=np.float64)
        y = place + _swarm(x)
        ranks = _value_ranks(values[name])
        unknown = np.isnan(ranks)
        axes.scatter(x[unknown], y[unknown], s=5, color=LIGHT, lw=0)
        dots = axes.scatter(
            x[~unknown], y[~unknown], s=5, c=ranks[~unknown], cmap="cividis", vmin=0, vmax=1, lw=0
        )
    axes.axvline(0, color=GREY, lw=1)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set(
        ylim=(-0.7, len(names) - 0.3),
        xlabel=f"moves the log-odds by this much ({len(contributions):,} households of the list)",
    )
    if dots is not None:
        bar = figure.colorbar(dots, ax=axes, ticks=[0, 1], shrink=0.5)
        bar.ax.set_yticklabels(["low value", "high value"], fontsize=8)
        bar.set_label("grey: unknown or a class", fontsize=8)
    return figure


def ablation(
    lines: pd.DataFrame, *, capacity: str, full: float, outcome: str, origin: str
) -> Figure:
    """Draw what each part of the data is worth: precision without it, or with nothing else, minus precision with all.

    Args:
        lines: ``kind``, ``part``, ``difference``, ``difference_low``, ``difference_high`` and
            ``noise`` (the interval holds 0) of :mod:`experiments.ablating`.
        capacity: name of the capacity.
        full: precision with everything.
        outcome: name of the outcome.
        origin: where data come from.
    """
    kinds = list(dict.fromkeys(lines["kind"]))
    sizes = [int((lines["kind"] == kind).sum()) for kind in kinds]
    figure = Figure(figsize=(9, 2.2 + 0.27 * sum(sizes)), layout="constrained")
    panels = np.atleast_1d(figure.subplots(len(kinds), 1, height_ratios=sizes, sharex=True))
    title = f"What each part of the data is worth at {capacity} of households; grey is noise"
    put_titles(figure, title, f"{outcome}; with everything {full:.1%}", origin)
    for axes, kind in zip(panels, kinds, strict=True):
        shown = lines.loc[lines["kind"] == kind].sort_values("difference", ascending=False)
        for place, line in enumerate(shown.to_dict("records")):
            low, value, high = (
                100 * float(line[name])
                for name in ("difference_low", "difference", "difference_high")
            )
            axes.errorbar(
                value,
                place,
                xerr=[[max(0, value - low)], [max(0, high - value)]],
                fmt="o",
                ms=5,
                color=LIGHT if line["noise"] else BLUE,
                capsize=2,
            )
        axes.axvline(0, color=GREY, lw=1)
        axes.set_yticks(
            range(len(shown)), shown["part"].tolist(), fontsize=8, fontfamily=fonts_for_names()
        )
        axes.set(ylabel=kind, ylim=(-0.7, len(shown) - 0.3))
        plain(axes)
    panels[-1].set_xlabel(
        "points of precision against everything, 95 % interval, same households drawn"
    )
    return figure


def _swarm(
    x: npt.NDArray[np.float64], *, bins: int = 80, height: float = 0.4
) -> npt.NDArray[np.float64]:
    """Offsets that spread dots of similar value symmetrically, the fullest bin over ``height``."""
    edges = np.linspace(x.min(), x.max() + 1e-12, bins + 1)
    codes = np.clip(np.digitize(x, edges) - 1, 0, bins - 1)
    places = pd.Series(codes).groupby(codes).cumcount().to_numpy()
    sizes = np.bincount(codes, minlength=bins)[codes]
    side = np.where(places % 2 == 0, 1, -1) * ((places + 1) // 2)
    return np.asarray(height * 2 * side / max(1, sizes.max()))


def _value_ranks(values: pd.Series) -> npt.NDArray[np.float64]:
    if not (pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)):
        return np.full(len(values), np.nan)
    numbers = pd.Series(values.to_numpy(dtype=np.float64, na_value=np.nan))
    if numbers.nunique() < 2:
        return np.where(numbers.isna(), np.nan, 0.5)
    ranks = numbers.rank(method="dense")
    return np.asarray((ranks - 1) / (ranks.max() - 1), dtype=np.float64)
