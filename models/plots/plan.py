"""Who learns from when."""

from collections.abc import Sequence
from datetime import timedelta

from matplotlib.figure import Figure

from models.plots.canvas import BLUE, ORANGE, RED, day_number, new_figure
from models.splits import TimeSplit


def split_plan(splits: Sequence[TimeSplit], *, outcome: str, origin: str) -> Figure:
    """Draw every split on a time axis: no label window of the past may reach a test date."""
    figure, axes = new_figure(
        "Who learns from when: every grey label window ends before the first test date",
        outcome,
        origin,
        height=1.8 + 0.55 * len(splits),
    )
    for row, split in enumerate(splits):
        window = timedelta(days=split.label_window_days)
        first = min((*split.train_dates, *split.calibration_dates))
        axes.barh(
            row,
            (split.labels_closed_on - first).days,
            left=day_number(first),
            color="#DDDDDD",
            height=0.5,
        )
        for dates, colour, marker, label in (
            (split.train_dates, BLUE, "o", "training"),
            (split.calibration_dates, ORANGE, "s", "calibration"),
            (split.test_dates, RED, "D", "test"),
        ):
            axes.scatter(
                [day_number(day) for day in dates],
                [row] * len(dates),
                color=colour,
                marker=marker,
                s=28,
                zorder=3,
                label=label if row == 0 else None,
            )
        for day in split.test_dates:
            axes.plot(
                [day_number(day), day_number(day + window)], [row, row], color=RED, lw=1, alpha=0.5
            )
    axes.set_yticks(range(len(splits)), [split.name for split in splits], fontsize=8)
    axes.invert_yaxis()
    axes.use_sticky_edges = False
    axes.margins(x=0.02)
    axes.xaxis_date()
    figure.autofmt_xdate()
    figure.legend(frameon=False, fontsize=8, ncols=3, loc="outside lower center")
    return figure
