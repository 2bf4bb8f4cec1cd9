"""Metered use of 90 days beside the same calendar months of the year before, account by account.

Only months billed in both years are compared, on the same meter. In ten-thousandths of the metered unit: a sum of
whole numbers is the same in any order.
"""

import operator
from collections.abc import Callable, Iterable
from functools import reduce

import ibis
import ibis.expr.types as ir
from ibis import _

from features.windows import Windowed, count, total, within

MONTHS_TOUCHED = range(5)
"""Calendar months that 90 days can touch, counted back: 90 days before 1 May is 31 January."""
RECENT = 90
"""Days back at which the season of this year begins."""
DAYS = 31 * 17
"""Days back at which the season of the year before can begin."""
A_YEAR_BEFORE = 365 - 31
"""Days back at which it ends at the latest: within a month after the day a year before."""


def _of_the_season(bills: ir.Table) -> ir.BooleanValue:
    return within(bills, days=RECENT) | _earlier(bills)


def _earlier(bills: ir.Table) -> ir.BooleanValue:
    return within(bills, days=DAYS) & ~within(bills, days=A_YEAR_BEFORE)


def _months_ago(bills: ir.Table, months: int) -> ir.BooleanValue:
    """Whether a bill is of the calendar month so many months before the one of the day."""
    # Worked out once for all months; two ends of a month apiece, on dates and intervals, took half the time of all.
    return _month(bills.as_of_date) - _month(bills.event_date) == months


def _month(day: ir.DateValue) -> ir.IntegerValue:
    return day.year() * 12 + day.month()


def _now(back: int) -> Callable[[ir.Table], ir.BooleanValue]:
    return lambda bills: _months_ago(bills, back)


def _before(back: int) -> Callable[[ir.Table], ir.BooleanValue]:
    return lambda bills: _earlier(bills) & _months_ago(bills, back + 12)


def season_parts() -> dict[str, Windowed]:
    """Return what is asked of the bills of one account and service, of facts with ``as_of_date``."""
    return {
        "season_bills": count(days=DAYS, where=_of_the_season),
        "bills_90d": count(days=RECENT),
        **{f"now_{back}": total(_.usage, days=RECENT, where=_now(back)) for back in MONTHS_TOUCHED},
        **{
            f"before_{back}": total(_.usage, days=DAYS, where=_before(back))
            for back in MONTHS_TOUCHED
        },
    }


def season_sums(accounts: ir.Table, service: str, counted: ir.BooleanValue) -> dict[str, ir.Scalar]:
    """Return the sums over the ``counted`` rows of :func:`season_parts` of one ``service``.

    ``<service>_90d`` and ``<service>_bills_90d``; ``<service>_paired`` and ``<service>_before`` over the accounts
    and calendar months billed in both years. Null where there are none.
    """
    now = [accounts[f"now_{back}"] for back in MONTHS_TOUCHED]
    before = [accounts[f"before_{back}"] for back in MONTHS_TOUCHED]
    pairs = list(zip(now, before, strict=True))
    is_paired = reduce(operator.or_, (one.notnull() & other.notnull() for one, other in pairs))
    here = counted & (accounts.service == service) & (accounts.season_bills > 0)
    paired = added(ibis.ifelse(other.notnull(), one, None) for one, other in pairs)
    year_before = added(ibis.ifelse(one.notnull(), other, None) for one, other in pairs)

    def of_those(value: ir.NumericValue, where: ir.BooleanValue) -> ir.NumericScalar:
        # Filtering inside the aggregate would have DuckDB cut every column to size for each of them.
        return ibis.ifelse(where, value, None).sum()

    return {
        f"{service}_90d": of_those(added(now), here),
        f"{service}_bills_90d": of_those(accounts.bills_90d, here),
        f"{service}_paired": of_those(paired, here & is_paired),
        f"{service}_before": of_those(year_before, here & is_paired),
    }


def added(values: Iterable[ir.NumericValue]) -> ir.NumericValue:
    """Return the sum of some columns, what is unknown left out."""
    return reduce(operator.add, (value.fill_null(0) for value in values))
