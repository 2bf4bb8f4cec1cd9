"""Tenure and the ledger of public rents."""

from dataclasses import dataclass, field

import numpy as np

from experiments.district.desk import Batch, Desk, take
from experiments.district.months import NO_DAY, Ints, Month
from experiments.district.people import PRIVATE_RENTAL, PUBLIC_RENTAL
from experiments.district.streams import Streams
from experiments.district.utilities import NEVER
from experiments.district.world import World


def report_tenure(
    world: World, desk: Desk, homes: Ints, holders: Ints, until: Ints | None = None
) -> None:
    """Hand in the tenure of ``homes``, registered on the persons ``holders``.

    Private leases are often not registered: one in three shows no rent.
    """
    table = world.homes
    rent = np.where(table.rent[homes] > 0, table.rent[homes], np.nan)
    unregistered = (table.tenure[homes] == PRIVATE_RENTAL) & (homes % 3 == 0)
    desk.report(
        "housing_tenure",
        tenure_id=table.tenure_id[homes],
        person_id=holders,
        address_id=table.address[homes],
        event_date=table.tenure_since[homes],
        valid_to=np.full(len(homes), NO_DAY, np.int64) if until is None else until,
        tenure=table.tenure[homes],
        floor_area=world.addresses.area[table.address[homes]],
        monthly_rent=np.where(unregistered, np.nan, rent),
    )


@dataclass
class RentOffice:
    """Bills public tenants each month and remembers who still owes."""

    _owed: Batch = field(default_factory=dict)
    _pays_on: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    signals: int = 0

    def month(
        self, world: World, desk: Desk, streams: Streams, month: Month, *, seen_until: int
    ) -> None:
        """Bill public rents for one month; payments are seen up to ``seen_until``."""
        rng = streams.at("rent", month.index)
        homes = world.homes
        if self._owed:
            self._settle(world, desk, rng, month, seen_until)
        rows = np.flatnonzero(homes.present & (homes.tenure == PUBLIC_RENTAL))
        billed_on = np.full(len(rows), month.first, np.int64)
        pays_on = billed_on + rng.integers(0, 20, len(rows))
        forgets = homes.forgetful[rows] & (rng.random(len(rows)) < 0.08)
        pays_on[forgets] += rng.integers(30, 110, int(forgets.sum()))
        unable = homes.in_hardship[rows] & (homes.scheme[rows] < 0)
        skip = np.where(homes.bills_first[rows], 0.01, 0.08)
        pays_on[unable & (rng.random(len(rows)) < skip)] = NEVER
        bills: Batch = {
            "ledger_id": world.ids.take("ledger", len(rows)),
            "address_id": homes.address[rows],
            "event_date": billed_on,
            "rent_due": homes.rent[rows],
        }
        seen = pays_on <= seen_until
        _report(desk, bills, np.where(seen, pays_on, NO_DAY))
        fresh = take(bills, np.flatnonzero(~seen))
        self._owed = (
            {name: np.concatenate([self._owed[name], fresh[name]]) for name in fresh}
            if self._owed
            else fresh
        )
        self._pays_on = np.concatenate([self._pays_on, pays_on[~seen]])
        age = month.after - self._owed["event_date"].astype(np.int64)
        crossed = (age >= 45) & (age < 45 + month.days)
        self.signals = int(crossed.sum())
        home = world.addresses.household[self._owed["address_id"].astype(np.int64)[crossed]]
        homes.new_signal[home[home >= 0]] = True

    def _settle(
        self, world: World, desk: Desk, rng: np.random.Generator, month: Month, seen_until: int
    ) -> None:
        homes = world.homes
        payer = world.addresses.household[self._owed["address_id"].astype(np.int64)]
        able = (payer < 0) | ~homes.in_hardship[np.maximum(payer, 0)]
        settles = (self._pays_on == NEVER) & (rng.random(len(payer)) < np.where(able, 0.50, 0.45))
        self._pays_on[settles] = month.first + rng.integers(0, month.days, int(settles.sum()))
        done = self._pays_on <= seen_until
        _report(desk, take(self._owed, np.flatnonzero(done)), self._pays_on[done])
        self._owed = take(self._owed, np.flatnonzero(~done))
        self._pays_on = self._pays_on[~done]


def _report(desk: Desk, bills: Batch, paid_on: Ints) -> None:
    due = bills["rent_due"].astype(np.float64)
    desk.report(
        "public_rent_ledger",
        **bills,
        rent_paid=np.where(paid_on == NO_DAY, 0.0, due),
        paid_on=paid_on,
    )
