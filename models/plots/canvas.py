"""What every figure shares: a title that says what to read, a subtitle that says where data come from.

Colours are Okabe and Ito's, told apart by colour-blind readers. Figures are built without pyplot, so nothing
is shared between them and no screen is needed.
"""

from datetime import date
from functools import cache
from pathlib import Path

import matplotlib.dates
import pandas as pd
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogFormatterSciNotation

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
GREY, LIGHT = "#555555", "#BBBBBB"
COLOURS = (BLUE, ORANGE, GREEN, "#CC79A7", "#56B4E9", RED, "#999933", "#000000")
_CHINESE_FONTS = (
    "wqy-microhei",
    "wqy-zenhei",
    "notosanscjk-regular",
    "notosanssc-regular",
    "simhei",
)
STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))


def new_figure(
    title: str, outcome: str, origin: str, *, height: float = 4.8
) -> tuple[Figure, Axes]:
    """Return a figure of one panel with its titles; ``height`` in inches."""
    figure = Figure(figsize=(8, height), layout="constrained")
    axes = figure.subplots()
    put_titles(figure, title, outcome, origin)
    plain(axes)
    return figure, axes


def put_titles(figure: Figure, title: str, outcome: str, origin: str) -> None:
    """Write what to read above everything, and below it the outcome and where data come from."""
    figure.suptitle(title, fontsize=11, x=0.01, ha="left")
    figure.axes[0].set_title(f"{outcome}, {origin}", fontsize=9, color=GREY, loc="left")


def plain(axes: Axes) -> None:
    """Leave out what carries no information."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)


def draw_line(axes: Axes, x: pd.Series, y: pd.Series, *, label: str, place: int) -> None:
    """Draw one policy; the first place is the policy of interest and drawn thicker."""
    plain(axes)
    axes.plot(
        x,
        y,
        label=label,
        color=COLOURS[place % len(COLOURS)],
        ls=STYLES[place % len(STYLES)],
        lw=2 if place == 0 else 1.3,
    )


@cache
def fonts_for_names() -> list[str]:
    """Return font families for names of departments and places, with a Chinese one if there is any."""
    families = ["DejaVu Sans"]
    for file in sorted(font_manager.findSystemFonts()):
        if Path(file).stem.lower() in _CHINESE_FONTS:
            # Matplotlib's own list is as old as its cache: fonts installed since are not on it.
            font_manager.fontManager.addfont(file)
            families.append(font_manager.FontProperties(fname=file).get_name())
    return families


def in_percent(*axis: Axis) -> None:
    """Write shares as percentages, also between the decades of a logarithmic axis where those are labelled."""
    for one in axis:
        one.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.3g}%"))
        if one.get_scale() == "log":
            one.set_minor_formatter(_BetweenDecades())


class _BetweenDecades(LogFormatterSciNotation):
    """Labels the ticks that Matplotlib would label, as percentages."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        return f"{100 * x:.3g}%" if super().__call__(x, pos) else ""


def day_number(day: date) -> float:
    """Return a date as a place on a time axis."""
    return float(matplotlib.dates.date2num(day))  # type: ignore[no-untyped-call]
