"""Eight rules for choosing one model group from how it did on past as_of_dates.

Every rule is a pure function: a table of past figures in, the name of one group out. The table has one
row per ``model_group`` and ``as_of_date`` and one column per metric; what may be known on the day of the
choice is the caller's business (:mod:`models.regret` sees to it). Equal groups are told apart by name, so
neither the order of rows nor chance decides, except in :func:`random_model_group`, which is seeded.

The eight are those of the model selection step that dssg/triage calls Audition
(https://dssg.github.io/triage/audition/), written anew from their descriptions.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Literal

import numpy as np
import pandas as pd

from models.ordering import Floats

KEYS = ("model_group", "as_of_date")


class FiguresError(ValueError):
    """The table of figures cannot be chosen from; the message names groups and dates."""


def figures(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return ``metric`` with one row per as_of_date, in order, and one column per model group, by name.

    Raises:
        FiguresError: no rows, no such column, a group twice on one date, or a group without a figure
            on some date: an average over other dates than the rest's would not be comparable.
    """
    missing = [name for name in (*KEYS, metric) if name not in table.columns]
    if missing:
        raise FiguresError(f"no column {missing} among {sorted(map(str, table.columns))}")
    if table.empty:
        raise FiguresError("there are no figures to choose from: no date is finished yet")
    twice = table.loc[table.duplicated(list(KEYS)), list(KEYS)]
    if len(twice):
        group, day = (str(told) for told in twice.iloc[0])
        raise FiguresError(f"model group {group} has two figures on {day[:10]}")
    wide = table.pivot(index="as_of_date", columns="model_group", values=metric)
    wide = wide.astype(np.float64).sort_index().sort_index(axis="columns")
    holes = wide.isna()
    if bool(holes.to_numpy().any()):
        group = str(holes.any().idxmax())
        day = str(holes[group].idxmax())
        raise FiguresError(
            f"model group {group} has no {metric} on {day[:10]}: finish its backtest,"
            " or leave the group or the date out for all"
        )
    return wide


def random_model_group(table: pd.DataFrame, *, metric: str, seed: int) -> str:
    """Return any group, each with the same chance: what every other rule has to beat.

    The draw depends on ``seed`` and the latest as_of_date, so it is new on every date and repeatable.
    """
    wide = figures(table, metric)
    drawn = blake2b(f"{seed}|{wide.index[-1]}".encode(), digest_size=8).digest()
    return str(wide.columns[int.from_bytes(drawn, "little") % len(wide.columns)])


def best_current_value(table: pd.DataFrame, *, metric: str, higher_is_better: bool = True) -> str:
    """Return the group with the best value on the latest date: the best month."""
    return _best(figures(table, metric).iloc[-1], higher_is_better)


def best_average_value(table: pd.DataFrame, *, metric: str, higher_is_better: bool = True) -> str:
    """Return the group with the best mean over all dates."""
    return _best(figures(table, metric).mean(), higher_is_better)


def lowest_metric_variance(table: pd.DataFrame, *, metric: str) -> str:
    """Return the group whose values vary least (sample standard deviation over dates).

    After one date nothing has varied yet and all groups are equal. Stable is not good: a group that is
    always bad wins here.
    """
    return _best(_spread(figures(table, metric)), higher_is_better=False)


def most_frequent_best_dist(
    table: pd.DataFrame, *, metric: str, within: float, higher_is_better: bool = True
) -> str:
    """Return the group that was most often at most ``within`` from the best group of the date.

    Args:
        table: past figures.
        metric: the column to choose by.
        within: greatest distance that counts, in units of the metric, not negative.
        higher_is_better: whether more of the metric is better.
    """
    if within < 0:
        raise FiguresError(f"within is {within}: a distance from the best is never negative")
    wide = figures(table, metric)
    near = distances(wide, higher_is_better=higher_is_better) <= within
    return _best(near.mean(), higher_is_better=True)


def best_average_two_metrics(
    table: pd.DataFrame,
    *,
    metric: str,
    other_metric: str,
    weight: float,
    higher_is_better: bool = True,
) -> str:
    """Return the group with the best ``weight * mean(metric) + (1 - weight) * mean(other_metric)``.

    Both metrics have to point the same way and be on the same scale, e.g. precision and recall.
    """
    if not 0 <= weight <= 1:
        raise FiguresError(f"weight is {weight}: a share between 0 and 1 is needed")
    one, other = figures(table, metric).mean(), figures(table, other_metric).mean()
    return _best(weight * one + (1 - weight) * other, higher_is_better)


def best_avg_var_penalized(
    table: pd.DataFrame, *, metric: str, penalty: float, higher_is_better: bool = True
) -> str:
    """Return the group with the best ``mean - penalty * (sd - least sd of any group)``.

    ``sd`` is the sample standard deviation over dates, 0 after one date. Where lower is better the
    penalty is added instead.
    """
    if penalty < 0:
        raise FiguresError(f"penalty is {penalty}: it would reward a group for varying")
    wide = figures(table, metric)
    spread = _spread(wide)
    fine = penalty * (spread - spread.min())
    return _best(wide.mean() - fine if higher_is_better else wide.mean() + fine, higher_is_better)


def best_avg_recency_weight(
    table: pd.DataFrame,
    *,
    metric: str,
    newest_weight: float,
    decay: Literal["linear", "exponential"] = "linear",
    higher_is_better: bool = True,
) -> str:
    """Return the group with the best weighted mean, where the oldest date weighs 1.

    With ``a`` the share of the time passed between the oldest (0) and the newest date (1), a date weighs
    ``1 + (newest_weight - 1) * a`` (linear) or ``newest_weight ** a`` (exponential).

    Args:
        table: past figures.
        metric: the column to choose by.
        newest_weight: weight of the newest date; above 1 the recent counts more.
        decay: how weights grow in between.
        higher_is_better: whether more of the metric is better.
    """
    if newest_weight <= 0:
        raise FiguresError(f"newest_weight is {newest_weight}: a weight above 0 is needed")
    wide = figures(table, metric)
    weights = recency_weights(list(wide.index), newest_weight=newest_weight, decay=decay)
    mean = np.average(wide.to_numpy(), axis=0, weights=weights)
    return _best(pd.Series(mean, index=wide.columns), higher_is_better)


def recency_weights(
    dates: Sequence[pd.Timestamp],
    *,
    newest_weight: float,
    decay: Literal["linear", "exponential"],
) -> Floats:
    """Return the weight of every date; see :func:`best_avg_recency_weight`. A single date weighs 1."""
    days = np.array([(day - dates[0]).days for day in dates], dtype=np.float64)
    ages = days / days[-1] if days[-1] else days
    weights = newest_weight**ages if decay == "exponential" else 1 + (newest_weight - 1) * ages
    return np.asarray(weights, dtype=np.float64)


def distances(wide: pd.DataFrame, *, higher_is_better: bool = True) -> pd.DataFrame:
    """Return how far each group was from the best of its date: 0 for the best, never negative."""
    if higher_is_better:
        return -wide.sub(wide.max(axis="columns"), axis="index")
    return wide.sub(wide.min(axis="columns"), axis="index")


def _spread(wide: pd.DataFrame) -> pd.Series:
    return wide.std(ddof=1).fillna(0.0)


def _best(values: pd.Series, higher_is_better: bool) -> str:
    """Return the first name with the best value; sums in another order may differ in the last digit."""
    best = values.max() if higher_is_better else values.min()
    return str(values.index[np.isclose(values, best, rtol=1e-12, atol=1e-12)][0])
