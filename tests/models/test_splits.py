from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.splits import SplitError, TimeSplit, check, given_split, parts, time_splits

MONTHS = [date(2024 + month // 12, month % 12 + 1, 1) for month in range(24)]


def test_the_worked_example_of_the_module() -> None:
    splits = time_splits(MONTHS, label_window_days=180)

    [split] = [split for split in splits if split.test_dates == (date(2025, 9, 1),)]
    assert split.calibration_dates == (date(2025, 3, 1),)
    assert split.train_dates[-1] == date(2025, 2, 1)
    assert split.labels_closed_on == date(2025, 8, 28)


def test_a_window_that_ends_on_the_test_date_is_closed_and_one_day_later_is_not() -> None:
    learned, closed = date(2024, 1, 1), date(2024, 1, 1) + timedelta(days=180)

    split = given_split(train_dates=[learned], test_dates=[closed], label_window_days=180)
    assert split.labels_closed_on == closed
    with pytest.raises(SplitError, match="2024-01-01 close 180 days later"):
        given_split(
            train_dates=[learned],
            test_dates=[closed - timedelta(days=1)],
            label_window_days=180,
        )


@given(
    days=st.sets(st.integers(0, 900), min_size=2, max_size=20),
    window=st.integers(1, 200),
    test_span=st.integers(1, 3),
    calibration_span=st.integers(1, 3),
)
def test_no_label_of_any_split_reaches_its_test(
    days: set[int], window: int, test_span: int, calibration_span: int
) -> None:
    dates = [date(2023, 1, 1) + timedelta(days=day) for day in days]
    try:
        splits = time_splits(
            dates,
            label_window_days=window,
            test_span=test_span,
            calibration_span=calibration_span,
        )
    except SplitError:
        # Only honest if indeed no date lies a whole window after another.
        assert max(days) - min(days) < window
        return
    tested = [day for split in splits for day in split.test_dates]
    assert len(tested) == len(set(tested))
    for split in splits:
        learned = (*split.train_dates, *split.calibration_dates)
        assert max(learned) + timedelta(days=window) <= min(split.test_dates)
        assert split.shared_dates or max(split.train_dates) < min(split.calibration_dates)


def test_check_refuses_a_split_somebody_else_made_badly() -> None:
    late = TimeSplit(
        train_dates=(date(2024, 1, 1),),
        calibration_dates=(date(2024, 6, 1),),
        test_dates=(date(2024, 9, 1),),
        label_window_days=180,
    )
    with pytest.raises(SplitError, match="leave out 2024-06-01"):
        check(late)
    backwards = TimeSplit(
        train_dates=(date(2024, 2, 1),),
        calibration_dates=(date(2024, 1, 1),),
        test_dates=(),
        label_window_days=180,
    )
    with pytest.raises(SplitError, match="calibrate on later dates"):
        check(backwards)


def test_too_few_dates_say_what_to_do() -> None:
    with pytest.raises(SplitError, match="add earlier dates or shorten"):
        time_splits(MONTHS[:4], label_window_days=180)


def test_one_usable_date_is_shared_by_halves_of_households() -> None:
    rows = pd.DataFrame(
        {
            "household_id": [f"h{number}" for number in range(400)] * 2,
            "as_of_date": [date(2024, 1, 1)] * 400 + [date(2024, 9, 1)] * 400,
        }
    )
    split = given_split(
        train_dates=[date(2024, 1, 1)], test_dates=[date(2024, 9, 1)], label_window_days=180
    )

    found = parts(rows, split)

    assert not (found.train & found.calibration).any()
    assert (found.train | found.calibration)[:400].all()
    assert 150 < found.train.sum() < 250
    assert found.test.tolist() == [False] * 400 + [True] * 400


def test_parts_miss_no_wanted_date_silently() -> None:
    rows = pd.DataFrame({"household_id": ["h1"], "as_of_date": [date(2024, 1, 1)]})
    split = given_split(
        train_dates=[date(2023, 1, 1), date(2023, 2, 1)], test_dates=[], label_window_days=30
    )
    with pytest.raises(SplitError, match="no training rows"):
        parts(rows, split)
