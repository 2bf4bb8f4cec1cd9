"""The suppliers' books: under whose name an account runs, and where it is said to be.

An account belongs to a dwelling and outlives those who live there. Its holder is a person of the
district, somebody outside it or an office; who that is to the people who live there now changes as
they move and die, and the truth follows it.
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.district.desk import Desk
from experiments.district.doorplates import Doorplates
from experiments.district.months import NO_DAY, Flags, Ints, Month
from experiments.district.names import draw_surnames, full_names, misspelt
from experiments.district.noise import AccountNoise
from experiments.district.papers import Papers
from experiments.district.people import DORMITORY, PRIVATE_RENTAL, PUBLIC_RENTAL, SPOUSE
from experiments.district.scribbles import Scribbles, scribble
from experiments.district.streams import Streams
from experiments.district.utilities import report_accounts
from experiments.district.world import World

HOLDERS = ("own", "previous_owner", "landlord", "dead_parent", "relative", "typo", "company")
"""Who the holder is to those who live there; ``typo`` is one of them under a misspelt name."""
OWN, PREVIOUS, LANDLORD, DEAD, RELATIVE, TYPO, COMPANY = range(len(HOLDERS))
OUTSIDERS = 50_000
"""Names of people outside the district who hold accounts; several accounts may share one."""
OFFICES = ("临湖区公共租赁住房管理中心", "云溪市安居物业有限公司", "临湖区工业园区宿舍管理处",
           "云溪市湖滨房产经营公司", "临湖区人才公寓服务中心")  # fmt: skip


@dataclass
class AccountBooks:
    """One entry per account row. ``holder`` is a person row, or -1 - an outsider's number."""

    papers: Papers
    doors: Doorplates
    noise: AccountNoise
    holder: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    kind: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    phone: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    slipped: Flags = field(default_factory=lambda: np.empty(0, np.bool_))
    home: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    spells: list[dict[str, Ints]] = field(default_factory=list)

    def open(self, world: World, streams: Streams, parents: Ints, *, day: int) -> None:
        """Fill the books as they stand on ``day``."""
        rng = streams.at("account books")
        accounts, count = world.accounts, len(world.accounts)
        self._outsiders = full_names(
            rng,
            draw_surnames(rng, OUTSIDERS),
            rng.random(OUTSIDERS) < 0.4,
            np.zeros(OUTSIDERS, np.int64),
        )
        self.home = world.addresses.household[accounts.address].copy()
        self.kind = self._draw_kinds(world, rng)
        self.holder = self._draw_holders(world, rng, parents)
        self.slipped = (self.kind == OWN) & (rng.random(count) < self.noise.misspelt_name)
        self.kind[self.slipped] = TYPO
        # 0: no number on file, 1: the holder's, 2: one nobody has any more.
        told = (rng.random(count) < self.noise.phone) & (self.kind != COMPANY)
        stale = rng.random(count) >= self.noise.phone_of_holder
        self.phone = np.where(told, np.where(stale, 2, 1), 0)
        foreign = np.isin(self.kind, [LANDLORD, COMPANY])
        self.written: Scribbles = scribble(
            rng, self.doors, self.doors.shown[accounts.address], foreign, self.noise
        )
        self._since = np.minimum(accounts.since, day)

    def _draw_kinds(self, world: World, rng: np.random.Generator) -> Ints:
        noise, homes = self.noise, world.homes
        tenure = np.where(self.home >= 0, homes.tenure[np.maximum(self.home, 0)], -1)
        # Who bought or inherited a home did so with all its accounts, so the dice are the home's.
        dice = rng.random(len(world.addresses))[world.accounts.address]
        steps = np.cumsum([noise.previous_owner, noise.dead_parent, noise.relative])
        owner = np.array([PREVIOUS, DEAD, RELATIVE, OWN])[np.searchsorted(steps, dice)]
        lot = 0.7 * dice + 0.3 * rng.random(len(self.home))
        tenant = np.where(lot < _of_mixed(noise.landlord), LANDLORD, OWN)
        office = np.where(lot < _of_mixed(noise.company), COMPANY, OWN)
        return np.select(
            [
                self.home < 0,
                tenure == PRIVATE_RENTAL,
                np.isin(tenure, [PUBLIC_RENTAL, DORMITORY]),
            ],
            [PREVIOUS, tenant, office],
            owner,
        ).astype(np.int64)

    def _draw_holders(self, world: World, rng: np.random.Generator, parents: Ints) -> Ints:
        count = len(self.kind)
        address = world.accounts.address
        # One outsider per dwelling: a landlord holds power and water alike.
        lot = rng.integers(0, OUTSIDERS, len(world.addresses))[address]
        outsider = -1 - lot
        office = -1 - OUTSIDERS - lot % len(OFFICES)
        heads = world.heads()
        spouse = np.full(len(world.homes), -1, np.int64)
        wed = np.flatnonzero(world.people.present & (world.people.relation == SPOUSE))
        spouse[world.people.household[wed]] = wed
        home = np.maximum(self.home, 0)
        resident = np.where(
            (spouse[home] >= 0) & (rng.random(count) < self.noise.spouse_holds),
            spouse[home],
            heads[home],
        )
        elder = parents[home]
        kin = np.where(elder >= 0, heads[np.maximum(elder, 0)], -1)
        resident = np.where(resident >= 0, resident, outsider)
        return np.select(
            [self.kind == OWN, self.kind == COMPANY, (self.kind == RELATIVE) & (kin >= 0)],
            [resident, office, kin],
            outsider,
        )

    def month(self, world: World, desk: Desk, streams: Streams, month: Month) -> None:
        """Follow who moved and died; report the accounts put under another name."""
        rng = streams.at("account books", month.index)
        people, accounts = world.people, world.accounts
        now = world.addresses.household[accounts.address]
        moved_in = (now != self.home) & (now >= 0)
        renting = np.isin(
            world.homes.tenure[np.maximum(now, 0)], [PRIVATE_RENTAL, DORMITORY, PUBLIC_RENTAL]
        )
        transfers = moved_in & (rng.random(len(now)) < self.noise.transferred)
        transfers &= ~(renting & np.isin(self.kind, [LANDLORD, COMPANY]))
        heads = world.heads()
        new_holder = heads[np.maximum(now, 0)]
        transfers &= new_holder >= 0
        self.holder = np.where(transfers, new_holder, self.holder)
        self.slipped &= ~transfers
        self.phone = np.where(transfers, (rng.random(len(now)) < self.noise.phone) * 1, self.phone)
        self.home = now

        holder = np.maximum(self.holder, 0)
        inside = self.holder >= 0
        lives_here = inside & people.present[holder] & (people.household[holder] == now)
        dead = inside & ~people.present[holder] & people.died[holder]
        kept = np.isin(self.kind, [LANDLORD, COMPANY]) & (renting | (now < 0))
        kind = np.select(
            [lives_here & self.slipped, lives_here, kept, dead],
            [TYPO, OWN, self.kind, DEAD],
            np.where(np.isin(self.kind, [DEAD, RELATIVE]) & ~moved_in, self.kind, PREVIOUS),
        )
        changed = np.flatnonzero(kind != self.kind)
        self._note(changed, until=month.first)
        self._since[changed] = month.first
        self.kind = kind
        report_accounts(world, desk, np.flatnonzero(transfers))

    def _note(self, rows: Ints, *, until: int) -> None:
        self.spells.append(
            {
                "account": rows,
                "kind": self.kind[rows],
                "from_day": self._since[rows],
                "to_day": np.full(len(rows), until, np.int64),
            }
        )

    def close(self) -> dict[str, Ints]:
        """Return every spell of every account; ``to_day`` is ``NO_DAY`` where it lasts."""
        self._note(np.arange(len(self.kind)), until=NO_DAY)
        return {
            name: np.concatenate([spell[name] for spell in self.spells]) for name in self.spells[0]
        }

    def holder_names(self, rows: Ints) -> pa.Array:
        """The holder's name of accounts, slips included."""
        holder = self.holder[rows]
        outsider = -1 - holder
        offices = pa.array(OFFICES)
        name = pc.if_else(
            pa.array(holder >= 0),
            self.papers.names(holder),
            pc.take(
                pa.concat_arrays([self._outsiders, offices]), pa.array(np.maximum(outsider, 0))
            ),
        )
        return pc.if_else(pa.array(self.slipped[rows]), misspelt(name, rows), name)

    def holder_phones(self, rows: Ints) -> pa.Array:
        """The mobile number on file; null where there is none."""
        holder = self.holder[rows]
        # A landlord has one number for all accounts; a number nobody has any more is the account's.
        known_as = np.where((holder < 0) & (self.phone[rows] == 1), -holder, rows + OUTSIDERS * 2)
        other = pa.array(15_000_000_000 + (known_as * 48_271 + 11) % 900_000_007).cast(pa.string())
        own = pc.if_else(pa.array(holder >= 0), self.papers.phones(holder), other)
        told = pa.array(self.phone[rows])
        written = pc.if_else(pc.equal(told, 1), own, other)
        return pc.if_else(pc.equal(told, 0), pa.scalar(None, pa.string()), written)

    def texts(self, rows: Ints) -> pa.Array:
        """The address text of accounts as the supplier has it."""
        return pc.take(self.written.text, pa.array(rows))


def _of_mixed(share: float) -> float:
    """The quantile ``share`` of 0.7 U + 0.3 V, for two numbers drawn evenly from 0 to 1."""
    if share < 0.15 / 0.7:
        return float(np.sqrt(2 * 0.7 * 0.3 * share))
    if share > 1 - 0.15 / 0.7:
        return 1 - float(np.sqrt(2 * 0.7 * 0.3 * (1 - share)))
    return 0.7 * share + 0.15
