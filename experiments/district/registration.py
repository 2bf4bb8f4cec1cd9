"""The register of 公安 beside life: who is in which book, at which address, since when.

The register is told late or never. Each month it is compared with life and catches up where
somebody comes to the counter; everything else stays as it was, which is the noise the household
builder has to see through.
"""

from dataclasses import dataclass, field

import numpy as np

from experiments.district.desk import Desk
from experiments.district.doorplates import Doorplates
from experiments.district.months import NO_DAY, Flags, Ints, Month
from experiments.district.noise import RegisterNoise
from experiments.district.people import CHILD, GRANDCHILD, HEAD, HUKOU_ELSEWHERE, PARENT
from experiments.district.streams import Streams
from experiments.district.world import World

NEVER = 10**7
"""Stands for "will not come to the counter" among days."""
DAYS_A_MONTH = 30.4
SECOND_BOOK = 1 << 32
"""Added to a household's number for the second book in its home."""
SAME, OTHER_HOUSEHOLD, OTHER_ADDRESS, LATE, UNREGISTERED = range(5)
REGISTERED_AS = ("same", "other_household", "other_address", "late", "never")
RECENT_YEARS = 4
ANCHOR_LIFTED_MONTH = 0.003
"""Chance a month that somebody takes their name out of another family's book; plausible."""


@dataclass
class Register:
    """One entry per person row; -1 where a person is not on the register.

    ``due`` is the day a change will be told (``NEVER``: not at all), ``anchor`` a household in
    whose book a person stays, ``apart`` whether a grandparent keeps a book of their own,
    ``placed`` an address row where a whole household is registered instead (-1: none).
    """

    noise: RegisterNoise
    doors: Doorplates
    spell: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    book: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    address: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    since: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    relation: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    marital: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    due: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    anchor: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    apart: Flags = field(default_factory=lambda: np.empty(0, np.bool_))
    placed: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    _lived: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    _lived_at: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def open(self, world: World, streams: Streams, parents: Ints, *, day: int) -> None:
        """Write the books as they stand on ``day``, with all they miss."""
        rng = streams.at("registration")
        people, homes = world.people, world.homes
        self._extend(world)
        here = world.members()
        own = people.household[here]
        self._anchor(world, rng, parents, day)
        self._place(world, rng, parents, day)
        elders = here[people.relation[here] == PARENT]
        by_home = rng.random(len(homes)) < self.noise.second_book
        self.apart[elders] = by_home[people.household[elders]]

        arrived = rng.random(len(homes))
        outsider = people.hukou[here] == HUKOU_ELSEWHERE
        never = outsider & (arrived[own] < self.noise.outsider_never)
        fresh = day - people.residence_since[here] < self.noise.late_arrival_months * DAYS_A_MONTH
        late = outsider & ~never & fresh & (rng.random(len(homes))[own] < self.noise.outsider_late)
        wait = _days(rng, len(homes), self.noise.late_arrival_months)
        self.due[here[never]] = NEVER
        self.due[here[late]] = day + wait[own[late]]
        self._lived[here], self._lived_at[here] = own, homes.address[own]
        told = here[~(never | late)]
        self._write(world, told, *self._wanted(world, told), people.residence_since[told])
        self._make_stale(world, rng, told, day)

    def _make_stale(self, world: World, rng: np.random.Generator, told: Ints, day: int) -> None:
        """Leave some households at an address they have moved away from."""
        people, homes = world.people, world.homes
        moved = homes.present & (homes.tenure_since > day - RECENT_YEARS * 365)
        moved &= rng.random(len(homes)) < self.noise.stale_address
        dwellings = len(world.addresses)
        before = self.doors.shown[rng.integers(0, dwellings, len(homes))]
        wait = _days(rng, len(homes), self.noise.late_move_months)
        rows = told[moved[people.household[told]] & (self.anchor[told] < 0)]
        self.address[rows] = before[people.household[rows]]
        self.due[rows] = day + wait[people.household[rows]]

    def report_stock(self, world: World, desk: Desk) -> None:
        """Hand in every residence spell on the register."""
        self._report(world, desk, np.flatnonzero(self.spell >= 0))

    def month(self, world: World, desk: Desk, streams: Streams, month: Month) -> None:
        """Let a month of life reach the register, as far as it does."""
        rng = streams.at("registration", month.index)
        people = world.people
        first_new = len(self.spell)
        self._extend(world)
        gone = np.flatnonzero(~people.present & (self.spell >= 0))
        self._report(world, desk, gone, until=np.maximum(people.left_on[gone], self.since[gone]))
        self.spell[gone] = -1
        self._lift_anchors(world, rng)
        self._notice_moves(world, rng, month, first_new)

        here = world.members()
        ready = here[self.due[here] < month.after]
        book, address = self._wanted(world, ready)
        new = (self.spell[ready] < 0) | (book != self.book[ready])
        new |= address != self.address[ready]
        moving = ready[new]
        days = np.where(
            self.due[moving] >= month.first,
            self.due[moving],
            np.clip(people.residence_since[moving], month.first, month.after - 1),
        )
        days = np.maximum(days, people.birth[moving])
        known = self.spell[moving] >= 0
        self._report(world, desk, moving[known], until=np.maximum(days, self.since[moving])[known])
        self._write(world, moving, book[new], address[new], days)
        self._report(world, desk, moving)
        self.due[ready] = NO_DAY
        stays = ready[~new]
        changed = stays[
            (self._relation(world, stays) != self.relation[stays])
            | (people.marital[stays] != self.marital[stays])
        ]
        self.relation[changed] = self._relation(world, changed)
        self.marital[changed] = people.marital[changed]
        self._report(world, desk, changed)

    def registered_as(self, world: World, rows: Ints) -> Ints:
        """How the register has the persons ``rows``, as codes of ``REGISTERED_AS``."""
        people = world.people
        home = people.household[rows]
        return np.select(
            [
                (self.spell[rows] < 0) & (self.due[rows] >= NEVER),
                self.spell[rows] < 0,
                self.book[rows] != home,
                self.address[rows] != self.doors.shown[world.homes.address[home]],
            ],
            [UNREGISTERED, LATE, OTHER_HOUSEHOLD, OTHER_ADDRESS],
            SAME,
        )

    def _extend(self, world: World) -> None:
        count = len(world.people) - len(self.spell)
        for name in ("spell", "book", "address", "relation", "marital", "anchor"):
            setattr(self, name, np.concatenate([getattr(self, name), np.full(count, -1)]))
        for name in ("since", "due"):
            setattr(self, name, np.concatenate([getattr(self, name), np.full(count, NO_DAY)]))
        for name in ("_lived", "_lived_at"):
            setattr(self, name, np.concatenate([getattr(self, name), np.full(count, -1)]))
        self.apart = np.concatenate([self.apart, np.zeros(count, np.bool_)])
        homes = len(world.homes) - len(self.placed)
        self.placed = np.concatenate([self.placed, np.full(homes, -1)])

    def _anchor(self, world: World, rng: np.random.Generator, parents: Ints, day: int) -> None:
        """Leave grown children in their parents' book, and a few pupils in their grandparents'."""
        people, homes = world.people, world.homes
        heads = world.heads()
        size = world.per_home(np.ones(len(people)))
        kin = (parents >= 0) & homes.present & (heads >= 0)
        small = kin & (size <= 2) & (rng.random(len(homes)) < self.noise.grown_child_in_book)
        local = people.hukou[np.maximum(heads, 0)] != HUKOU_ELSEWHERE
        grown = np.flatnonzero(small & local)
        self.anchor[heads[grown]] = parents[grown]
        age = world.ages(day)
        pupil = people.present & (people.relation == CHILD) & (age >= 4) & (age < 15)
        pupil &= kin[people.household]
        at_kin = rng.random(len(homes)) < self.noise.school_child
        rows = np.flatnonzero(pupil & at_kin[people.household])
        self.anchor[rows] = parents[people.household[rows]]

    def _place(self, world: World, rng: np.random.Generator, parents: Ints, day: int) -> None:
        """Register families with pupils at a relative's address in another catchment."""
        people, homes = world.people, world.homes
        age = world.ages(day)
        with_pupil = world.per_home((age >= 4) & (age < 15) & (people.relation == CHILD)) > 0
        rows = np.flatnonzero(
            homes.present & with_pupil & (rng.random(len(homes)) < self.noise.school_book)
        )
        elsewhere = rng.permutation(np.flatnonzero(homes.present))[: len(rows)]
        rows = rows[: len(elsewhere)]
        relative = np.where(parents[rows] >= 0, parents[rows], elsewhere)
        self.placed[rows] = self.doors.shown[homes.address[relative]]

    def _wanted(self, world: World, rows: Ints) -> tuple[Ints, Ints]:
        """Book and address the persons ``rows`` would have if they came to the counter today."""
        homes = world.homes
        home = world.people.household[rows]
        held = self.anchor[rows] >= 0
        book_of = np.where(held, self.anchor[rows], home)
        placed = self.placed[book_of]
        address = np.where(placed >= 0, placed, self.doors.shown[homes.address[book_of]])
        second = self.apart[rows] & ~held & (world.people.relation[rows] == PARENT)
        return book_of + np.where(second, SECOND_BOOK, 0), address

    def _relation(self, world: World, rows: Ints) -> Ints:
        """Relation to the head of the book a person is in."""
        relation = world.people.relation[rows]
        young = relation == CHILD
        relation = np.where(self.apart[rows] & (relation == PARENT), HEAD, relation)
        return np.where(self.anchor[rows] >= 0, np.where(young, GRANDCHILD, CHILD), relation)

    def _notice_moves(
        self, world: World, rng: np.random.Generator, month: Month, first_new: int
    ) -> None:
        """Draw when those who moved or came this month will come to the counter."""
        people, homes, noise = world.people, world.homes, self.noise
        here = world.members()
        home = people.household[here]
        moved = (self._lived[here] != home) | (self._lived_at[here] != homes.address[home])
        self._lived[here], self._lived_at[here] = home, homes.address[home]
        # One draw per household: a family comes to the counter together.
        dice = rng.random((3, len(homes)))
        waits = _days(rng, len(homes), noise.late_move_months)
        slow = _days(rng, len(homes), noise.late_arrival_months)
        born = (here >= first_new) & (people.birth[here] >= month.first)
        came = (here >= first_new) & ~born
        outsider = people.hukou[here] == HUKOU_ELSEWHERE
        due = np.where(dice[0][home] < noise.moves_in_time, NO_DAY, month.after + waits[home])
        arriving = np.where(
            outsider & (dice[1][home] < noise.outsider_never),
            NEVER,
            np.where(
                outsider & (dice[2][home] < noise.outsider_late), month.after + slow[home], NO_DAY
            ),
        )
        changes = moved & ~born & ~came & (self.anchor[here] < 0)
        changes &= self.due[here] < NEVER
        self.due[here[changes]] = due[changes]
        self.due[here[came]] = arriving[came]
        # A newborn is registered where the mother is, when she is.
        babies = here[born]
        mothers = people.mother[babies]
        known = mothers >= 0
        self.due[babies[known]] = self.due[mothers[known]]
        held = known & (self.anchor[np.maximum(mothers, 0)] >= 0)
        self.anchor[babies[held]] = self.anchor[mothers[held]]

    def _lift_anchors(self, world: World, rng: np.random.Generator) -> None:
        held = np.flatnonzero(self.anchor >= 0)
        broken = ~world.homes.present[self.anchor[held]]
        lifted = held[broken | (rng.random(len(held)) < ANCHOR_LIFTED_MONTH)]
        self.anchor[lifted] = -1

    def _write(self, world: World, rows: Ints, book: Ints, address: Ints, days: Ints) -> None:
        self.spell[rows] = world.ids.take("registration", len(rows))
        self.book[rows], self.address[rows], self.since[rows] = book, address, days
        self.relation[rows] = self._relation(world, rows)
        self.marital[rows] = world.people.marital[rows]

    def _report(self, world: World, desk: Desk, rows: Ints, until: Ints | None = None) -> None:
        people = world.people
        desk.report(
            "residents",
            residence_id=self.spell[rows],
            person_id=rows,
            household_id=self.book[rows],
            address_id=self.address[rows],
            name=rows,
            phone=rows,
            event_date=self.since[rows],
            valid_to=np.full(len(rows), NO_DAY, np.int64) if until is None else until,
            birth_date=people.birth[rows],
            sex=people.female[rows].astype(np.int64),
            relation=self.relation[rows],
            marital_status=self.marital[rows],
            hukou=people.hukou[rows],
        )


def _days(rng: np.random.Generator, count: int, mean_months: float) -> Ints:
    return (rng.exponential(mean_months * DAYS_A_MONTH, count) + 15).astype(np.int64)
