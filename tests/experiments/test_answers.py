"""The truth of a simulated district as labels: which months count, and where it cannot answer."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from experiments.district.answers import NoTruth, true_unmet_need

DATES = [date(2025, 7, 1), date(2026, 1, 1), date(2026, 2, 1)]


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    months = pd.DataFrame(
        [
            ("month_before", "2025-06-01", True),
            ("first_month", "2025-07-01", True),
            ("last_month", "2025-12-01", True),
            ("month_after", "2026-01-01", True),
            ("helped", "2025-08-01", False),
            ("last_simulated", "2026-06-01", True),
        ],
        columns=["household_id", "month", "hidden"],
    )
    months["month"] = pd.to_datetime(months["month"]).dt.date
    months.to_parquet(tmp_path / "hardship.parquet")
    return tmp_path


def rows(as_of_date: date, *households: str) -> pd.DataFrame:
    return pd.DataFrame({"household_id": list(households), "as_of_date": pd.Timestamp(as_of_date)})


def test_only_hidden_months_that_begin_inside_the_window_count(truth: Path) -> None:
    asked = rows(DATES[0], "month_before", "first_month", "last_month", "month_after", "helped")

    answers = true_unmet_need(truth, asked, dates=DATES, window_days=180)

    assert answers.tolist() == [0, 1, 1, 0, 0]


def test_a_window_beyond_the_simulated_months_has_no_answer(truth: Path) -> None:
    closed = true_unmet_need(truth, rows(DATES[1], "last_simulated"), dates=DATES, window_days=180)
    open_ = true_unmet_need(truth, rows(DATES[2], "last_simulated"), dates=DATES, window_days=180)

    assert closed.tolist() == [1]
    assert open_.isna().all()


def test_a_folder_without_truth_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoTruth, match="simulate"):
        true_unmet_need(tmp_path, rows(DATES[0], "x"), dates=DATES, window_days=180)
