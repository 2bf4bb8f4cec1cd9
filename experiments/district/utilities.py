"""Power, water, gas, heating: accounts, bills, who pays late, who is cut off.

Most late payers forget; many struggling families pay the bill and cut food instead. A subsidy
lowers what is due and leaves the use as it was.
"""

from dataclasses import dataclass, field

import numpy as np

from experiments.district.config import DistrictConfig
from experiments.district.desk import Batch, Desk, take
from experiments.district.months import NO_DAY, Flags, Floats, Ints, Month
from experiments.district.places import Grids
from experiments.district.streams import Streams
from experiments.district.world import World

POWER, WATER, GAS, HEATING = range(4)
PRICE = np.array([0.5283, 3.2, 2.86, 0.55])
"""Yuan per kWh, cubic metre, cubic metre and heated kWh (tariffs of the region, rounded)."""
FREE_POWER_KWH = 15.0
"""Free monthly quota of 低保 and 特困 families (national policy since 2012)."""
HEATING_SUBSIDY_SHARE = 0.5
DUE_AFTER_DAYS = 15
OVERDUE_SIGNAL_DAYS = 30
CUT_AFTER_DAYS = 60
ARREARS, SAFETY, FAULT = range(3)


def connect(world: World, grids: Grids, streams: Streams, *, day: int) -> None:
    """Give every dwelling its accounts: power and water all, gas most, heating by area."""
    rng = streams.at("accounts")
    addresses = world.addresses
    everywhere = np.arange(len(addresses))
    has_gas = everywhere[rng.random(len(everywhere)) < 0.82]
    heated = everywhere[grids.has_heating[addresses.grid] == 1]
    for service, rows in (
        (POWER, everywhere),
        (WATER, everywhere),
        (GAS, has_gas),
        (HEATING, heated),
    ):
        made = world.accounts.grow(len(rows))
        accounts = world.accounts
        accounts.address[made] = rows
        accounts.service[made] = service
        opened = np.maximum(addresses.built[rows] - 1970, 25) * 365.25
        accounts.since[made] = np.minimum(
            opened.astype(np.int64) + rng.integers(0, 700, len(rows)), day - 30
        )
        size = np.sqrt(addresses.area[rows] / 85)
        typical = np.array([75.0, 5.0, 9.0, 260.0])[service]
        accounts.base_usage[made] = typical * size * rng.lognormal(0, 0.30, len(rows))
    world.ids.take("account", len(world.accounts))


def report_accounts(world: World, desk: Desk, rows: Ints) -> None:
    """Hand in the accounts ``rows`` as they stand."""
    accounts = world.accounts
    desk.report(
        "utility_accounts",
        account_id=rows,
        service=accounts.service[rows],
        holder_name=rows,
        holder_phone=rows,
        address_text=rows,
        event_date=accounts.since[rows],
        valid_to=np.full(len(rows), NO_DAY, np.int64),
        subsidised=accounts.subsidised[rows],
    )


@dataclass
class Utilities:
    """Bills accounts; keeps unpaid bills until their payers pay."""

    _unpaid: Batch = field(default_factory=dict)
    _pays_on: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    signals: int = 0
    """New arrears (30 days past due) of the month just simulated."""
    hardship_arrears: Flags = field(default_factory=lambda: np.empty(0, np.bool_))
    """Households with arrears or cut-off in the month because they could not pay."""

    def month(
        self,
        world: World,
        desk: Desk,
        config: DistrictConfig,
        streams: Streams,
        month: Month,
        *,
        seen_until: int,
    ) -> None:
        """Bill, collect and cut for one month; payments are seen up to ``seen_until``."""
        rng = streams.at("utilities", month.index)
        self._subsidise(world, desk)
        bills, pays_on = self._bill(world, config, rng, month)
        self._collect(world, desk, rng, month, seen_until, bills, pays_on)
        self._cut_and_restore(world, desk, config, rng, month)

    def _subsidise(self, world: World, desk: Desk) -> None:
        accounts, homes = world.accounts, world.homes
        home = world.addresses.household[accounts.address]
        on_aid = (home >= 0) & np.isin(homes.scheme[np.maximum(home, 0)], [0, 1])
        entitled = on_aid & np.isin(accounts.service, [POWER, HEATING])
        changed = np.flatnonzero(entitled != accounts.subsidised)
        accounts.subsidised[changed] = entitled[changed]
        report_accounts(world, desk, changed)

    def _bill(
        self, world: World, config: DistrictConfig, rng: np.random.Generator, month: Month
    ) -> tuple[Batch, Ints]:
        accounts, homes = world.accounts, world.homes
        rows = np.arange(len(accounts))
        home = world.addresses.household[accounts.address]
        service = accounts.service
        every_other = (rows + month.number) % 2 == 0
        billed = (home >= 0) & (
            (service == POWER)
            | (np.isin(service, [WATER, GAS]) & every_other)
            | ((service == HEATING) & month.is_winter)
        )
        rows, home, service = rows[billed], home[billed], service[billed]
        usage = self._use(world, config, rows, home, service, rng, month)
        gross = usage * PRICE[service]
        free = np.where(
            service == POWER, FREE_POWER_KWH * PRICE[POWER], gross * HEATING_SUBSIDY_SHARE
        )
        subsidy = np.round(np.where(accounts.subsidised[rows], np.minimum(free, gross), 0.0), 2)
        billed_on = month.first + rng.integers(0, 9, len(rows))
        pays_on = billed_on + rng.integers(0, 13, len(rows))
        forgets = homes.forgetful[home] & (rng.random(len(rows)) < config.mechanism.forgets_bill)
        pays_on[forgets] = billed_on[forgets] + rng.integers(25, 130, int(forgets.sum()))
        can_not = homes.in_hardship[home] & (homes.scheme[home] < 0)
        skip = np.where(homes.bills_first[home], 0.004, config.mechanism.skips_bill)
        skip = skip * np.where(accounts.overdue[rows] > 0, 1.6, 1.0)
        defaults = can_not & (rng.random(len(rows)) < skip)
        pays_on[defaults] = NEVER
        bills: Batch = {
            "bill_id": world.ids.take("bill", len(rows)),
            "account_id": rows,
            "service": service,
            "event_date": billed_on,
            "usage": np.round(usage, 1),
            "amount_due": np.round(gross - subsidy, 2),
            "subsidy_amount": subsidy,
            "due_date": billed_on + DUE_AFTER_DAYS,
        }
        return bills, pays_on

    def _use(
        self,
        world: World,
        config: DistrictConfig,
        rows: Ints,
        home: Ints,
        service: Ints,
        rng: np.random.Generator,
        month: Month,
    ) -> Floats:
        homes = world.homes
        size = world.per_home(np.ones(len(world.people)))[home]
        season = np.select(
            [service == POWER, service == HEATING],
            [
                1 + 0.45 * (month.number in (7, 8)) + 0.20 * (month.number in (1, 12)),
                1 + 0.25 * (month.number in (1, 12)),
            ],
            1.0,
        )
        thrift = np.where(homes.in_hardship[home], 1 - homes.lean[home], 1.0)
        away = rng.random(len(homes)) < config.mechanism.away_month
        thrift = thrift * np.where(away[home], rng.uniform(0.2, 0.8, len(rows)), 1.0)
        # Use drifts for reasons of its own: a new appliance, a grown child.
        world.accounts.base_usage *= np.exp(rng.normal(0, 0.025, len(world.accounts)))
        usage: Floats = (
            world.accounts.base_usage[rows]
            * (0.55 + 0.25 * np.minimum(size, 6))
            * season
            * thrift
            * np.exp(0.06 * homes.skill[home] + rng.normal(0, 0.16, len(rows)))
            * np.where(np.isin(service, [WATER, GAS]), 2.0, 1.0)
        )
        return usage

    def _collect(
        self,
        world: World,
        desk: Desk,
        rng: np.random.Generator,
        month: Month,
        seen_until: int,
        bills: Batch,
        pays_on: Ints,
    ) -> None:
        homes = world.homes
        late = self._unpaid
        if late:
            payer = world.addresses.household[
                world.accounts.address[late["account_id"].astype(np.int64)]
            ]
            stuck = self._pays_on == NEVER
            able = (payer < 0) | ~homes.in_hardship[np.maximum(payer, 0)]
            able |= (payer >= 0) & (homes.scheme[np.maximum(payer, 0)] >= 0)
            settles = stuck & (rng.random(len(stuck)) < np.where(able, 0.50, 0.45))
            self._pays_on[settles] = month.first + rng.integers(0, month.days, int(settles.sum()))
            # Once a payment falls into the time the department has seen, it reports it.
            done = self._pays_on <= seen_until
            paid = take(late, np.flatnonzero(done))
            desk.report("utility_bills", **paid, paid_on=self._pays_on[done])
            late = take(late, np.flatnonzero(~done))
            self._pays_on = self._pays_on[~done]
        on_time = pays_on <= seen_until
        desk.report("utility_bills", **bills, paid_on=np.where(on_time, pays_on, NO_DAY))
        fresh = take(bills, np.flatnonzero(~on_time))
        self._unpaid = (
            {name: np.concatenate([late[name], fresh[name]]) for name in fresh} if late else fresh
        )
        self._pays_on = np.concatenate([self._pays_on, pays_on[~on_time]])
        self._mark_overdue(world, month)

    def _mark_overdue(self, world: World, month: Month) -> None:
        account = self._unpaid["account_id"].astype(np.int64)
        overdue = month.after - self._unpaid["due_date"].astype(np.int64)
        overdue = np.minimum(overdue, self._pays_on - self._unpaid["due_date"].astype(np.int64))
        world.accounts.overdue[:] = 0
        np.maximum.at(world.accounts.overdue, account, np.maximum(overdue, 0))
        crossed = (overdue >= OVERDUE_SIGNAL_DAYS) & (
            month.first - self._unpaid["due_date"].astype(np.int64) < OVERDUE_SIGNAL_DAYS
        )
        self.signals = int(crossed.sum())
        home = world.addresses.household[world.accounts.address[account]]
        known = home >= 0
        world.homes.new_signal[:] = False
        world.homes.new_signal[home[crossed & known]] = True
        self.hardship_arrears = np.zeros(len(world.homes), np.bool_)
        unable = known & (self._pays_on == NEVER) & (overdue >= 0)
        self.hardship_arrears[home[unable]] = True

    def _cut_and_restore(
        self,
        world: World,
        desk: Desk,
        config: DistrictConfig,
        rng: np.random.Generator,
        month: Month,
    ) -> None:
        accounts = world.accounts
        closed = np.flatnonzero(accounts.cut_id >= 0)
        back = closed[accounts.overdue[closed] < OVERDUE_SIGNAL_DAYS]
        restored = month.first + rng.integers(0, month.days, len(back))
        self._report_cuts(
            world, desk, config, month, back, np.maximum(restored, accounts.cut_on[back])
        )
        accounts.cut_id[back] = -1
        owing = np.flatnonzero((accounts.overdue >= CUT_AFTER_DAYS) & (accounts.cut_id < 0))
        cut = owing[rng.random(len(owing)) < 0.22]
        broken = np.flatnonzero(accounts.cut_id < 0)
        broken = broken[rng.random(len(broken)) < 0.0004]
        broken = np.setdiff1d(broken, cut)
        accounts.cut_id[cut] = world.ids.take("interruption", len(cut))
        accounts.cut_on[cut] = month.first + rng.integers(0, month.days, len(cut))
        self._report_cuts(world, desk, config, month, cut, np.full(len(cut), NO_DAY, np.int64))
        begun = month.first + rng.integers(0, month.days, len(broken))
        reason = np.where(
            (accounts.service[broken] == GAS) & (rng.random(len(broken)) < 0.5), SAFETY, FAULT
        )
        visible = self._visible(world, config, month, broken)
        desk.report(
            "utility_interruptions",
            interruption_id=world.ids.take("interruption", len(broken))[visible],
            account_id=broken[visible],
            service=accounts.service[broken][visible],
            event_date=begun[visible],
            restored_on=(begun + rng.integers(0, 4, len(broken)))[visible],
            reason=reason[visible],
        )

    def _visible(self, world: World, config: DistrictConfig, month: Month, rows: Ints) -> Flags:
        started: Flags = (world.accounts.service[rows] != WATER) | (
            month.index >= config.dirt.water_cuts_begin
        )
        return started

    def _report_cuts(
        self,
        world: World,
        desk: Desk,
        config: DistrictConfig,
        month: Month,
        rows: Ints,
        restored: Ints,
    ) -> None:
        accounts = world.accounts
        visible = self._visible(world, config, month, rows)
        rows, restored = rows[visible], restored[visible]
        desk.report(
            "utility_interruptions",
            interruption_id=accounts.cut_id[rows],
            account_id=rows,
            service=accounts.service[rows],
            event_date=accounts.cut_on[rows],
            restored_on=restored,
            reason=np.full(len(rows), ARREARS, np.int64),
        )


NEVER = 10**7
"""Stands for "will not pay while things are as they are" among payment days."""
