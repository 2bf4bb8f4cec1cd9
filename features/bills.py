"""Bills of power, water, gas and heating, read for the groups on utilities and on the place.

Use is read from the meter, never from the amount due: a subsidised bill falls while consumption does not. Bills
of whoever lived at the address before are left out.
"""

import operator
from collections.abc import Callable, Iterable
from functools import reduce

import ibis
import ibis.expr.types as ir
from ibis import _

from features.households import own_accounts, since_moving_in
from features.point_in_time import PointInTime
from features.policy import in_force_on
from features.registry import KEYS
from features.windows import SCALE, Windowed, count, highest, lowest, total, within

YEAR_ROUND = ("power", "water", "gas")
"""Services used in every month; heating is silent all summer."""
SERVICES = (*YEAR_ROUND, "heating")
MONTHS_TOUCHED = range(5)
"""Calendar months that 90 days can touch, counted back: 90 days before 1 May is 31 January."""


def _unpaid(bills: ir.Table) -> ir.BooleanValue:
    return bills.paid_on.isnull() & (bills.due_date < bills.reported_on)


def _days_late(bills: ir.Table) -> ir.IntegerValue:
    return bills.paid_on.delta(bills.due_date, unit="day")


def _late(bills: ir.Table) -> ir.BooleanValue:
    return bills.paid_on > bills.due_date


def in_arrears(bills: ir.Table) -> ir.BooleanValue:
    """Whether a bill is unpaid past its due day, or was paid later than the convention allows."""
    return _unpaid(bills) | (
        _days_late(bills) > in_force_on("arrears_after_days", bills.event_date)
    )


def _of(
    service: str, condition: Callable[[ir.Table], ir.BooleanValue]
) -> Callable[[ir.Table], ir.BooleanValue]:
    return lambda bills: (bills.service == service) & condition(bills)


def bills_of_homes(view: PointInTime) -> ir.Table:
    """Return what two years of bills say of each household that has any, in one pass over them.

    Columns: counts, totals in yuan and metered units, dates; named like the features made of them.
    """

    def made() -> ir.Table:
        return view.windowed("utility_bills", link=own_accounts(view), **_asked())

    return view.shelf.table("bills_of_homes", made)


def _asked() -> dict[str, Windowed]:
    asked = {
        "first_bill_on": lowest(_.event_date, days=730),
        "last_bill_on": highest(_.event_date, days=730),
        "subsidy_365d": total(_.subsidy_amount, days=365),
        "due_365d": total(_.amount_due, days=365),
        "unpaid_bills": count(days=730, where=_unpaid),
        "unpaid_amount": total(_.amount_due, days=730, where=_unpaid),
        "oldest_unpaid_on": lowest(_.due_date, days=730, where=_unpaid),
        "last_arrears_on": highest(_.due_date, days=730, where=in_arrears),
        "arrears_90d": count(days=90, where=in_arrears),
        "arrears_455d": count(days=455, where=in_arrears),
        "was_due_365d": count(days=365, where=_.due_date < _.reported_on),
        "unpaid_365d": count(days=365, where=_unpaid),
        "late_365d": count(days=365, where=_late),
        "days_late_365d": total(_days_late, days=365, where=_late),
    }
    for name in SERVICES:
        asked[f"{name}_arrears_180d"] = count(days=180, where=_of(name, in_arrears))
    for name in YEAR_ROUND:
        asked[f"{name}_unpaid"] = total(_.amount_due, days=730, where=_of(name, _unpaid))
        asked[f"{name}_billed_on"] = highest(_.event_date, days=730, where=_.service == name)
        used = (_.service == name) & (_.usage > 0)
        asked[f"{name}_used_on"] = highest(_.event_date, days=730, where=used)
    return asked


def season_of_homes(view: PointInTime) -> ir.Table:
    """Return the metered use of each household in 90 days and in the same months a year before.

    Columns per service: ``power_90d`` and ``power_bills_90d``; ``power_paired`` and ``power_before``
    over the accounts and calendar months billed in both years, null if there are none. In ten-thousandths of
    the metered unit: a sum of whole numbers is the same in any order.
    """
    return view.shelf.table("season_of_homes", lambda: _season_of_homes(view))


def _season_of_homes(view: PointInTime) -> ir.Table:
    bills = since_moving_in(view, "utility_bills", days=31 * 17)
    day = bills.as_of_date
    recent = within(bills, days=90)
    # The same months a year before end within a month after the day a year before.
    bills = bills.filter(recent | (bills.event_date < day - ibis.interval(days=365 - 31)))
    months_ago = (bills.as_of_date.year() - bills.event_date.year()) * 12 + (
        bills.as_of_date.month() - bills.event_date.month()
    )
    bills = bills.mutate(
        recent=within(bills, days=90),
        months_ago=months_ago,
        used=(bills.usage * SCALE).round().cast("int64"),
    )
    accounts = bills.group_by([*KEYS, "account_id", "service"]).agg(
        bills_90d=bills.count(where=bills.recent),
        **{
            f"now_{back}": bills.used.sum(where=bills.recent & (bills.months_ago == back))
            for back in MONTHS_TOUCHED
        },
        **{
            f"before_{back}": bills.used.sum(where=bills.months_ago == back + 12)
            for back in MONTHS_TOUCHED
        },
    )
    now = [accounts[f"now_{back}"] for back in MONTHS_TOUCHED]
    before = [accounts[f"before_{back}"] for back in MONTHS_TOUCHED]
    pairs = list(zip(now, before, strict=True))
    accounts = accounts.mutate(
        used_90d=added(now),
        paired=added(ibis.ifelse(other.notnull(), one, None) for one, other in pairs),
        before=added(ibis.ifelse(one.notnull(), other, None) for one, other in pairs),
        is_paired=reduce(operator.or_, (one.notnull() & other.notnull() for one, other in pairs)),
    )
    columns: dict[str, ir.Scalar] = {}
    for name in SERVICES:
        here = accounts.service == name
        columns[f"{name}_90d"] = accounts.used_90d.sum(where=here)
        columns[f"{name}_bills_90d"] = accounts.bills_90d.sum(where=here)
        columns[f"{name}_paired"] = accounts.paired.sum(where=here & accounts.is_paired)
        columns[f"{name}_before"] = accounts.before.sum(where=here & accounts.is_paired)
    return accounts.group_by(list(KEYS)).agg(**columns)


def added(values: Iterable[ir.NumericValue]) -> ir.NumericValue:
    """Return the sum of some columns, what is unknown left out."""
    return reduce(operator.add, (value.fill_null(0) for value in values))
