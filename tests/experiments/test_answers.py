"""The truth of a simulated district as labels: which months count, and where it cannot answer."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from experiments.district.answers import NoTruth, true_acute_shock, true_answers, true_unmet_need

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


@pytest.fixture
def shocks(tmp_path: Path) -> Path:
    months = pd.DataFrame(
        [
            ("struck", "2025-08-01", True, 1, "major_illness"),
            ("third_month", "2025-07-01", True, 3, "job_loss"),
            ("fourth_month", "2025-07-01", True, 4, "job_loss"),
            ("slow_cause", "2025-08-01", True, 1, "private_debt"),
            ("covered", "2025-08-01", False, 1, "major_illness"),
            ("after_window", "2025-10-01", True, 1, "major_illness"),
            ("last_simulated", "2026-06-01", False, 9, "long_poverty"),
        ],
        columns=["household_id", "month", "hidden", "spell_months", "cause"],
    )
    months["month"] = pd.to_datetime(months["month"]).dt.date
    months.to_parquet(tmp_path / "hardship.parquet")
    return tmp_path


def test_an_acute_shock_is_a_young_hidden_spell_with_a_sudden_cause(shocks: Path) -> None:
    asked = rows(
        DATES[0],
        *("struck", "third_month", "fourth_month", "slow_cause", "covered", "after_window"),
    )

    answers = true_acute_shock(shocks, asked, dates=DATES, window_days=90)

    assert answers.tolist() == [1, 1, 0, 0, 0, 0]


def test_each_outcome_is_judged_by_its_own_truth(shocks: Path) -> None:
    asked = rows(DATES[0], "fourth_month")

    def truth_of(name: str) -> list[float]:
        return true_answers(name, shocks, asked, dates=DATES, window_days=90).tolist()

    assert (truth_of("unmet_need_180d"), truth_of("acute_shock_90d")) == ([1], [0])
    with pytest.raises(NoTruth, match="only of acute_shock_90d, unmet_need_180d"):
        truth_of("cut_off_60d")
