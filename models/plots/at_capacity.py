"""What policies reach with the visits there are."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from models.evaluation import AtCapacity, Evaluation
from models.plots.canvas import (
    BLUE,
    GREY,
    LIGHT,
    RED,
    draw_line,
    in_percent,
    new_figure,
    put_titles,
)
from models.resampling import Interval


def precision_at_capacity(
    curves: Mapping[str, pd.DataFrame],
    *,
    capacity_share: float,
    base_rate: float,
    outcome: str,
    origin: str,
) -> Figure:
    """Draw precision against the share visited, one curve per policy, the first one with its band.

    Args:
        curves: per policy the table of :func:`models.evaluation.precision_curve`; the policy of
            interest first.
        capacity_share: share that can really be visited; marked.
        base_rate: share of positives among everybody.
        outcome: name of the outcome.
        origin: ``simulated district`` or ``real households``.
    """
    figure, axes = new_figure(
        "How many visits find need: higher is better, read it at the dotted capacity",
        outcome,
        origin,
    )
    for place, (policy, curve) in enumerate(curves.items()):
        draw_line(axes, curve["share"], curve["precision"], label=policy, place=place)
        if place == 0:
            axes.fill_between(
                curve["share"], curve["low"], curve["high"], color=BLUE, alpha=0.15, lw=0
            )
    axes.axhline(base_rate, color=GREY, lw=1)
    _write_on_line(axes, base_rate, f"everybody: {base_rate:.1%}")
    axes.axvline(capacity_share, color=GREY, lw=1, ls=":")
    axes.set(xscale="log", ylim=(0, None), xlabel="share of households visited", ylabel="precision")
    in_percent(axes.xaxis, axes.yaxis)
    axes.legend(frameon=False, fontsize=8)
    return figure


def policies(evaluation: Evaluation, *, capacity: str, outcome: str, origin: str) -> Figure:
    """Draw precision with its interval for every policy at one capacity, best on top."""
    table = evaluation.table()
    table = table.loc[table["capacity"] == capacity].sort_values("precision", kind="stable")
    figure, axes = new_figure(
        f"Precision at {capacity} of households: the model against what staff could do without it",
        outcome,
        origin,
        height=1.6 + 0.28 * len(table),
    )
    places = np.arange(len(table))
    errors = np.clip(
        [
            table["precision"] - table["precision_low"],
            table["precision_high"] - table["precision"],
        ],
        0,
        None,
    )
    axes.errorbar(
        table["precision"], places, xerr=errors, fmt="o", color=BLUE, ecolor=LIGHT, capsize=2
    )
    axes.axvline(evaluation.base_rate, color=GREY, lw=1, ls=":")
    axes.set_yticks(places, table["policy"].tolist(), fontsize=8)
    axes.set(
        xlim=(0, None),
        ylim=(-0.7, len(table) - 0.3),
        xlabel="precision, 95 % interval; dotted: everybody",
    )
    in_percent(axes.xaxis)
    return figure


def gain(
    curves: Mapping[str, pd.DataFrame], *, base_rate: float, outcome: str, origin: str
) -> Figure:
    """Draw the share of all need found (gain) and the lift over random, against the share visited."""
    figure = Figure(figsize=(9, 4.6), layout="constrained")
    found, lift = figure.subplots(1, 2)
    put_titles(
        figure, "How much of all need is found, and how far ahead of chance", outcome, origin
    )
    for place, (policy, curve) in enumerate(curves.items()):
        draw_line(found, curve["share"], curve["recall"], label=policy, place=place)
        draw_line(lift, curve["share"], curve["precision"] / base_rate, label=policy, place=place)
    found.plot([0, 1], [0, 1], color=GREY, lw=1)
    found.set(xlabel="share of households visited", ylabel="share of need found", ylim=(0, 1.02))
    lift.axhline(1, color=GREY, lw=1)
    lift.set(
        xlabel="share of households visited",
        ylabel="times better than random visits",
        xscale="log",
        ylim=(0, None),
    )
    in_percent(found.xaxis, found.yaxis, lift.xaxis)
    found.legend(frameon=False, fontsize=8)
    return figure


def precision_and_recall(
    curves: Mapping[str, pd.DataFrame],
    *,
    others: Mapping[str, pd.DataFrame],
    by_lot: Mapping[str, AtCapacity],
    capacity_share: float,
    base_rate: float,
    outcome: str,
    origin: str,
) -> Figure:
    """Draw precision and recall against the share visited, every baseline grey behind those named.

    Args:
        curves: per policy the table of :func:`models.curves.precision_curve`; the policy of interest
            first, with its band.
        others: likewise, for policies that are only to be seen in the crowd.
        by_lot: what the random slice says of the policy of interest, by capacity; may be empty.
        capacity_share: share that can really be visited; marked.
        base_rate: share of positives among everybody.
        outcome: name of the outcome.
        origin: ``simulated district`` or ``real households``.
    """
    figure = Figure(figsize=(11, 5), layout="constrained")
    precision, recall = figure.subplots(1, 2)
    title = (
        "How many visits find need, and how much of all need they find: read it at the dotted line"
    )
    put_titles(figure, title, outcome, origin)
    for place, curve in enumerate(others.values()):
        label = f"{len(others)} other baselines" if place == 0 else None
        precision.plot(curve["share"], curve["precision"], color=LIGHT, lw=0.6, label=label)
        recall.plot(curve["share"], curve["recall"], color=LIGHT, lw=0.6)
    for place, (policy, curve) in enumerate(curves.items()):
        draw_line(precision, curve["share"], curve["precision"], label=policy, place=place)
        draw_line(recall, curve["share"], curve["recall"], label=policy, place=place)
        if place == 0:
            precision.fill_between(
                curve["share"], curve["low"], curve["high"], color=BLUE, alpha=0.15, lw=0
            )
    for axes, read in ((precision, "precision"), (recall, "recall")):
        _random_slice(axes, by_lot, read)
        axes.axvline(capacity_share, color=GREY, lw=1, ls=":")
        axes.set(xscale="log", ylim=(0, None), xlabel="share of households visited", ylabel=read)
        in_percent(axes.xaxis, axes.yaxis)
    precision.axhline(base_rate, color=GREY, lw=1)
    _write_on_line(precision, base_rate, f"everybody: {base_rate:.1%}")
    figure.legend(
        *precision.get_legend_handles_labels(),
        frameon=False,
        fontsize=8,
        ncols=4,
        loc="outside lower center",
    )
    return figure


def _random_slice(axes: Axes, by_lot: Mapping[str, AtCapacity], read: str) -> None:
    for place, at in enumerate(by_lot.values()):
        value: Interval = getattr(at, read)
        axes.errorbar(
            float(at.capacity.rstrip("%")) / 100,
            value.value,
            yerr=[[max(0, value.value - value.low)], [max(0, value.high - value.value)]],
            fmt="D",
            ms=5,
            color=RED,
            capsize=3,
            label="the model by the random slice, 95 %" if place == 0 else None,
        )


def _write_on_line(axes: Axes, height: float, text: str) -> None:
    axes.annotate(
        text,
        (1, height),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="bottom",
        color=GREY,
        fontsize=8,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
    )
