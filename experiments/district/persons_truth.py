"""The truth of identity: who really lived where with whom, and what every account really is."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.district.account_books import HOLDERS, AccountBooks
from experiments.district.deliver import pseudonyms
from experiments.district.doorplates import Doorplates
from experiments.district.feeds import FEEDS, SERVICES
from experiments.district.lookups import account_numbers
from experiments.district.months import NO_DAY, Ints, Month
from experiments.district.papers import Papers
from experiments.district.registration import REGISTERED_AS, Register
from experiments.district.scribbles import KINDS
from experiments.district.world import World

EXACT = "exact"
HUKOU = FEEDS["residents"].cell("hukou").values


@dataclass
class Lives:
    """Spells of persons: with whom and where they live, and how the register has them."""

    doors: Doorplates
    home: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    address: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    told: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    since: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    _spells: list[dict[str, Ints]] = field(default_factory=list)

    def note(self, world: World, register: Register, month: Month) -> None:
        """Close and open spells for what changed up to the end of ``month``."""
        people = world.people
        count = len(people) - len(self.home)
        for name in ("home", "address", "told", "since"):
            setattr(self, name, np.concatenate([getattr(self, name), np.full(count, -1)]))
        rows = np.arange(len(people))
        home = np.where(people.present, people.household, -1)
        lived_at = world.homes.address[np.maximum(home, 0)]
        address = np.where(home >= 0, self.doors.shown[lived_at], -1)
        told = np.where(home >= 0, register.registered_as(world, rows), -1)
        moved = (home != self.home) | (address != self.address)
        changed = np.flatnonzero(moved | (told != self.told))
        open_before = self.home[changed] >= 0
        registered = np.clip(register.since[changed], month.first, month.after - 1)
        day = np.where(
            home[changed] < 0,
            people.left_on[changed],
            np.where(moved[changed], people.residence_since[changed], registered),
        )
        day = np.where(open_before, np.maximum(day, self.since[changed]), day)
        self._close(changed[open_before], day[open_before])
        self.home[changed], self.address[changed] = home[changed], address[changed]
        self.told[changed], self.since[changed] = told[changed], day

    def _close(self, rows: Ints, until: Ints) -> None:
        self._spells.append(
            {
                "person": rows,
                "home": self.home[rows],
                "address": self.address[rows],
                "told": self.told[rows],
                "from_day": self.since[rows],
                "to_day": until,
            }
        )

    def table(self, world: World, papers: Papers, *, seed: int) -> pa.Table:
        """All spells, by person and day; ``to_day`` is null for those that last."""
        lasting = np.flatnonzero(self.home >= 0)
        self._close(lasting, np.full(len(lasting), NO_DAY, np.int64))
        names = self._spells[0]
        spells = {name: np.concatenate([part[name] for part in self._spells]) for name in names}
        order = np.lexsort((spells["from_day"], spells["person"]))
        spells = {name: values[order] for name, values in spells.items()}
        # A spell of no days is a second change within a month.
        real = np.flatnonzero(
            (spells["to_day"] == NO_DAY) | (spells["to_day"] > spells["from_day"])
        )
        spells = {name: values[real] for name, values in spells.items()}
        return pa.table(
            {
                "national_id": papers.national_ids("", spells["person"]),
                "household_id": pseudonyms(spells["home"], prefix="h", seed=seed),
                "address_id": pseudonyms(spells["address"], prefix="a", seed=seed),
                "hukou": pc.take(pa.array(HUKOU), pa.array(world.people.hukou[spells["person"]])),
                "registered_as": pc.take(pa.array(REGISTERED_AS), pa.array(spells["told"])),
                "from_day": _days(spells["from_day"]),
                "to_day": _days(spells["to_day"]),
            }
        )


def account_truth(world: World, books: AccountBooks, *, seed: int) -> pa.Table:
    """All spells of accounts under one kind of holder, by account and day."""
    spells = books.close()
    order = np.lexsort((spells["from_day"], spells["account"]))
    rows = spells["account"][order]
    done = books.written.done[rows]
    told, which = np.unique(done, return_inverse=True)
    kinds = [
        "+".join(k for bit, k in enumerate(KINDS) if bits >> bit & 1) or EXACT for bits in told
    ]
    accounts = world.accounts
    return pa.table(
        {
            "account_id": account_numbers(rows, seed=seed),
            "service": pc.take(pa.array(SERVICES.split()), pa.array(accounts.service[rows])),
            "address_id": pseudonyms(
                books.doors.shown[accounts.address[rows]], prefix="a", seed=seed
            ),
            "holder_kind": pc.take(pa.array(HOLDERS), pa.array(spells["kind"][order])),
            "text_kind": pc.take(pa.array(kinds, pa.string()), pa.array(which)),
            "from_day": _days(spells["from_day"][order]),
            "to_day": _days(spells["to_day"][order]),
        }
    )


def _days(days: Ints) -> pa.Array:
    return pa.array(days.astype(np.int32), mask=days == NO_DAY).cast(pa.date32())
