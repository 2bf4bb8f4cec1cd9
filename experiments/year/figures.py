"""Pictures of the closed loop: found over months, days to the first visit, yield, spread over streets.

Each title says what to read. Bands and bars are 95 % intervals over seeds.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.year.measures import LATER, SOON
from experiments.year.replay import ENGINE
from experiments.year.summary import Summary, mean_interval
from models.resampling import Interval

_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#555555")
_STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
ORIGIN = "simulated district: not evidence about people"
CURVE_DAYS = 180


def draw(summary: Summary) -> dict[str, Figure]:
    """Return the pictures by their titles."""
    return {
        "Found over the months": found_over_months(summary),
        "Days from shock to first visit": days_to_first_visit(summary),
        "Found per 1,000 visits": found_per_1000(summary),
        "Spread over grids": spread(summary),
    }


def found_over_months(summary: Summary) -> Figure:
    """Draw households found so far, by month, per policy."""
    figure, axes = _one("Households in hidden hardship found so far: higher is better")
    for place, name in enumerate(summary.shown()):
        each = np.array([np.cumsum(one.found_by_month) for one in summary.of(name)])
        months = np.arange(1, each.shape[1] + 1)
        _line(axes, months, each.mean(axis=0), label=name, place=place)
        if place == 0 and len(each) > 1:
            told = [mean_interval(list(column)) for column in each.T]
            axes.fill_between(
                months, [one.low for one in told], [one.high for one in told], color=_COLOURS[0], alpha=0.15, lw=0,
            )  # fmt: skip
    axes.set_xlabel("month of the replay")
    axes.set_ylabel("households, mean over seeds")
    axes.legend(frameon=False)
    return figure


def days_to_first_visit(summary: Summary) -> Figure:
    """Draw the share of shocks visited within so many days of the first list that could name them."""
    shocks = sum(one.named for one in summary.of(ENGINE))
    figure, axes = _one(
        f"{shocks} acute shocks a list could name, visited within so many days; dotted: {SOON} and {LATER}"
    )
    days = np.arange(CURVE_DAYS + 1)
    for place, name in enumerate(summary.shown()):
        told = np.concatenate([np.array(one.named_days) for one in summary.of(name)])
        if len(told):
            reached = np.searchsorted(np.sort(told), days, side="right") / len(told)
            _line(axes, days, 100 * reached, label=name, place=place)
    for mark in (SOON, LATER):
        axes.axvline(mark, color="#555555", lw=1, ls=":")
    axes.set_xlabel("days since a list could name the household")
    axes.set_ylabel("% of shocks, all seeds together")
    axes.set_ylim(0, 100)
    if axes.lines[2:]:
        axes.legend(frameon=False, loc="center right")
    return figure


def found_per_1000(summary: Summary) -> Figure:
    """Draw households found per 1,000 visits with intervals, one line per policy."""
    names = [name for name in summary.policies if summary.of(name)[0].visits]
    figure, axes = _one(
        "Households found per 1,000 visits, right is better", height=1.5 + 0.22 * len(names)
    )
    _dots(axes, names, [summary.over_seeds(name, "found_per_1000") for name in names])
    axes.set_xlabel("households in hidden hardship found per 1,000 visits")
    return figure


def spread(summary: Summary) -> Figure:
    """Draw how differently visits and need lie over grids."""
    names = list(summary.shown())
    figure, axes = _one(
        "Visits lie over grids as need does: left is better", height=1.5 + 0.35 * len(names)
    )
    _dots(axes, names, [summary.over_seeds(name, "spread") for name in names])
    axes.set_xlabel("share of visits that would have to move to another grid")
    return figure


def _one(title: str, *, height: float = 4.8) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(9, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(f"{title}\n{ORIGIN}", loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _line(
    axes: Axes, x: "np.typing.ArrayLike", y: "np.typing.ArrayLike", *, label: str, place: int
) -> None:
    colour, style = _COLOURS[place % len(_COLOURS)], _STYLES[place % len(_STYLES)]
    axes.plot(x, y, label=label, color=colour, ls=style, lw=2.4 if place == 0 else 1.4)


def _dots(axes: Axes, names: list[str], told: list[Interval]) -> None:
    rows = np.arange(len(names))[::-1]
    for row, one in zip(rows, told, strict=True):
        if not np.isnan(one.low):
            axes.plot([one.low, one.high], [row, row], color=_COLOURS[6], lw=1.2)
        axes.plot([one.value], [row], "o", color=_COLOURS[0], ms=5)
    axes.set_yticks(rows, names, fontsize=8)
    axes.set_xlim(left=0)
