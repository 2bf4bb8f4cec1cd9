"""A picture of one feature: its values then and now, where it is unknown, how far it moved.

Codes and labels are English, so no CJK font is needed. Counts only: no household is on it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.feature_browser.look import Era, spread
from features.drift import PSI_BLOCK, PSI_WARN, column_of
from features.registry import Feature

_BLUE, _ORANGE, _GREY, _LIGHT = "#0072B2", "#D55E00", "#555555", "#BBBBBB"
_MOST_CLASSES = 12
_BARS = 30


def picture(
    feature: Feature, found: Sequence[Era], matrices: Mapping[date, Path], *, reference: date
) -> Figure:
    """Draw ``found``; values are shown for the reference and the last date."""
    figure = Figure(figsize=(10, 7), layout="constrained")
    figure.suptitle(f"{feature.name}  ({feature.unit})", fontsize=13, fontweight="bold")
    grid = figure.add_gridspec(2, 2, height_ratios=(3, 2))
    last = found[-1].as_of_date
    _values(figure.add_subplot(grid[0, :]), feature, matrices, days=(reference, last))
    _unknown(figure.add_subplot(grid[1, 0]), found)
    _moved(figure.add_subplot(grid[1, 1]), found, reference)
    return figure


def _values(
    axes: Axes, feature: Feature, matrices: Mapping[date, Path], *, days: tuple[date, date]
) -> None:
    columns = {day: column_of(matrices[day], feature.name) for day in dict.fromkeys(days)}
    styles = ((_GREY, 0.55), (_BLUE, 0.75))[-len(columns) :]
    if feature.dtype in ("category", "boolean"):
        _bars(axes, {day: spread(column, feature)[1] for day, column in columns.items()}, styles)
    else:
        numbers = {day: spread(column, feature)[0] for day, column in columns.items()}
        _histogram(axes, _without_zeros(axes, numbers), styles)
        axes.set_xlabel(feature.unit)
    axes.set_ylabel("share of drawn values")
    axes.set_title(
        "values where known" + (" (grey: reference)" if len(columns) > 1 else ""), fontsize=10
    )
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False)
    _plain(axes)


def _bars(
    axes: Axes, counted: Mapping[date, Mapping[str, int]], styles: Sequence[tuple[str, float]]
) -> None:
    names = list(dict.fromkeys(name for counts in counted.values() for name in counts))
    names = names[:_MOST_CLASSES]
    width = 0.8 / len(counted)
    for place, (day, counts) in enumerate(counted.items()):
        everything = sum(counts.values()) or 1
        heights = [counts.get(name, 0) / everything for name in names]
        axes.bar(
            np.arange(len(names)) + place * width, heights, width,
            color=styles[place][0], alpha=styles[place][1], label=str(day),
        )  # fmt: skip
    axes.set_xticks(np.arange(len(names)) + width * (len(counted) - 1) / 2, names, fontsize=9)


def _without_zeros(axes: Axes, numbers: Mapping[date, "np.ndarray"]) -> Mapping[date, "np.ndarray"]:
    """Leave zeros out where most values are zero, and say so: one bar would hide all others."""
    known = np.concatenate(list(numbers.values()))
    if not len(known) or float(np.mean(known == 0)) <= 0.5 or not known.any():
        return numbers
    said = ", ".join(
        f"{day}: {np.mean(values == 0):.1%}" for day, values in numbers.items() if len(values)
    )
    axes.text(
        0.5, 0.97, f"zero, not drawn: {said}", ha="center", va="top", transform=axes.transAxes
    )
    return {day: values[values != 0] for day, values in numbers.items()}


def _histogram(
    axes: Axes, numbers: Mapping[date, "np.ndarray"], styles: Sequence[tuple[str, float]]
) -> None:
    known = np.concatenate(list(numbers.values()))
    if not len(known):
        axes.text(0.5, 0.5, "no known value", ha="center", transform=axes.transAxes, color=_GREY)
        return
    # Two of a thousand values at either end would otherwise press all others into one bar.
    low, high = np.quantile(known, (0.001, 0.999))
    whole = bool(np.all(known == np.round(known))) and high - low <= _BARS
    edges = (
        np.arange(np.floor(low), np.floor(high) + 2) - 0.5
        if whole
        else np.linspace(low, high if high > low else low + 1, _BARS + 1)
    )
    for place, (day, values) in enumerate(numbers.items()):
        if len(values):
            shown = np.clip(values, edges[0], edges[-1])
            axes.hist(
                shown, bins=edges.tolist(), weights=np.full(len(shown), 1 / len(shown)),
                color=styles[place][0], alpha=styles[place][1], label=str(day),
            )  # fmt: skip


def _unknown(axes: Axes, found: Sequence[Era]) -> None:
    places = np.arange(len(found))
    axes.plot(places, [one.missing for one in found], "o-", color=_ORANGE, label="this feature")
    for department in dict.fromkeys(one.department for era in found for one in era.sources):
        shares = [
            next((s.missing for s in era.sources if s.department == department), np.nan)
            for era in found
        ]
        axes.plot(places, shares, ".--", color=_LIGHT, lw=1)
    for place, era in enumerate(found):
        silent = [source.feed for source in era.sources if source.spoke is False]
        if silent:
            axes.annotate("silent", (place, era.missing), fontsize=7, color=_GREY)
    _dates(axes, found)
    axes.set_ylim(-0.02, 1.02)
    axes.set_title("share unknown (dashed: mean of each source department)", fontsize=10)
    _plain(axes)


def _moved(axes: Axes, found: Sequence[Era], reference: date) -> None:
    places = np.arange(len(found))
    axes.bar(places, [one.drift.psi or 0 for one in found], 0.5, color=_BLUE)
    for bar, word in ((PSI_WARN, "warn"), (PSI_BLOCK, "block")):
        axes.axhline(bar, color=_ORANGE, lw=1, ls="--" if bar == PSI_WARN else "-")
        axes.annotate(word, (1, bar), xycoords=("axes fraction", "data"), fontsize=8, color=_GREY)
    _dates(axes, found)
    axes.set_title(f"drift (PSI) against {reference}", fontsize=10)
    _plain(axes)


def _dates(axes: Axes, found: Sequence[Era]) -> None:
    names = [f"{one.as_of_date:%Y-%m-%d}" for one in found]
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right", fontsize=8)


def _plain(axes: Axes) -> None:
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
