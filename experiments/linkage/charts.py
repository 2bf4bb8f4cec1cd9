"""Pictures of a linkage model, from Splink's own numbers: no cell of any record is on them.

Drawn without pyplot and without the network. Codes and labels are English, so no CJK font is needed.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

_BLUE, _ORANGE, _GREY, _LIGHT = "#0072B2", "#D55E00", "#555555", "#BBBBBB"


def match_weights(records: Sequence[dict[str, Any]], *, origin: str) -> Figure:
    """Draw the match weight of every level, grouped by comparison.

    Args:
        records: of :func:`data_contracts.linkage.match_weights.weights`.
        origin: what the model was trained on.
    """
    figure = Figure(figsize=(9, 0.32 * len(records) + 1.6), layout="constrained")
    axes = figure.subplots()
    labels, places, place = [], [], 0.0
    for position, record in enumerate(records):
        if position and record["comparison"] != records[position - 1]["comparison"]:
            place += 0.6
            axes.axhline(place - 0.8, color=_LIGHT, lw=0.6)
        weight = record["weight"]
        axes.barh(place, weight, color=_BLUE if weight > 0 else _ORANGE, height=0.75)
        _number(axes, weight, place)
        labels.append(f"{record['comparison']}: {record['label']}")
        places.append(place)
        place += 1
    axes.set_yticks(places, labels, fontsize=8)
    axes.invert_yaxis()
    axes.axvline(0, color=_GREY, lw=1)
    axes.margins(x=0.12)
    axes.set_xlabel("match weight, log2(m/u): each unit doubles the odds")
    _title(figure, axes, "What speaks for a link (blue) and against it (orange)", origin)
    return figure


def waterfall(
    steps: Sequence[tuple[str, str, float]], *, probability: float, pair: str, origin: str
) -> Figure:
    """Draw one pair from the prior to its match weight, step by step.

    Args:
        steps: of :func:`data_contracts.linkage.match_weights.waterfall`.
        probability: of the link, shared with the account's other candidates.
        pair: pseudonyms of account and dwelling.
        origin: what the model was trained on.
    """
    figure = Figure(figsize=(9, 0.45 * len(steps) + 2), layout="constrained")
    axes = figure.subplots()
    weights = np.array([weight for _, _, weight in steps])
    ends = np.cumsum(weights)
    starts = ends - weights
    for place, (weight, start) in enumerate(zip(weights, starts, strict=True)):
        axes.barh(place, weight, left=start, color=_BLUE if weight > 0 else _ORANGE, height=0.65)
        if place + 1 < len(steps):
            axes.plot([ends[place]] * 2, [place - 0.33, place + 1.33], color=_LIGHT, lw=0.8)
        _number(axes, weight, place, at=float(max(start, ends[place])))
    axes.barh(len(steps), ends[-1], color=_GREY, height=0.65)
    _number(axes, float(ends[-1]), len(steps), at=max(float(ends[-1]), 0.0))
    axes.use_sticky_edges = False
    names = [f"{name}: {label}" for name, label, _ in steps]
    axes.set_yticks(range(len(steps) + 1), [*names, "sum"], fontsize=8)
    axes.invert_yaxis()
    axes.axvline(0, color=_GREY, lw=1)
    axes.margins(x=0.12)
    axes.set_xlabel("log2 odds")
    _title(figure, axes, f"Why this link has probability {probability:.3f}", f"{pair}; {origin}")
    return figure


def precision_recall(best: pd.DataFrame, *, accounts: int, accepting: float, origin: str) -> Figure:
    """Draw precision against recall over all accepting thresholds, the chosen one marked.

    Args:
        best: probability and right of each account's best candidate.
        accounts: all accounts, those without any candidate included.
        accepting: the threshold in use.
        origin: which district, and that it is simulated.
    """
    ordered = best.sort_values("probability", ascending=False, kind="stable")
    table = ordered.groupby("probability", sort=False)["right"].agg(["sum", "size"]).cumsum()
    precision, recall = table["sum"] / table["size"], table["sum"] / accounts
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.step(recall, precision, where="post", color=_BLUE)
    used = table.index >= accepting
    if used.any():
        at = np.flatnonzero(used)[-1]
        axes.plot(recall.iloc[at], precision.iloc[at], "o", color=_ORANGE)
        axes.annotate(
            f"accepting from {accepting:.2f}:\n{precision.iloc[at]:.4f} at {recall.iloc[at]:.4f}",
            (recall.iloc[at], precision.iloc[at]),
            xytext=(-12, -14),
            textcoords="offset points",
            ha="right",
            va="top",
            color=_ORANGE,
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
    axes.axhline(0.99, color=_GREY, lw=1, ls=":")
    axes.axvline(0.90, color=_GREY, lw=1, ls=":")
    axes.set(xlim=(0.5, 1.0), ylim=(min(0.975, float(precision.min()) - 0.002), 1.0005))
    axes.set(xlabel="recall: share of all accounts linked to their dwelling", ylabel="precision")
    _title(figure, axes, "Linked and right: top right is best, dotted is what must hold", origin)
    return figure


def _number(axes: Axes, weight: float, place: float, at: float | None = None) -> None:
    if at is None:
        at = max(weight, 0.0)
    axes.annotate(
        f"{weight:+.1f}",
        (at, place),
        xytext=(3, 0),
        textcoords="offset points",
        va="center",
        fontsize=7,
        color=_GREY,
    )


def _title(figure: Figure, axes: Axes, title: str, subtitle: str) -> None:
    figure.suptitle(title, x=0.01, ha="left", fontsize=11, fontweight="bold")
    axes.set_title(subtitle, loc="left", fontsize=8, color=_GREY)
    axes.spines[["top", "right"]].set_visible(False)
