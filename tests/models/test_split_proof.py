"""The second check finds what the first finds, from days and rows instead of declared differences."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.split_proof import prove_plan, prove_rows
from models.splits import Parts, SplitError, TimeSplit, check, given_split, parts, time_splits

FIRST = date(2024, 1, 1)
ROWS = pd.DataFrame(
    {
        "household_id": ["h1", "h2", "h1", "h2", "h1", "h2"],
        "as_of_date": [FIRST] * 2 + [date(2024, 2, 1)] * 2 + [date(2024, 9, 1)] * 2,
    }
)
SPLIT = given_split(
    train_dates=[FIRST, date(2024, 2, 1)], test_dates=[date(2024, 9, 1)], label_window_days=180
)


@given(
    learned=st.lists(st.integers(0, 60), min_size=2, max_size=4, unique=True),
    tested=st.integers(1, 120),
    window=st.integers(1, 40),
)
def test_both_checks_agree_on_every_plan(learned: list[int], tested: int, window: int) -> None:
    days = sorted(FIRST + timedelta(days=day) for day in learned)
    split = TimeSplit(
        train_dates=tuple(days[:-1]),
        calibration_dates=(days[-1],),
        test_dates=(FIRST + timedelta(days=tested),),
        label_window_days=window,
    )
    refused = []
    for one in (check, lambda split: prove_plan([split])):
        try:
            one(split)
            refused.append(False)
        except SplitError:
            refused.append(True)

    assert refused[0] == refused[1]


def test_a_plan_walked_forward_is_proved_and_a_date_judged_twice_is_not() -> None:
    months = [date(2024 + month // 12, month % 12 + 1, 1) for month in range(20)]
    plan = time_splits(months, label_window_days=180)

    prove_plan(plan)

    with pytest.raises(SplitError, match="judged once"):
        prove_plan([*plan, plan[-1]])


def test_rows_of_an_honest_split_are_proved() -> None:
    prove_rows(ROWS, parts(ROWS, SPLIT), label_window_days=180)


@pytest.mark.parametrize(("window", "refused"), [(213, False), (214, True)])
def test_a_label_may_close_on_the_first_tested_date_and_not_a_day_later(
    window: int, refused: bool
) -> None:
    rows = parts(ROWS, SPLIT)
    if not refused:
        prove_rows(ROWS, rows, label_window_days=window)
        return
    with pytest.raises(SplitError, match="2 rows learned from have labels that close after"):
        prove_rows(ROWS, rows, label_window_days=window)


def test_a_row_trained_and_calibrated_on_is_found_whatever_the_plan_says() -> None:
    rows = parts(ROWS, SPLIT)
    both = replace(rows, calibration=rows.calibration | rows.train)

    with pytest.raises(SplitError, match="more than one part"):
        prove_rows(ROWS, both, label_window_days=180)


def test_a_household_twice_on_one_date_is_found() -> None:
    twice = pd.concat([ROWS.iloc[:1], ROWS], ignore_index=True)
    learned = np.array([True, True, True, False, False, False, False])
    none = np.zeros(7, dtype=bool)

    with pytest.raises(SplitError, match="learned from twice"):
        prove_rows(twice, Parts(learned, none, none), label_window_days=180)
