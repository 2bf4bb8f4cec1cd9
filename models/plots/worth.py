"""What visits are worth: more of them, a better order, a trigger's alerts."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from models.capacity_value import MORE_VISITS, CapacityValue
from models.plots.canvas import (
    BLUE,
    GREY,
    LIGHT,
    ORANGE,
    RED,
    draw_line,
    in_percent,
    new_figure,
    plain,
    put_titles,
)
from models.resampling import Interval


def capacity_value(
    found: pd.DataFrame,
    worth: CapacityValue,
    *,
    perfect: str,
    outcome: str,
    origin: str,
) -> Figure:
    """Draw households found against visits, and what more visits or a better model would add.

    Args:
        found: ``policy, visits, found`` of :func:`models.capacity_value.found_curve`.
        worth: what was measured at the capacity there is.
        perfect: name of the perfect ranking among the policies of ``found``.
        outcome: name of the outcome.
        origin: where data come from.
    """
    figure = Figure(figsize=(11, 5), layout="constrained")
    axes, bars = figure.subplots(1, 2, width_ratios=(3, 2))
    title = "More visits or a better model? Both in households found per date"
    put_titles(figure, title, outcome, origin)
    for place, (policy, curve) in enumerate(found.groupby("policy", sort=False)):
        if policy == perfect:
            axes.plot(curve["visits"], curve["found"], color=GREY, lw=1, ls="--", label=perfect)
        else:
            draw_line(axes, curve["visits"], curve["found"], label=str(policy), place=place)
    axes.axvline(worth.visits, color=GREY, lw=1, ls=":")
    axes.set(
        xlim=(0, 3 * worth.visits),
        ylim=(0, 1.15 * _at(found.loc[found["policy"] == perfect], 3 * worth.visits)),
        xlabel="visits per date; dotted: what there is today",
        ylabel="households in need found per date",
    )
    axes.legend(frameon=False, fontsize=8)
    steps = {
        f"{MORE_VISITS - 1:.0%} more visits": worth.more_visits,
        "a model 10 % nearer\nto a perfect ranking": worth.better_model,
    }
    for place, value in enumerate(steps.values()):
        bars.bar(place, value.value, color=(ORANGE, BLUE)[place], width=0.55)
        bars.errorbar(
            place,
            value.value,
            yerr=[[max(0, value.value - value.low)], [max(0, value.high - value.value)]],
            color=GREY,
            capsize=4,
        )
        bars.annotate(
            f"{value.value:+.1f}",
            (place, max(value.high, value.value)),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            fontsize=9,
        )
    plain(bars)
    bars.set_xticks([0, 1], list(steps), fontsize=8)
    bars.set(ylabel="households found besides, per date, 95 % interval", xlim=(-0.6, 1.6))
    bars.margins(y=0.15)
    share = f"{worth.worth.value:.0%} ({worth.worth.low:.0%} to {worth.worth.high:.0%})"
    bars.set_title(
        f"as good as 10 % more visits: a model that\ncloses {share} of the gap",
        fontsize=9,
        loc="left",
    )
    return figure


def yields(
    shares: Mapping[str, tuple[Interval, int]],
    *,
    base_rate: float,
    highlighted: str,
    outcome: str,
    origin: str,
) -> Figure:
    """Draw the share of alerts in need per trigger with its interval and the number of alerts.

    Args:
        shares: per trigger its confirmed share and its number of alerts with a known answer.
        base_rate: share in need among everybody; dotted.
        highlighted: the entry to draw in another colour, e.g. the model at its capacity.
        outcome: name of the outcome.
        origin: where data come from.
    """
    order = sorted(shares, key=lambda name: shares[name][0].value)
    title = "What each trigger's alerts are worth: the share that turned out to be in need"
    figure, axes = new_figure(title, outcome, origin, height=1.8 + 0.25 * len(order))
    for place, name in enumerate(order):
        value, alerts = shares[name]
        axes.errorbar(
            value.value,
            place,
            xerr=[[max(0, value.value - value.low)], [max(0, value.high - value.value)]],
            fmt="o",
            color=RED if name == highlighted else BLUE,
            ecolor=LIGHT,
            capsize=2,
        )
        axes.annotate(
            f"{alerts:,}",
            (1.01, place),
            xycoords=("axes fraction", "data"),
            fontsize=7,
            color=GREY,
            va="center",
        )
    axes.axvline(base_rate, color=GREY, lw=1, ls=":")
    axes.set_yticks(range(len(order)), order, fontsize=8)
    axes.set(
        xlim=(0, None),
        ylim=(-0.7, len(order) - 0.3),
        xlabel="share of alerts in need, 95 % interval; dotted: everybody; right: alerts",
    )
    in_percent(axes.xaxis)
    return figure


def _at(curve: pd.DataFrame, visits: float) -> float:
    return float(np.interp(visits, curve["visits"], curve["found"]))
