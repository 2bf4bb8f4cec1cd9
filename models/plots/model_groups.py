"""Which model group lasts: how far each was from the best of its dates, and what choosing by a rule cost."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from models.plots.canvas import COLOURS, GREY, LIGHT, STYLES, draw_line, in_percent, new_figure
from models.regret import RANDOM, distance_curve, group_table

_NAMED = 6


def distance_from_best(
    table: pd.DataFrame, *, metric: str, outcome: str, origin: str, higher_is_better: bool = True
) -> Figure:
    """Draw, per distance from the best group of a date, the share of dates each group was as near as that.

    The six groups with the least mean regret are named; the others stay grey.

    Args:
        table: one row per ``model_group`` and ``as_of_date`` with the metric.
        metric: the column drawn.
        outcome: name of the outcome.
        origin: where data come from.
        higher_is_better: whether more of the metric is better.
    """
    figure, axes = new_figure(
        "Who is nearly always nearly best: further left and up is better, at 0 a group is the best itself",
        outcome,
        origin,
    )
    lines = group_table(table, metric=metric, higher_is_better=higher_is_better)
    worst = float(lines["worst_regret"].max())
    grid = np.linspace(0, worst or 1.0, 101)
    curve = distance_curve(
        table, metric=metric, distances_up_to=list(grid), higher_is_better=higher_is_better
    )
    ordered = list(lines["model_group"])
    for name in reversed(ordered[_NAMED:]):
        axes.plot(curve.index, curve[name], color=LIGHT, lw=0.8, drawstyle="steps-post")
    for place, name in enumerate(ordered[:_NAMED]):
        draw_line(axes, pd.Series(curve.index), curve[name], label=str(name), place=place)
    axes.set(
        ylim=(0, 1.02),
        xlabel=f"distance from the best {metric} of the date",
        ylabel="share of dates",
    )
    in_percent(axes.xaxis, axes.yaxis)
    axes.legend(frameon=False, fontsize=8, loc="lower right")
    return figure


def regret_of_rules(choices: pd.DataFrame, *, metric: str, outcome: str, origin: str) -> Figure:
    """Draw the regret of each rule's choice on every date it was made for, best rule thickest.

    Args:
        choices: of :func:`models.regret.rule_regret`.
        metric: what regret is in.
        outcome: name of the outcome.
        origin: where data come from.
    """
    figure, axes = new_figure(
        "What choosing by a rule cost on the date that followed: lower is better, 0 is the best choice",
        outcome,
        origin,
    )
    wide = choices.pivot(index="as_of_date", columns="rule", values="regret")
    ordered = [name for name in wide.mean().sort_values(kind="stable").index if name != RANDOM]
    if RANDOM in wide:
        axes.plot(wide.index, wide[RANDOM], color=GREY, lw=1, marker=".", label=RANDOM)
    for place, name in enumerate(ordered):
        axes.plot(
            wide.index,
            wide[name],
            color=COLOURS[place % len(COLOURS)],
            ls=STYLES[place % len(STYLES)],
            lw=2.4 if place == 0 else 1.2,
            marker="o",
            ms=3,
            label=str(name),
        )
    axes.set(ylim=(0, None), xlabel="as_of_date", ylabel=f"regret, {metric}")
    in_percent(axes.yaxis)
    figure.autofmt_xdate()
    axes.legend(frameon=False, fontsize=7, ncols=2)
    return figure
