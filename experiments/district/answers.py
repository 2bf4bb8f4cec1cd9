"""Read the truth of a simulated district as labels: for judging only, never for training or serving."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

TRUTH = "truth"


class NoTruth(FileNotFoundError):
    """The folder holds no truth: it is not a simulated district, or only its landing was copied."""


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
    path = truth / "hardship.parquet"
    if not path.is_file():
        raise NoTruth(
            f"no {path}: give the truth folder that `zhaoren-lab simulate` wrote beside landing"
        )
    months = pd.read_parquet(path, columns=["household_id", "month", "hidden"])
    months["month"] = pd.to_datetime(months["month"])
    simulated_until = months["month"].max() + pd.offsets.MonthBegin(1)
    answers = pd.Series(float("nan"), index=rows.index, dtype="float64")
    for as_of_date in dates:
        start = pd.Timestamp(as_of_date)
        end = start + timedelta(days=window_days)
        if end > simulated_until + timedelta(days=1):
            continue
        inside = (months["month"] >= start) & (months["month"] < end) & months["hidden"]
        in_need = set(months.loc[inside, "household_id"])
        here = pd.to_datetime(rows["as_of_date"]) == start
        answers[here] = rows.loc[here, "household_id"].isin(in_need).astype("float64")
    return answers
