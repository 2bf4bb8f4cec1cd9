"""Bills of power, water, gas and heating, read once for the groups on utilities, on the place and on what is known.

Use is read from the meter, never from the amount due: a subsidised bill falls while consumption does not. Bills
of whoever lived at the address before are left out. Bills are the largest feed by far: for a single date all that
is asked of them is taken in one pass, per account and service first and per household afterwards.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

import ibis
import ibis.expr.types as ir
from ibis import _

from features.households import own_accounts
from features.point_in_time import ENTITY, PointInTime
from features.policy import in_force_on
from features.registry import KEYS
from features.season import A_YEAR_BEFORE, DAYS, RECENT, season_parts, season_sums
from features.windows import (
    Windowed,
    aggregated,
    count,
    highest,
    in_units,
    lowest,
    rolled_up,
    total,
)

YEAR_ROUND = ("power", "water", "gas")
"""Services used in every month; heating is silent all summer."""
SERVICES = (*YEAR_ROUND, "heating")
_BILLS = "utility_bills"


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


_OF_ALL = {
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
_OF_EACH = {"arrears_180d": count(days=180, where=in_arrears)}
_OF_EACH_YEAR_ROUND = _OF_EACH | {
    "unpaid": total(_.amount_due, days=730, where=_unpaid),
    "billed_on": highest(_.event_date, days=730),
    "used_on": highest(_.event_date, days=730, where=lambda bills: bills.usage > 0),
}
_EVER = {"first_ever": lowest(_.event_date), "last_ever": highest(_.event_date)}


def _per_service() -> Iterator[tuple[str, str, Windowed]]:
    for service in SERVICES:
        asked = _OF_EACH_YEAR_ROUND if service in YEAR_ROUND else _OF_EACH
        for name, one in asked.items():
            yield service, name, one


def _asked() -> dict[str, Windowed]:
    per_service = {
        f"{service}_{name}": replace(one, where=_of(service, one.where))
        for service, name, one in _per_service()
    }
    return _OF_ALL | per_service


def _of(
    service: str, condition: Callable[[ir.Table], ir.BooleanValue] | None
) -> Callable[[ir.Table], ir.BooleanValue]:
    def of_service(bills: ir.Table) -> ir.BooleanValue:
        own = bills.service == service
        return own if condition is None else own & condition(bills)

    return of_service


def bills_of_homes(view: PointInTime) -> ir.Table:
    """Return what two years of bills say of each household that has any.

    Columns: counts, totals in yuan and metered units, dates; named like the features made of them.
    """

    def made() -> ir.Table:
        return view.windowed(_BILLS, link=own_accounts(view), **_asked())

    if view.in_one_pass:
        return view.shelf.table("bills_of_homes", made)
    homes = _homes(view)
    told = homes.filter(homes.first_bill_on.notnull())
    return in_units(told.select(*KEYS, *_asked()), _asked())


def season_of_homes(view: PointInTime) -> ir.Table:
    """Return the metered use of each household in 90 days and in the same months a year before.

    Columns per service as in :func:`features.season.season_sums`, in ten-thousandths of the metered unit.
    """

    def made() -> ir.Table:
        homes = _numbered_homes(view)
        # A bill is of the season of few dates; joined with homes before, it would be looked at for all.
        lately = view.facts(_BILLS, days=RECENT, link=homes)
        earlier = view.facts(_BILLS, days=DAYS, older_than=A_YEAR_BEFORE, link=homes)
        bills = lately.union(earlier)
        bills = bills.filter(bills.event_date >= bills.since)
        accounts = aggregated(bills, ["number", "service"], season_parts())
        accounts = accounts.join(homes.select(*KEYS, "number"), "number")
        return accounts.group_by(list(KEYS)).agg(**_season(accounts, ibis.literal(True)))

    if view.in_one_pass:
        return view.shelf.table("season_of_homes", made)
    homes = _homes(view)
    told = homes.filter(homes.season_bills > 0)
    columns = [name for name in homes.columns if name not in (*_asked(), *_EVER, "season_bills")]
    return told.select(columns)


def _season(accounts: ir.Table, counted: ir.BooleanValue) -> dict[str, ir.Scalar]:
    sums: dict[str, ir.Scalar] = {}
    for service in SERVICES:
        sums |= season_sums(accounts, service, counted)
    return sums


def first_and_last_bill(view: PointInTime) -> ir.Table:
    """Return ``first_ever`` and ``last_ever`` bill of each household's accounts, whoever lived there."""
    if view.in_one_pass:
        return view.windowed(_BILLS, **_EVER)
    return _homes(view).select(*KEYS, *_EVER)


def _numbered_homes(view: PointInTime) -> ir.Table:
    def made() -> ir.Table:
        return own_accounts(view).mutate(number=ibis.row_number())

    return view.shelf.table("numbered_homes", made)


def _homes(view: PointInTime) -> ir.Table:
    return view.shelf.table("homes_with_bills", lambda: _per_household(view, _per_account(view)))


def _accounts(view: PointInTime) -> ir.Table:
    """Return the accounts of each household, numbered, and since when it lives there, if it does."""

    def made() -> ir.Table:
        accounts, homes = view.members("account"), own_accounts(view)
        linked = accounts.left_join(homes, [*KEYS, ENTITY], rname="{name}_home")
        return linked.select(*KEYS, ENTITY, "since").mutate(number=ibis.row_number())

    return view.shelf.table("numbered_accounts", made)


def _per_account(view: PointInTime) -> ir.Table:
    """Return all that is asked, per account, service and whether the household lived there by then."""
    bills = view.facts(_BILLS, link=_accounts(view))
    bills = bills.mutate(is_own=(bills.event_date >= bills.since).fill_null(False))
    wanted = _OF_ALL | _OF_EACH_YEAR_ROUND | _EVER | season_parts()
    return aggregated(bills, ["number", "service", "is_own"], wanted)


def _per_household(view: PointInTime, accounts: ir.Table) -> ir.Table:
    own = {name: _where(accounts.is_own, accounts[name], one) for name, one in _OF_ALL.items()} | {
        f"{service}_{name}": _where(
            accounts.is_own & (accounts.service == service), accounts[name], one
        )
        for service, name, one in _per_service()
    }
    homes = _accounts(view).select(*KEYS, "number")
    parts = accounts.mutate(**own).join(homes, "number")
    asked = _asked() | _EVER
    return parts.group_by(list(KEYS)).agg(
        **{name: rolled_up(parts, name, one) for name, one in asked.items()},
        **_season(parts, parts.is_own),
        season_bills=parts.season_bills.sum(where=parts.is_own),
    )


def _where(counted: ir.BooleanValue, part: ir.Value, asked: Windowed) -> ir.Value:
    """Return a part where it counts, else what adds nothing: no bill is 0 bills, but no amount."""
    return ibis.ifelse(counted, part, 0 if asked.how == "count" else ibis.null(part.type()))
