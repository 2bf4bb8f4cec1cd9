"""Days and months as integers: days since 1970-01-01, months of one simulated calendar."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

EPOCH = date(1970, 1, 1)
NO_DAY = -(10**6)
"""Stands for "no date" in arrays of days; written as an empty cell."""


def day_number(day: date) -> int:
    """Return the days from 1970-01-01 to ``day``."""
    return (day - EPOCH).days


def calendar_day(number: int) -> date:
    """Return the date that is ``number`` days after 1970-01-01."""
    return EPOCH + timedelta(days=number)


@dataclass(frozen=True)
class Month:
    """One calendar month; ``index`` counts from the first recorded month (burn-in is negative)."""

    index: int
    year: int
    number: int

    @property
    def first(self) -> int:
        """The first day, as a day number."""
        return day_number(date(self.year, self.number, 1))

    @property
    def after(self) -> int:
        """The first day of the next month, as a day number."""
        following = self.shifted(1)
        return day_number(date(following.year, following.number, 1))

    @property
    def days(self) -> int:
        """How many days the month has."""
        return self.after - self.first

    @property
    def label(self) -> str:
        """The month as YYYY-MM."""
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def is_winter(self) -> bool:
        """Whether homes are heated (November to March)."""
        return self.number in (11, 12, 1, 2, 3)

    def shifted(self, months: int) -> "Month":
        """Return the month ``months`` later (earlier when negative)."""
        total = self.year * 12 + self.number - 1 + months
        return Month(self.index + months, total // 12, total % 12 + 1)


def calendar(last_year: int, last_number: int, months: int, burn_in: int) -> Iterator[Month]:
    """Yield the burn-in months (negative index), then the recorded months up to the last one."""
    last = Month(months - 1, last_year, last_number)
    for index in range(-burn_in, months):
        yield last.shifted(index - (months - 1))
