"""A model that is a sum: one term per input, each a few steps or a straight line, and an intercept.

Both the scorecard and the logistic regression are of this form, so one reader, one explanation and one text serve
both. What an input contributes to a row is its term less the mean of that term over the training rows.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
import pandas as pd

from models.encoding import Encoding
from models.learners.learned import BASE, probability
from models.ordering import Floats

_ROWS_AT_ONCE = 100_000


@dataclass(frozen=True, kw_only=True)
class Steps:
    """A weight per bin. Bin ``k`` holds values from ``cuts[k - 1]`` up to, not including, ``cuts[k]``.

    A category has no cuts: ``groups`` says which bin each place of its vocabulary falls into. ``rows`` and
    ``positives`` count the training rows of each bin, the unknown last; ``mean`` and ``deviation`` of the
    weights are over those rows.
    """

    cuts: tuple[float, ...] = ()
    groups: tuple[int, ...] = ()
    weights: tuple[float, ...]
    unknown: float
    mean: float
    deviation: float
    rows: tuple[int, ...] = ()
    positives: tuple[int, ...] = ()

    def of(self, values: Floats) -> Floats:
        """Return the term of every value; unknown is NaN."""
        weights = np.append(np.asarray(self.weights, dtype=np.float64), self.unknown)
        return np.asarray(weights[bins_of(values, self.cuts, self.groups)])


@dataclass(frozen=True, kw_only=True)
class Line:
    """A slope per standardised value, clipped to what is usual and on a log scale where amounts are skewed.

    ``curve``: the value is ``sign(x) * log(1 + |x| / curve)`` before it is centred; None for as it is.
    """

    low: float
    high: float
    curve: float | None
    middle: float
    spread: float
    slope: float
    unknown: float
    mean: float
    deviation: float

    def of(self, values: Floats) -> Floats:
        """Return the term of every value; unknown is NaN."""
        return np.where(np.isnan(values), self.unknown, self.slope * self.scaled(values))

    def scaled(self, values: Floats) -> Floats:
        """Return standardised values, 0 for the unknown."""
        inside = curved(np.clip(values, self.low, self.high), self.curve)
        return np.nan_to_num((inside - self.middle) / self.spread)


Term = Steps | Line


@dataclass(frozen=True)
class AdditiveModel:
    """``terms`` stand in the order of the inputs. ``settled``: what was settled while learning."""

    kind: str
    encoding: Encoding
    terms: tuple[Term, ...]
    intercept: float
    settled: Mapping[str, str] = field(default_factory=dict)

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """Return the log-odds of every row."""
        total = np.full(len(frame), self.intercept)
        for first in range(0, len(frame), _ROWS_AT_ONCE):
            rows = slice(first, first + _ROWS_AT_ONCE)
            for values in self._terms_of(frame.iloc[rows]).T:
                total[rows] += values
        return total

    def predict(self, frame: pd.DataFrame) -> Floats:
        """Return the uncalibrated probability of every row."""
        return probability(self.log_odds(frame))

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return each term less its mean in training, and :data:`BASE`; columns add up to the log-odds."""
        means = np.array([term.mean for term in self.terms])
        found = pd.DataFrame(
            self._terms_of(frame) - means, columns=list(self.encoding.names), index=frame.index
        )
        found[BASE] = self.intercept + float(means.sum())
        return found

    def gains(self) -> pd.Series:
        """Return the share of each term in the sum of their variances over the training rows."""
        variances = np.array([term.deviation**2 for term in self.terms])
        shares = variances / variances.sum() if variances.sum() else variances
        return pd.Series(shares, index=list(self.encoding.names)).sort_values(
            ascending=False, kind="stable"
        )

    def facts(self) -> Mapping[str, str]:
        """Return what was settled while learning."""
        return dict(self.settled)

    def texts(self) -> Mapping[str, str]:
        """Return the model as one JSON text."""
        document = {
            "intercept": self.intercept,
            "settled": dict(self.settled),
            "terms": {
                column.name: {"shape": type(term).__name__.lower(), **asdict(term)}
                for column, term in zip(self.encoding.columns, self.terms, strict=True)
            },
        }
        text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
        return {f"{self.kind}.json": text + "\n"}

    @classmethod
    def read(cls, kind: str, encoding: Encoding, texts: Mapping[str, str]) -> "AdditiveModel":
        """Rebuild from :meth:`texts`.

        Raises:
            ValueError, KeyError, TypeError: the text is not one of these models.
        """
        stored = json.loads(texts[f"{kind}.json"])
        terms = tuple(_read_term(stored["terms"][name]) for name in encoding.names)
        if len(terms) != len(stored["terms"]):
            raise ValueError(f"{kind}.json has terms for inputs that are not declared")
        return cls(kind, encoding, terms, float(stored["intercept"]), stored["settled"])

    def _terms_of(self, frame: pd.DataFrame) -> Floats:
        matrix = self.encoding.matrix(frame)
        return np.column_stack(
            [term.of(matrix[:, at].astype(np.float64)) for at, term in enumerate(self.terms)]
        )


def bins_of(values: Floats, cuts: Sequence[float], groups: Sequence[int]) -> "np.ndarray":
    """Return the bin of every value; the unknown have the bin after the last."""
    known = ~np.isnan(values)
    if groups:
        found = np.full(len(values), max(groups) + 1, dtype=np.intp)
        found[known] = np.asarray(groups, dtype=np.intp)[values[known].astype(np.intp)]
        return found
    found = np.full(len(values), len(cuts) + 1, dtype=np.intp)
    found[known] = np.searchsorted(np.asarray(cuts), values[known], side="right")
    return found


def curved(values: Floats, curve: float | None) -> Floats:
    """Return values on a scale that is a logarithm far from zero and straight near it."""
    if curve is None:
        return values
    return np.asarray(np.sign(values) * np.log1p(np.abs(values) / curve))


def _read_term(stored: Mapping[str, object]) -> Term:
    given = {
        name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
    }
    shape = given.pop("shape")
    if shape == "line":
        return Line(**given)  # type: ignore[arg-type]
    term = Steps(**given)  # type: ignore[arg-type]
    bins = max(term.groups) + 1 if term.groups else len(term.cuts) + 1
    if shape != "steps" or len(term.weights) != bins or list(term.cuts) != sorted(term.cuts):
        raise ValueError(
            f"a term of shape {shape!r} has {len(term.weights)} weights for {bins} bins"
        )
    return term
