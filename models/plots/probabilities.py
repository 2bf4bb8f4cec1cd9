"""Whether probabilities hold, and where households stand."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure

from features.drift import PSI_WARN
from models.artefact import Band
from models.plots.canvas import (
    BLUE,
    COLOURS,
    GREY,
    LIGHT,
    RED,
    day_number,
    draw_line,
    in_percent,
    new_figure,
    plain,
    put_titles,
)
from models.probability_metrics import ReliabilityBin


def calibration(
    bins: Mapping[str, Sequence[ReliabilityBin]], *, outcome: str, origin: str
) -> Figure:
    """Draw predicted against observed rates in ten bins of equal size, with the size of a bin."""
    figure, axes = new_figure(
        "Do the probabilities hold? On the diagonal they do; below it they promise too much",
        outcome,
        origin,
    )
    top = 0.0
    for place, (name, found) in enumerate(bins.items()):
        predicted = [one.predicted for one in found]
        observed = [one.observed for one in found]
        sizes = [one.rows for one in found]
        spread = [
            1.96 * np.sqrt(rate * (1 - rate) / rows)
            for rate, rows in zip(observed, sizes, strict=True)
        ]
        axes.errorbar(
            predicted,
            observed,
            yerr=spread,
            fmt="o-",
            ms=4,
            lw=1.2,
            capsize=2,
            color=COLOURS[place % len(COLOURS)],
            label=f"{name} (10 bins of about {int(np.mean(sizes)):,} rows)",
        )
        top = max(top, *predicted, *observed)
    axes.plot([0, 1.05 * top], [0, 1.05 * top], color=GREY, lw=1)
    axes.set(xlim=(0, None), ylim=(0, None), xlabel="predicted", ylabel="observed")
    in_percent(axes.xaxis, axes.yaxis)
    axes.legend(frameon=False, fontsize=8)
    return figure


def score_distribution(
    probabilities: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    bands: Sequence[Band],
    outcome: str,
    origin: str,
) -> Figure:
    """Draw the calibrated probabilities of positives, negatives and the rest, with the bands."""
    figure, axes = new_figure(
        "Where households stand: need and no need overlap, so a score is never a verdict",
        outcome,
        origin,
    )
    values, known = np.asarray(probabilities, float), np.asarray(labels, float)
    edges = np.geomspace(max(values.min(), 1e-4), max(values.max(), 2e-4), 50)
    for name, rows, colour in (
        ("label unknown", np.isnan(known), LIGHT),
        ("no need found", known == 0, BLUE),
        ("need confirmed", known == 1, RED),
    ):
        if rows.any():
            share = np.full(int(rows.sum()), 1 / rows.sum())
            axes.hist(
                np.clip(values[rows], edges[0], edges[-1]),
                bins=edges.tolist(),
                weights=share,
                histtype="step",
                lw=1.6,
                color=colour,
                label=f"{name} ({int(rows.sum()):,})",
            )
    for band in bands:
        if band.from_probability > edges[0]:
            axes.axvline(band.from_probability, color=GREY, lw=1, ls=":")
            axes.annotate(
                band.name,
                (band.from_probability, 1),
                xycoords=("data", "axes fraction"),
                fontsize=8,
                color=GREY,
                va="top",
            )
    axes.set(xscale="log", xlabel="calibrated probability", ylabel="share of the group")
    in_percent(axes.xaxis, axes.yaxis)
    axes.legend(frameon=False, fontsize=8)
    return figure


def score_drift(drift: pd.DataFrame, *, outcome: str, origin: str) -> Figure:
    """Draw how scores move from date to date, and whether what is observed moves with them.

    Args:
        drift: one row per as_of_date: ``as_of_date``, quantiles ``q50``, ``q90`` and ``q99`` and the
            ``mean`` of the scores, the ``observed`` rate (null where unknown), and ``psi`` against the first date.
        outcome: name of the outcome.
        origin: where data come from.
    """
    figure = Figure(figsize=(8, 5.6), layout="constrained")
    levels, moved = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1.3))
    title = "Do scores stay where they were? Levels per date, and how far from the first date"
    put_titles(figure, title, outcome, origin)
    days = [day_number(pd.Timestamp(day).date()) for day in drift["as_of_date"]]
    for place, (column, label) in enumerate(
        (
            ("mean", "mean score"),
            ("q99", "99th percentile"),
            ("q90", "90th percentile"),
            ("q50", "median"),
        )
    ):
        draw_line(levels, pd.Series(days), drift[column], label=label, place=place)
    levels.plot(days, drift["observed"], "D", color=RED, ms=4, label="observed rate")
    levels.set(yscale="log", ylabel="calibrated probability")
    in_percent(levels.yaxis)
    figure.legend(frameon=False, fontsize=8, ncols=5, loc="outside lower center")
    gap = min(np.diff(days), default=20.0)
    moved.bar(days, drift["psi"], width=0.6 * gap, color=BLUE)
    moved.axhline(PSI_WARN, color=GREY, lw=1, ls=":")
    moved.set(ylabel=f"PSI; dotted: look\nabove {PSI_WARN}", ylim=(0, None))
    plain(moved)
    moved.xaxis_date()
    figure.autofmt_xdate()
    return figure
