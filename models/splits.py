"""Time splits with a gap, so that no training label looks into the test period.

One example through the whole file. Labels look 180 days ahead; matrices exist for the first of every
month of 2024 and 2025. To test on 2025-09-01, the last training or calibration date is 2025-03-01: its label
window ends on 2025-08-28. 2025-04-01 is too late (it ends on 2025-09-28) and falls into the gap.
The calibration slice is the last of the usable dates, 2025-03-01; training ends at 2025-02-01.

Training and calibration windows overlap each other: leaving a second gap between them would cost half a
year of labels. What matters for the figures we publish is that neither reaches the test.

Where only one date is usable, training and calibration share it: each household belongs wholly to
one of two halves drawn by hash, so no household is calibrated on its own training row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from models.ordering import household_hash

Rows = npt.NDArray[np.bool_]

_HALVES_SEED = 20260101


class SplitError(ValueError):
    """The dates given cannot be split honestly."""


@dataclass(frozen=True, kw_only=True)
class TimeSplit:
    """Which ``as_of_date`` belongs to what. Without test dates it is the split of a final model."""

    train_dates: tuple[date, ...]
    calibration_dates: tuple[date, ...]
    test_dates: tuple[date, ...]
    label_window_days: int

    @property
    def shared_dates(self) -> frozenset[date]:
        """Dates on which training and calibration each take one half of the households."""
        return frozenset(self.train_dates) & frozenset(self.calibration_dates)

    @property
    def labels_closed_on(self) -> date:
        """First day on which every training and calibration label window is over."""
        last = max(*self.train_dates, *self.calibration_dates)
        return last + timedelta(days=self.label_window_days)

    @property
    def name(self) -> str:
        """Short name for logs and tables: the test dates, or "final"."""
        if not self.test_dates:
            return "final"
        first, last = self.test_dates[0].isoformat(), self.test_dates[-1].isoformat()
        return first if first == last else f"{first}..{last}"

    def describe(self) -> str:
        """Return one sentence that states dates, gap and how calibration rows are chosen."""
        how = "by household halves on shared dates" if self.shared_dates else "on later dates"
        tested = f"tested on {_span(self.test_dates)}" if self.test_dates else "no test dates"
        return (
            f"trained on {_span(self.train_dates)}, calibrated on {_span(self.calibration_dates)}"
            f" ({how}), labels closed on {self.labels_closed_on}, {tested}"
        )


@dataclass(frozen=True)
class Parts:
    """Row masks of one frame under one split. Rows of other dates belong to none of them."""

    train: Rows
    calibration: Rows
    test: Rows


def time_splits(
    as_of_dates: Iterable[date],
    *,
    label_window_days: int,
    test_span: int = 1,
    calibration_span: int = 1,
    min_train_dates: int = 1,
) -> tuple[TimeSplit, ...]:
    """Return rolling-origin splits, earliest test first; every date is tested at most once.

    Args:
        as_of_dates: dates for which a matrix and closed labels exist.
        label_window_days: length of the label window.
        test_span: consecutive dates tested together.
        calibration_span: how many of the last usable dates are kept for calibration.
        min_train_dates: splits with fewer training dates are not made.

    Raises:
        SplitError: no date leaves ``min_train_dates`` behind the gap.
    """
    dates = sorted(set(as_of_dates))
    window = timedelta(days=label_window_days)
    splits = []
    place = 0
    while place < len(dates):
        usable = [day for day in dates if day + window <= dates[place]]
        train, calibration = _train_and_calibration(usable, calibration_span=calibration_span)
        if len(train) < min_train_dates:
            place += 1
            continue
        splits.append(
            TimeSplit(
                train_dates=train,
                calibration_dates=calibration,
                test_dates=tuple(dates[place : place + test_span]),
                label_window_days=label_window_days,
            )
        )
        place += test_span
    if not splits:
        raise SplitError(
            f"{len(dates)} dates ({_span(dates)}) leave no test date at least {label_window_days}"
            f" days after {min_train_dates} training date(s): add earlier dates or shorten the"
            " label window"
        )
    for split in splits:
        check(split)
    return tuple(splits)


def given_split(
    *,
    train_dates: Iterable[date],
    test_dates: Iterable[date],
    label_window_days: int,
    calibration_span: int = 1,
) -> TimeSplit:
    """Return the split of explicitly given dates; the last training dates become calibration.

    Give no test dates for a final model, which is trained on everything whose labels are closed.

    Raises:
        SplitError: a date is in both lists, or the gap is too small.
    """
    train, calibration = _train_and_calibration(
        sorted(set(train_dates)), calibration_span=calibration_span
    )
    split = TimeSplit(
        train_dates=train,
        calibration_dates=calibration,
        test_dates=tuple(sorted(set(test_dates))),
        label_window_days=label_window_days,
    )
    check(split)
    return split


def check(split: TimeSplit) -> None:
    """Verify a split from its dates alone, whoever made it.

    Raises:
        SplitError: no training or calibration dates, calibration before training, or a label window
            that is still open on a test date.
    """
    if split.label_window_days < 1:
        raise SplitError(f"label_window_days is {split.label_window_days}; it must be at least 1")
    if not split.train_dates or not split.calibration_dates:
        raise SplitError("a split needs at least one training and one calibration date")
    if min(split.calibration_dates) < max(split.train_dates) and not split.shared_dates:
        raise SplitError(
            f"calibration starts on {min(split.calibration_dates)}, before training ends on"
            f" {max(split.train_dates)}: calibrate on later dates"
        )
    for learned in (*split.train_dates, *split.calibration_dates):
        for tested in split.test_dates:
            days = (tested - learned).days
            if days < split.label_window_days:
                raise SplitError(
                    f"the labels of {learned} close {split.label_window_days} days later, but"
                    f" {tested} is tested {days} days later: leave out {learned} or test later"
                )


def parts(frame: pd.DataFrame, split: TimeSplit) -> Parts:
    """Return which rows of ``frame`` are trained, calibrated and tested on.

    Raises:
        SplitError: a test part is wanted but ``frame`` has no row on a test date, or likewise for
            training and calibration.
    """
    train = on_dates(frame, split.train_dates)
    calibration = on_dates(frame, split.calibration_dates)
    if split.shared_dates:
        shared = on_dates(frame, split.shared_dates)
        half = household_hash(frame["household_id"], seed=_HALVES_SEED) % np.uint64(2) == 1
        train = train & ~(shared & half)
        calibration = calibration & (~shared | half)
    found = Parts(train, calibration, on_dates(frame, split.test_dates))
    for name, rows, dates in (
        ("training", found.train, split.train_dates),
        ("calibration", found.calibration, split.calibration_dates),
        ("test", found.test, split.test_dates),
    ):
        if dates and not rows.any():
            raise SplitError(f"the frame has no {name} rows on {_span(dates)}")
    return found


def on_dates(frame: pd.DataFrame, dates: Iterable[date]) -> Rows:
    """Return which rows have one of ``dates`` as their ``as_of_date``."""
    wanted = pd.DatetimeIndex([pd.Timestamp(day) for day in dates])
    days = pd.to_datetime(frame["as_of_date"])
    return np.asarray(days.isin(wanted), dtype=np.bool_)


def _train_and_calibration(
    usable: Sequence[date], *, calibration_span: int
) -> tuple[tuple[date, ...], tuple[date, ...]]:
    """Cut the usable dates in two; one usable date is shared, several are never."""
    if len(usable) < 2:
        return tuple(usable), tuple(usable)
    kept = min(calibration_span, len(usable) - 1)
    return tuple(usable[:-kept]), tuple(usable[-kept:])


def _span(dates: Sequence[date]) -> str:
    if not dates:
        return "no dates"
    if len(dates) == 1:
        return dates[0].isoformat()
    return f"{dates[0].isoformat()}..{dates[-1].isoformat()} ({len(dates)} dates)"
