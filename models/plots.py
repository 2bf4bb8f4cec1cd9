"""Figures people look at: each says in its title what to read, and in its subtitle where data come from.

Colours are Okabe and Ito's, told apart by colour-blind readers. Figures are built without pyplot, so nothing
is shared between them and no screen is needed.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import matplotlib.dates
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from models.artefact import Band
from models.evaluation import Evaluation
from models.probability_metrics import ReliabilityBin
from models.splits import TimeSplit

_BLUE, _ORANGE, _GREEN, _RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
_GREY, _LIGHT = "#555555", "#BBBBBB"
_COLOURS = (_BLUE, _ORANGE, _GREEN, "#CC79A7", "#56B4E9", _RED)
_STYLES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))


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
    figure, axes = _one(
        "How many visits find need: higher is better, read it at the dotted capacity",
        outcome,
        origin,
    )
    for place, (policy, curve) in enumerate(curves.items()):
        _line(axes, curve["share"], curve["precision"], label=policy, place=place)
        if place == 0:
            axes.fill_between(
                curve["share"], curve["low"], curve["high"], color=_BLUE, alpha=0.15, lw=0
            )
    axes.axhline(base_rate, color=_GREY, lw=1)
    axes.annotate(
        f"everybody: {base_rate:.1%}",
        (1, base_rate),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="bottom",
        color=_GREY,
        fontsize=8,
    )
    axes.axvline(capacity_share, color=_GREY, lw=1, ls=":")
    axes.set(xscale="log", ylim=(0, None), xlabel="share of households visited", ylabel="precision")
    _percent(axes.xaxis, axes.yaxis)
    axes.legend(frameon=False, fontsize=8)
    return figure


def policies(evaluation: Evaluation, *, capacity: str, outcome: str, origin: str) -> Figure:
    """Draw precision with its interval for every policy at one capacity, best on top."""
    table = evaluation.table()
    table = table.loc[table["capacity"] == capacity].sort_values("precision", kind="stable")
    figure, axes = _one(
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
        table["precision"], places, xerr=errors, fmt="o", color=_BLUE, ecolor=_LIGHT, capsize=2
    )
    axes.axvline(evaluation.base_rate, color=_GREY, lw=1, ls=":")
    axes.set_yticks(places, table["policy"].tolist(), fontsize=8)
    axes.set(xlim=(0, None), xlabel="precision, 95 % interval; dotted: everybody")
    _percent(axes.xaxis)
    return figure


def calibration(
    bins: Mapping[str, Sequence[ReliabilityBin]], *, outcome: str, origin: str
) -> Figure:
    """Draw predicted against observed rates in ten bins of equal size, with the size of a bin."""
    figure, axes = _one(
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
            color=_COLOURS[place % len(_COLOURS)],
            label=f"{name} (10 bins of about {int(np.mean(sizes)):,} rows)",
        )
        top = max(top, *predicted, *observed)
    axes.plot([0, 1.05 * top], [0, 1.05 * top], color=_GREY, lw=1)
    axes.set(xlim=(0, None), ylim=(0, None), xlabel="predicted", ylabel="observed")
    _percent(axes.xaxis, axes.yaxis)
    axes.legend(frameon=False, fontsize=8)
    return figure


def gain(
    curves: Mapping[str, pd.DataFrame], *, base_rate: float, outcome: str, origin: str
) -> Figure:
    """Draw the share of all need found (gain) and the lift over random, against the share visited."""
    figure = Figure(figsize=(9, 4.6), layout="constrained")
    found, lift = figure.subplots(1, 2)
    _titles(figure, "How much of all need is found, and how far ahead of chance", outcome, origin)
    for place, (policy, curve) in enumerate(curves.items()):
        _line(found, curve["share"], curve["recall"], label=policy, place=place)
        _line(lift, curve["share"], curve["precision"] / base_rate, label=policy, place=place)
    found.plot([0, 1], [0, 1], color=_GREY, lw=1)
    found.set(xlabel="share of households visited", ylabel="share of need found", ylim=(0, 1.02))
    lift.axhline(1, color=_GREY, lw=1)
    lift.set(
        xlabel="share of households visited",
        ylabel="times better than random visits",
        xscale="log",
        ylim=(0, None),
    )
    _percent(found.xaxis, found.yaxis, lift.xaxis)
    found.legend(frameon=False, fontsize=8)
    return figure


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
    _titles(
        figure, "What the model looks at; influence is not cause, and not blame", outcome, origin
    )
    for axes, values, label in zip(
        panels,
        (gains, moved),
        ("share of total gain", "mean absolute contribution (log-odds)"),
        strict=True,
    ):
        shown = values.sort_values(kind="stable").tail(most)
        axes.barh(np.arange(len(shown)), shown, color=_BLUE)
        axes.set_yticks(np.arange(len(shown)), [str(name) for name in shown.index], fontsize=7)
        axes.set_xlabel(label)
        _plain(axes)
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
    figure, axes = _one(
        "Where households stand: need and no need overlap, so a score is never a verdict",
        outcome,
        origin,
    )
    values, known = np.asarray(probabilities, float), np.asarray(labels, float)
    edges = np.geomspace(max(values.min(), 1e-4), max(values.max(), 2e-4), 50)
    for name, rows, colour in (
        ("label unknown", np.isnan(known), _LIGHT),
        ("no need found", known == 0, _BLUE),
        ("need confirmed", known == 1, _RED),
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
            axes.axvline(band.from_probability, color=_GREY, lw=1, ls=":")
            axes.annotate(
                band.name,
                (band.from_probability, 1),
                xycoords=("data", "axes fraction"),
                fontsize=8,
                color=_GREY,
                va="top",
            )
    axes.set(xscale="log", xlabel="calibrated probability", ylabel="share of the group")
    _percent(axes.xaxis, axes.yaxis)
    axes.legend(frameon=False, fontsize=8)
    return figure


def split_plan(splits: Sequence[TimeSplit], *, outcome: str, origin: str) -> Figure:
    """Draw every split on a time axis: no label window of the past may reach a test date."""
    figure, axes = _one(
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
            left=_number(first),
            color="#DDDDDD",
            height=0.5,
        )
        for dates, colour, marker, label in (
            (split.train_dates, _BLUE, "o", "training"),
            (split.calibration_dates, _ORANGE, "s", "calibration"),
            (split.test_dates, _RED, "D", "test"),
        ):
            axes.scatter(
                [_number(day) for day in dates],
                [row] * len(dates),
                color=colour,
                marker=marker,
                s=28,
                zorder=3,
                label=label if row == 0 else None,
            )
        for day in split.test_dates:
            axes.plot(
                [_number(day), _number(day + window)], [row, row], color=_RED, lw=1, alpha=0.5
            )
    axes.set_yticks(range(len(splits)), [split.name for split in splits], fontsize=8)
    axes.invert_yaxis()
    axes.xaxis_date()
    figure.autofmt_xdate()
    figure.legend(frameon=False, fontsize=8, ncols=3, loc="outside lower center")
    return figure


def _one(title: str, outcome: str, origin: str, *, height: float = 4.8) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(8, height), layout="constrained")
    axes = figure.subplots()
    _titles(figure, title, outcome, origin)
    _plain(axes)
    return figure, axes


def _titles(figure: Figure, title: str, outcome: str, origin: str) -> None:
    figure.suptitle(title, fontsize=11, x=0.01, ha="left")
    figure.axes[0].set_title(f"{outcome}, {origin}", fontsize=9, color=_GREY, loc="left")


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)


def _line(axes: Axes, x: pd.Series, y: pd.Series, *, label: str, place: int) -> None:
    _plain(axes)
    axes.plot(
        x,
        y,
        label=label,
        color=_COLOURS[place % len(_COLOURS)],
        ls=_STYLES[place % len(_STYLES)],
        lw=2 if place == 0 else 1.3,
    )


def _percent(*axis: matplotlib.axis.Axis) -> None:
    for one in axis:
        one.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.3g}%"))


def _number(day: date) -> float:
    return float(matplotlib.dates.date2num(day))  # type: ignore[no-untyped-call]
