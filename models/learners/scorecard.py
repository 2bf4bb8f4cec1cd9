"""A scorecard: a few inputs in a few bins, points per bin, on one page.

Inputs enter one after another, each time the one that would lower the training loss most (a score test in its
declared direction); after each the weights of all bins are fitted again, and how many inputs to keep is decided by
the log loss on later rows. Points follow the custom of credit scoring: a fixed number of points doubles the odds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from models.encoding import Column, Encoding
from models.learners.additive import AdditiveModel, Steps, bins_of
from models.learners.bounded import Coefficients, fit_bounded
from models.learners.drawn import LabelledRows, draw
from models.learners.learned import LearnerError, log_loss, probability
from models.ordering import Floats

if TYPE_CHECKING:
    from features.registry import Feature

_WEAK = 6.0
"""Twice the gain in log-likelihood below which an input is not worth a place on the page (chance one in 70)."""


@dataclass(frozen=True, kw_only=True)
class ScorecardSettings:
    """``most_inputs`` times (``bins`` + 1 for unknown) lines are the page. ``strength``: scikit-learn's ``C``.

    ``least_share``: rows a bin must hold, as a share of the known ones. ``most_rows``: rows learned from at
    most, every positive among them.
    """

    kind: Literal["scorecard"] = "scorecard"
    most_inputs: int = 10
    bins: int = 5
    least_share: float = 0.03
    strength: float = 1.0
    most_rows: int = 60_000
    seed: int = 7


@dataclass(frozen=True)
class _Bins:
    """One input cut into bins: where, and the bin of every row learned from."""

    column: Column
    cuts: tuple[float, ...]
    groups: tuple[int, ...]
    places: "np.ndarray"

    @property
    def number(self) -> int:
        """Bins of known values."""
        return max(self.groups) + 1 if self.groups else len(self.cuts) + 1

    def design(self, places: "np.ndarray") -> Floats:
        """Return columns per bin: steps up from the lowest where a direction is declared, else one each."""
        unknown = (places == self.number)[:, None]
        bins = np.arange(self.number)
        if not self.column.monotone:
            return np.column_stack([places[:, None] == bins, unknown]).astype(np.float64)
        if self.column.monotone > 0:
            steps = places[:, None] >= bins[1:]
        else:
            steps = places[:, None] <= bins[:-1]
        return np.column_stack([steps & ~unknown, unknown]).astype(np.float64)

    @property
    def never_negative(self) -> list[bool]:
        """Which columns of the design are steps in the declared direction."""
        if not self.column.monotone:
            return [False] * (self.number + 1)
        return [True] * (self.number - 1) + [False]

    def weights(self, found: Floats) -> Floats:
        """Turn the coefficients of the design into one weight per bin, the unknown last."""
        if not self.column.monotone:
            return found
        steps = found[:-1]
        if self.column.monotone > 0:
            known = np.append(0.0, np.cumsum(steps))
        else:
            known = np.append(np.cumsum(steps[::-1])[::-1], 0.0)
        return np.append(known, found[-1])


def fit_scorecard(
    train: pd.DataFrame,
    later: pd.DataFrame,
    *,
    features: "Sequence[Feature]",
    settings: ScorecardSettings,
    label: str,
    weight: str | None,
) -> AdditiveModel:
    """Learn from the labelled rows of ``train``; ``later`` decides how many inputs are kept.

    Raises:
        LearnerError: one class only, settings that leave no bin, or no input that tells anything apart.
    """
    if settings.bins < 2 or settings.most_inputs < 1 or settings.strength <= 0:
        raise LearnerError(
            "scorecard: bins must be at least 2, most_inputs at least 1 and strength above 0; found"
            f" {settings.bins}, {settings.most_inputs} and {settings.strength:g}"
        )
    encoding, rows, watched = draw(
        train, later,
        features=features, label=label, weight=weight, most=settings.most_rows, seed=settings.seed,
    )  # fmt: skip
    inputs = [_cut(column, rows.column(at), settings) for at, column in enumerate(encoding.columns)]
    best: tuple[float, list[int], Coefficients] | None = None
    used: list[int] = []
    odds = np.full(
        len(rows.labels), _log_odds(float(np.average(rows.labels, weights=rows.weights)))
    )
    while len(used) < settings.most_inputs:
        entering = _strongest(inputs, used, rows, odds)
        if entering is None:
            break
        used.append(entering)
        design = np.column_stack([inputs[at].design(inputs[at].places) for at in used])
        found = fit_bounded(
            design, rows.labels, rows.weights,
            strength=settings.strength,
            never_negative=np.array([one for at in used for one in inputs[at].never_negative]),
        )  # fmt: skip
        odds = found.log_odds(design)
        seen = np.column_stack(
            [
                inputs[at].design(bins_of(watched.column(at), inputs[at].cuts, inputs[at].groups))
                for at in used
            ]
        )
        loss = log_loss(found.log_odds(seen), watched.labels, watched.weights)
        if best is None or loss < best[0]:
            best = (loss, list(used), found)
    if best is None:
        raise LearnerError(
            f"scorecard: none of {len(inputs)} inputs tells positives from negatives among"
            f" {len(rows.labels)} rows better than chance: look at the label, or give more dates"
        )
    loss, kept, found = best
    return _model(encoding, inputs, kept, found, rows, loss)


def _cut(column: Column, values: Floats, settings: ScorecardSettings) -> _Bins:
    known = values[~np.isnan(values)]
    least = max(1, int(settings.least_share * len(known)))
    if column.dtype == "category":
        groups = _groups(known, len(column.categories), least=least, most=settings.bins)
        return _Bins(column, (), groups, bins_of(values, (), groups))
    cuts: list[float] = []
    if len(known):
        ordered = np.sort(known)
        below = 0
        for cut in _wanted(ordered, settings.bins):
            place = int(np.searchsorted(ordered, cut, side="left"))
            enough = place - below >= least and len(ordered) - place >= least
            if enough and len(cuts) < settings.bins - 1:
                cuts.append(cut)
                below = place
    return _Bins(column, tuple(cuts), (), bins_of(values, cuts, ()))


def _wanted(ordered: Floats, bins: int) -> list[float]:
    """Return where to cut if there are rows enough, rising, in three digits so that the page can be read."""
    shares = np.linspace(0, 1, bins + 1)[1:-1]
    usual = ordered[len(ordered) // 2]
    others = ordered[ordered != usual]
    if len(others) and np.mean(ordered == usual) > 1 / bins:
        # Rare events: where most values are equal, the quantiles of the others say where to cut.
        shares = np.append(shares, 0.95)
        cuts = np.append(np.quantile(others, shares, method="higher"), others[others > usual][:1])
    else:
        cuts = np.quantile(ordered, shares, method="higher")
    return sorted({float(f"{cut:.3g}") for cut in cuts})


def _groups(known: Floats, categories: int, *, least: int, most: int) -> tuple[int, ...]:
    """Give each frequent category a bin of its own; the others share the last."""
    counts = np.bincount(known.astype(np.intp), minlength=max(categories, 1))
    frequent = [int(at) for at in np.argsort(-counts, kind="stable") if counts[at] >= least]
    own = sorted(frequent if len(counts) <= most else frequent[: most - 1])
    return tuple(own.index(at) if at in own else len(own) for at in range(len(counts)))


def _strongest(
    inputs: Sequence[_Bins], used: Sequence[int], rows: LabelledRows, odds: Floats
) -> int | None:
    """Return the input whose bins explain most of what is left, or None if that is no more than chance."""
    expected = probability(odds)
    residual = rows.weights * (rows.labels - expected)
    mass = rows.weights * expected * (1 - expected)
    gains = np.full(len(inputs), -np.inf)
    for at, one in enumerate(inputs):
        if at in used or one.number + 1 < 2:
            continue
        left = np.bincount(one.places, residual, minlength=one.number + 1)
        heavy = np.bincount(one.places, mass, minlength=one.number + 1)
        step = np.divide(left, heavy, out=np.zeros_like(left), where=heavy > 0)
        if one.column.monotone and one.number > 1:
            filled = heavy[:-1] > 0
            fitted = isotonic_regression(
                step[:-1][filled], weights=heavy[:-1][filled], increasing=one.column.monotone > 0
            ).x
            step[:-1][filled] = fitted
        middle = float(np.average(step, weights=heavy))
        freedom = (heavy > 0).sum() - 1
        gains[at] = float(heavy @ (step - middle) ** 2) - 2 * freedom
    strongest = int(np.argmax(gains))
    return strongest if gains[strongest] > _WEAK else None


def _model(
    encoding: Encoding,
    inputs: Sequence[_Bins],
    kept: Sequence[int],
    found: Coefficients,
    rows: LabelledRows,
    loss: float,
) -> AdditiveModel:
    terms, first = {}, 0
    share = rows.weights / rows.weights.sum()
    for at in kept:
        one = inputs[at]
        width = len(one.never_negative)
        weights = one.weights(found.columns[first : first + width])
        first += width
        of_rows = weights[one.places]
        mean = float(share @ of_rows)
        counts = np.bincount(one.places, minlength=one.number + 1)
        positives = np.bincount(one.places, rows.labels, minlength=one.number + 1)
        terms[at] = Steps(
            cuts=one.cuts,
            groups=one.groups,
            weights=tuple(float(weight) for weight in weights[:-1]),
            unknown=float(weights[-1]) if counts[-1] else 0.0,
            mean=mean,
            deviation=float(np.sqrt(share @ (of_rows - mean) ** 2)),
            rows=tuple(int(count) for count in counts),
            positives=tuple(int(count) for count in positives),
        )
    in_order = sorted(kept)
    settled = {
        "inputs": str(len(kept)),
        "later_log_loss": f"{loss:.6f}",
        "entered": ", ".join(inputs[at].column.name for at in kept),
    }
    return AdditiveModel(
        "scorecard",
        Encoding(tuple(encoding.columns[at] for at in in_order)),
        tuple(terms[at] for at in in_order),
        found.intercept,
        settled,
    )


def _log_odds(rate: float) -> float:
    return float(np.log(rate / (1 - rate)))
