"""Read the truth of a simulated district as labels: for judging only, never for training or serving."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

TRUTH = "truth"

ACUTE_CAUSES = (
    "job_loss", "informal_work_lost", "major_illness", "death_of_earner", "disability", "dangerous_housing",
)  # fmt: skip
"""What strikes from one month to the next, told by a feed or not; debts and kin who stop helping come slowly."""
ACUTE_MONTHS = 3
"""A spell is acute in its first months; about the 90 days in which an event still counts as what led to need."""


class NoTruth(FileNotFoundError):
    """The folder holds no truth, or none of this outcome; the message says what there is."""


def true_answers(
    outcome: str, truth: Path, rows: pd.DataFrame, *, dates: Sequence[date], window_days: int
) -> pd.Series:
    """Return the true answer of each row for the outcome of that name; see :func:`true_unmet_need`.

    Raises:
        NoTruth: no truth there, or the district does not know what is true of that outcome.
    """
    if outcome not in _TRUE:
        raise NoTruth(
            f"the district does not know what is true of {outcome}, only of {', '.join(sorted(_TRUE))}:"
            " judge it by its labels, without a truth folder"
        )
    return _TRUE[outcome](truth, rows, dates=dates, window_days=window_days)


def true_unmet_need(
    truth: Path, rows: pd.DataFrame, *, dates: Sequence[date], window_days: int
) -> pd.Series:
    """Return 1.0 where a household of ``rows`` is in hidden hardship in some month of the window.

    Args:
        truth: the folder ``simulate`` wrote apart.
        rows: ``household_id`` and ``as_of_date``.
        dates: the as_of_dates to answer for; others get null.
        window_days: length of the window, days. A month belongs to it if its first day does.

    Returns:
        One value per row, in row order; null where a window reaches beyond the simulated months.

    Raises:
        NoTruth: no ``hardship.parquet`` there.
    """
    return _in_some_month(
        truth, rows, lambda months: months["hidden"], dates=dates, window_days=window_days
    )


def true_acute_shock(
    truth: Path, rows: pd.DataFrame, *, dates: Sequence[date], window_days: int
) -> pd.Series:
    """Return 1.0 where an acute cause put a household into hidden hardship in the window or shortly before.

    That is: in some month of the window it is in hidden hardship, for at most ``ACUTE_MONTHS`` months, by a cause of
    ``ACUTE_CAUSES``. Arguments, nulls and errors are those of :func:`true_unmet_need`.
    """

    def acute(months: pd.DataFrame) -> "pd.Series[bool]":
        young = months["spell_months"] <= ACUTE_MONTHS
        return months["hidden"] & young & months["cause"].isin(ACUTE_CAUSES)

    return _in_some_month(
        truth, rows, acute, dates=dates, window_days=window_days, also=("spell_months", "cause")
    )


def _in_some_month(
    truth: Path,
    rows: pd.DataFrame,
    holds: "Callable[[pd.DataFrame], pd.Series[bool]]",
    *,
    dates: Sequence[date],
    window_days: int,
    also: Sequence[str] = (),
) -> pd.Series:
    path = truth / "hardship.parquet"
    if not path.is_file():
        raise NoTruth(
            f"no {path}: give the truth folder that `zhaoren-lab simulate` wrote beside landing"
        )
    months = pd.read_parquet(path, columns=["household_id", "month", "hidden", *also])
    months["month"] = pd.to_datetime(months["month"])
    simulated_until = months["month"].max() + pd.offsets.MonthBegin(1)
    months = months.loc[holds(months), ["household_id", "month"]]
    answers = pd.Series(float("nan"), index=rows.index, dtype="float64")
    for as_of_date in dates:
        start = pd.Timestamp(as_of_date)
        end = start + timedelta(days=window_days)
        if end > simulated_until + timedelta(days=1):
            continue
        inside = (months["month"] >= start) & (months["month"] < end)
        true_of = set(months.loc[inside, "household_id"])
        here = pd.to_datetime(rows["as_of_date"]) == start
        answers[here] = rows.loc[here, "household_id"].isin(true_of).astype("float64")
    return answers


_TRUE: Mapping[str, Callable[..., pd.Series]] = {
    "unmet_need_180d": true_unmet_need,
    "acute_shock_90d": true_acute_shock,
}
