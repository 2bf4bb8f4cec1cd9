"""Which days are working days in China: the only module that asks chinese_calendar.

The State Council publishes the calendar of a year in the autumn before; until then a day of that year
counts by the weekday alone, and whoever asks is told that the answer may change.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version

import chinese_calendar  # type: ignore[import-untyped]

_SATURDAY = 5


@dataclass(frozen=True, kw_only=True)
class Day:
    """Whether people work on a day. ``is_provisional``: no calendar of its year is known yet."""

    is_working: bool
    is_provisional: bool


@lru_cache(maxsize=4096)
def look_up(day: date) -> Day:
    """Return whether ``day`` is a working day, make-up working days (调休) included."""
    try:
        return Day(is_working=bool(chinese_calendar.is_workday(day)), is_provisional=False)
    except NotImplementedError:
        return Day(is_working=day.weekday() < _SATURDAY, is_provisional=True)


def next_working_day(day: date) -> tuple[date, bool]:
    """Return ``day`` or the first working day after it, and whether that is provisional."""
    provisional = False
    while True:
        found = look_up(day)
        provisional |= found.is_provisional
        if found.is_working:
            return day, provisional
        day += timedelta(days=1)


def add_working_days(day: date, count: int) -> tuple[date, bool]:
    """Return the ``count``-th working day after ``day``, and whether that is provisional."""
    provisional = False
    while count:
        day += timedelta(days=1)
        found = look_up(day)
        provisional |= found.is_provisional
        count -= found.is_working
    return day, provisional


def edition() -> str:
    """Return which calendar is used: the same edition gives the same deadlines."""
    return f"chinesecalendar {version('chinesecalendar')}"
