"""The second check of a split plan, written another way than the first and sharing no code with it.

:func:`models.splits.check` subtracts declared dates. Here every day is marked on a calendar, and then the rows
really handed to the learner are looked at, whatever the plan says. A plan is used only if both agree.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from models.splits import Parts, SplitError, TimeSplit


def prove_plan(splits: Sequence[TimeSplit]) -> None:
    """Mark every day a label window of learning covers; no test may fall on one, nor be tested twice.

    Raises:
        SplitError: a test date lies in a label window of its own split, not after every learning
            date, or is tested by two splits.
    """
    tested: dict[pd.Timestamp, str] = {}
    for split in splits:
        covered: set[pd.Timestamp] = set()
        for start in {*split.train_dates, *split.calibration_dates}:
            covered |= set(pd.date_range(start, periods=split.label_window_days, freq="D"))
        latest = max(covered) if covered else None
        for day in map(pd.Timestamp, split.test_dates):
            if day in covered or (latest is not None and day < latest):
                raise SplitError(
                    f"split {split.name}: a label window of learning covers days up to"
                    f" {latest:%Y-%m-%d}, and {day:%Y-%m-%d} is tested: test later or learn earlier"
                )
            if day in tested:
                raise SplitError(
                    f"{day:%Y-%m-%d} is tested by split {tested[day]} and by {split.name}: one"
                    " date may be judged once"
                )
            tested[day] = split.name


def prove_rows(frame: pd.DataFrame, rows: Parts, *, label_window_days: int) -> None:
    """Look at the rows themselves: who is learned from, when their labels close, who is tested.

    Args:
        frame: ``household_id`` and ``as_of_date``.
        rows: which of them are trained, calibrated and tested on.
        label_window_days: days from an as_of_date until its label is closed.

    Raises:
        SplitError: a row is in two parts, a household's row of one date is both trained and calibrated
            on, or a label closes after the first tested as_of_date.
    """
    taken = rows.train.astype(int) + rows.calibration.astype(int) + rows.test.astype(int)
    if taken.max(initial=0) > 1:
        raise SplitError(f"{int((taken > 1).sum())} rows are in more than one part of the split")
    learned = rows.train | rows.calibration
    keys = frame.loc[learned, ["household_id", "as_of_date"]]
    if bool(keys.duplicated().any()):
        raise SplitError(
            f"{int(keys.duplicated().sum())} households are learned from twice on one date"
        )
    if not rows.test.any():
        return
    days = pd.to_datetime(frame["as_of_date"])
    first_tested = days[rows.test].min()
    open_ = days[learned] + pd.to_timedelta(label_window_days, unit="D") > first_tested
    if bool(open_.any()):
        raise SplitError(
            f"{int(np.sum(open_))} rows learned from have labels that close after"
            f" {first_tested:%Y-%m-%d}, the first tested date: leave them out or test later"
        )
