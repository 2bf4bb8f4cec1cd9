"""What a benchmark city is: so many households, so many months, one seed."""

from dataclasses import dataclass
from datetime import date, datetime

LAST_MONTH = 47
"""Months are numbered from 2022-07 on; every history ends with 2026-06, so that a longer one only begins earlier."""
MONTHS_AT_MOST = LAST_MONTH + 1
AS_OF_DATE = date(2026, 7, 15)
"""Eleven days after the last month was delivered."""


@dataclass(frozen=True, kw_only=True)
class CityPlan:
    """Same plan, same facts (on one version of DuckDB, whose ``hash`` draws the lots)."""

    households: int
    months: int = 24
    seed: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.months <= MONTHS_AT_MOST:
            raise ValueError(f"{self.months} months, expected 1 to {MONTHS_AT_MOST}")
        if self.households < 1000:
            raise ValueError(f"{self.households} households, expected at least 1000")

    @property
    def first_month(self) -> int:
        """The first month of which every event is told."""
        return MONTHS_AT_MOST - self.months

    @property
    def stock(self) -> int:
        """The delivery with all that was so before the first month."""
        return self.first_month - 1

    @property
    def deliveries(self) -> range:
        """The stock, then one delivery of each feed for each month."""
        return range(self.stock, MONTHS_AT_MOST)


def first_day(month: int) -> date:
    """Return the first day of a month counted from 2022-07."""
    counted = 2022 * 12 + 6 + month
    return date(counted // 12, counted % 12 + 1, 1)


def received_at(month: int) -> datetime:
    """Return when the delivery about a month arrives: in the night of the fourth of the next."""
    after = first_day(month + 1)
    return datetime.fromisoformat(f"{after.year}-{after.month:02d}-04T02:10:00")
