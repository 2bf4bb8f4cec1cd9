"""Logistic regression on standardised inputs, with declared directions and a penalty chosen on later rows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from models.encoding import Column
from models.learners.additive import AdditiveModel, Line, Steps, Term, bins_of, curved
from models.learners.bounded import Coefficients, fit_bounded
from models.learners.drawn import LabelledRows, draw
from models.learners.learned import LearnerError, log_loss
from models.ordering import Floats

if TYPE_CHECKING:
    from features.registry import Feature

_SKEWED = 2.0
_CLIPPED = (0.005, 0.995)


@dataclass(frozen=True, kw_only=True)
class LogisticSettings:
    """``strengths``: scikit-learn's ``C``, tried from the strictest; the one with the lowest log loss on
    later rows is kept. ``most_rows``: rows learned from at most, every positive among them.
    """

    kind: Literal["logistic"] = "logistic"
    strengths: tuple[float, ...] = (0.0003, 0.003, 0.03, 0.3, 3.0)
    most_rows: int = 60_000
    seed: int = 7


@dataclass(frozen=True)
class _Part:
    """The columns of the design that belong to one input: a slope or one per bin, and one for unknown."""

    column: Column
    shape: Line | Steps
    first: int
    has_unknown: bool

    @property
    def width(self) -> int:
        return (len(self.shape.weights) if isinstance(self.shape, Steps) else 1) + self.has_unknown

    @property
    def never_negative(self) -> list[bool]:
        slope = isinstance(self.shape, Line) and self.column.monotone != 0
        return [slope] + [False] * (self.width - 1)

    def design(self, values: Floats) -> Floats:
        unknown = np.isnan(values)
        if isinstance(self.shape, Steps):
            bins = bins_of(values, (), self.shape.groups)
            found = (bins[:, None] == np.arange(len(self.shape.weights))).astype(np.float64)
        else:
            # Turned round, a falling direction is a coefficient that may not be negative either.
            sign = self.column.monotone or 1
            found = sign * self.shape.scaled(values)[:, None]
        return np.column_stack([found, unknown]) if self.has_unknown else found


def fit_logistic(
    train: pd.DataFrame,
    later: pd.DataFrame,
    *,
    features: "Sequence[Feature]",
    settings: LogisticSettings,
    label: str,
    weight: str | None,
) -> AdditiveModel:
    """Learn from the labelled rows of ``train``; ``later`` chooses the penalty and nothing else.

    Raises:
        LearnerError: one class only, or no strength to try.
    """
    if not settings.strengths or min(settings.strengths) <= 0:
        raise LearnerError(
            f"logistic: strengths are {settings.strengths}; give at least one number above 0"
        )
    encoding, rows, watched = draw(
        train, later,
        features=features, label=label, weight=weight, most=settings.most_rows, seed=settings.seed,
    )  # fmt: skip
    parts: list[_Part] = []
    for place, column in enumerate(encoding.columns):
        first = parts[-1].first + parts[-1].width if parts else 0
        parts.append(_part(column, rows.column(place), first))
    design, seen = _design(parts, rows), _design(parts, watched)
    free = np.array([one for part in parts for one in part.never_negative])
    best: tuple[float, float, Coefficients] | None = None
    found = None
    for strength in sorted(settings.strengths):
        found = fit_bounded(
            design, rows.labels, rows.weights, strength=strength, never_negative=free, start=found
        )
        loss = log_loss(found.log_odds(seen), watched.labels, watched.weights)
        if best is None or loss < best[0]:
            best = (loss, strength, found)
    assert best is not None
    loss, strength, chosen = best
    terms = tuple(
        _term(part, chosen.columns[part.first : part.first + part.width], rows.column(place), rows)
        for place, part in enumerate(parts)
    )
    settled = {"strength": f"{strength:g}", "later_log_loss": f"{loss:.6f}"}
    return AdditiveModel("logistic", encoding, terms, chosen.intercept, settled)


def _design(parts: Sequence[_Part], rows: LabelledRows) -> Floats:
    return np.column_stack([part.design(rows.column(at)) for at, part in enumerate(parts)])


def _part(column: Column, values: Floats, first: int) -> _Part:
    known = values[~np.isnan(values)]
    has_unknown = len(known) < len(values)
    if column.dtype == "category":
        places = tuple(range(len(column.categories))) or (0,)
        shape: Line | Steps = Steps(
            groups=places, weights=(0.0,) * len(places), unknown=0.0, mean=0.0, deviation=0.0
        )
    else:
        shape = _line(known if len(known) else np.zeros(1))
    return _Part(column, shape, first, has_unknown)


def _line(known: Floats) -> Line:
    low, high = (float(value) for value in np.quantile(known, _CLIPPED))
    if low == high:
        # Rare events: clipping at quantiles would leave nothing to see.
        low, high = float(known.min()), float(known.max())
    inside = np.clip(known, low, high)
    curve = None
    deviation = float(inside.std())
    if deviation and abs(float(np.mean(((inside - inside.mean()) / deviation) ** 3))) > _SKEWED:
        curve = float(np.median(np.abs(inside[inside != 0])))
    scaled = curved(inside, curve)
    return Line(
        low=low, high=high, curve=curve,
        middle=float(scaled.mean()), spread=float(scaled.std()) or 1.0,
        slope=0.0, unknown=0.0, mean=0.0, deviation=0.0,
    )  # fmt: skip


def _term(part: _Part, found: Floats, values: Floats, rows: LabelledRows) -> Term:
    unknown = float(found[-1]) if part.has_unknown else 0.0
    shape = part.shape
    if isinstance(shape, Steps):
        weights = tuple(float(one) for one in found[: len(shape.weights)])
        term: Term = replace(shape, weights=weights, unknown=unknown)
    else:
        slope = float((part.column.monotone or 1) * found[0])
        term = replace(shape, slope=slope, unknown=unknown)
    share = rows.weights / rows.weights.sum()
    values_of_term = term.of(values)
    mean = float(share @ values_of_term)
    deviation = float(np.sqrt(share @ (values_of_term - mean) ** 2))
    return replace(term, mean=mean, deviation=deviation)
