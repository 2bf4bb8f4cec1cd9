"""The list against the rest, feature by feature: who is on it, in numbers a person can check."""

from collections.abc import Callable, Iterator, Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd

from features.registry import Feature
from models.list_overlap import Rows
from models.ordering import Floats
from models.resampling import LEVEL, Interval

COLUMNS = [
    "feature", "value", "listed_known", "rest_known", "listed_unknown", "rest_unknown",
    "listed_mean", "rest_mean", "ratio", "listed_median", "rest_median",
    "difference", "difference_low", "difference_high",
]  # fmt: skip
_MOST_CATEGORIES = 12


def crosstab(frame: pd.DataFrame, listed: Rows, *, features: Sequence[Feature]) -> pd.DataFrame:
    """Compare the listed rows with all others, most different feature first.

    Args:
        frame: feature values, one row per household (and as_of_date; rows of one household on several
            dates are not independent and make the interval too narrow, so prefer one date).
        listed: which rows are on the list.
        features: declared features; a category gives one line per value (the 12 most frequent).

    Returns:
        One line per feature or category value. ``*_unknown``: share of rows without a value. Means of a
        yes/no or a category value are shares. ``ratio``: listed over rest mean, null where the rest's is
        0 or either is below: an amount above a line has no such ratio. ``difference``: standardised, in standard deviations (pooled, Cohen's d), with its 95 %
        interval; null where one side has fewer than two known values or nothing varies.

    Raises:
        ValueError: nobody or everybody is listed.
    """
    if listed.all() or not listed.any():
        raise ValueError(
            f"{int(listed.sum())} of {len(listed)} rows are on the list: there is no rest to compare with"
        )
    lines = [
        _line(feature.name, value, numbers, listed)
        for feature in features
        for value, numbers in _columns(frame[feature.name], feature)
    ]
    table = pd.DataFrame(lines, columns=COLUMNS)
    order = table["difference"].abs().fillna(-1.0)
    return table.loc[order.sort_values(ascending=False, kind="stable").index].reset_index(drop=True)


def standardised_difference(one: Floats, other: Floats) -> Interval:
    """Return the difference of two means in pooled standard deviations, with its 95 % interval.

    Cohen's d with the large-sample standard error of Hedges and Olkin (Statistical Methods for
    Meta-Analysis, 1985): ``sqrt((n + m) / (n m) + d^2 / (2 (n + m)))``.
    """
    n, m = len(one), len(other)
    nothing = Interval(float("nan"), float("nan"), float("nan"))
    if n < 2 or m < 2:
        return nothing
    squares = float(((one - one.mean()) ** 2).sum() + ((other - other.mean()) ** 2).sum())
    pooled = squares / (n + m - 2)
    if not pooled > 0:
        return nothing
    d = float(one.mean() - other.mean()) / np.sqrt(pooled)
    half = NormalDist().inv_cdf(0.5 + LEVEL / 2) * float(
        np.sqrt((n + m) / (n * m) + d * d / (2 * (n + m)))
    )
    return Interval(float(d), float(d - half), float(d + half))


def _columns(values: pd.Series, feature: Feature) -> Iterator[tuple[str | None, Floats]]:
    """Yield a category as one yes/no per value, everything else as numbers; unknown is NaN."""
    if feature.dtype != "category":
        yield None, values.to_numpy(dtype=np.float64, na_value=np.nan)
        return
    unknown = values.isna().to_numpy()
    for value in values.value_counts().index[:_MOST_CATEGORIES]:
        yield str(value), np.where(unknown, np.nan, (values == value).fillna(False)).astype(float)


def _line(feature: str, value: str | None, numbers: Floats, listed: Rows) -> tuple[object, ...]:
    known = ~np.isnan(numbers)
    mine, theirs = numbers[listed & known], numbers[~listed & known]
    mean, rest = _of(np.mean, mine), _of(np.mean, theirs)
    apart = standardised_difference(mine, theirs)
    return (
        feature,
        value,
        len(mine),
        len(theirs),
        float(np.mean(~known[listed])),
        float(np.mean(~known[~listed])),
        mean,
        rest,
        mean / rest if rest > 0 and mean >= 0 else float("nan"),
        _of(np.median, mine),
        _of(np.median, theirs),
        apart.value,
        apart.low,
        apart.high,
    )


def _of(figure: Callable[[Floats], np.floating], numbers: Floats) -> float:
    return float(figure(numbers)) if len(numbers) else float("nan")
