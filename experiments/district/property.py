"""The real estate register: how many properties a person holds in the district."""

from dataclasses import dataclass, field

import numpy as np

from experiments.district.desk import Desk
from experiments.district.months import NO_DAY, Ints, Month
from experiments.district.people import OWNED
from experiments.district.streams import Streams
from experiments.district.weddings import couples
from experiments.district.world import World

ON_TITLE = 0.90
"""Owners' homes with a certificate in the name of somebody who lives there; plausible."""
JOINT = 0.45
"""Of couples' homes: both are on it; plausible."""
SECOND, THIRD = 0.15, 0.03
"""Owners with a second, a third property: about one household in six in towns, rounded from the
central bank's survey of urban household assets (2019: 31 % two, 10.5 % three and more), lower here
because the survey's sample was well-off."""


@dataclass
class Holdings:
    """The open spell of each person row: its number (-1: none), how many, since when."""

    spell: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    count: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    since: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    _homes_seen: int = 0

    def open(self, world: World, desk: Desk, streams: Streams, month: Month) -> None:
        """Hand in who holds what when sharing begins."""
        self._register(world, desk, streams.at("property", -1), month)

    def month(self, world: World, desk: Desk, streams: Streams, month: Month) -> None:
        """End the spells of the dead; register the owners among new households."""
        rng = streams.at("property", month.index)
        held = np.flatnonzero(self.spell >= 0)
        dead = held[world.people.died[held]]
        self._report(desk, dead, np.maximum(world.people.left_on[dead], self.since[dead]))
        self.spell[dead] = -1
        self._register(world, desk, rng, month)

    def _register(self, world: World, desk: Desk, rng: np.random.Generator, month: Month) -> None:
        self._extend(world)
        homes = world.homes
        new = np.arange(self._homes_seen, len(homes))
        self._homes_seen = len(homes)
        owners = new[homes.present[new] & (homes.tenure[new] == OWNED)]
        owners = owners[rng.random(len(owners)) < ON_TITLE]
        heads = world.heads()[owners]
        husbands, wives = couples(world)
        wife = np.full(len(homes), -1, np.int64)
        wife[world.people.household[husbands]] = wives
        joint = wife[owners][rng.random(len(owners)) < JOINT]
        rows = np.concatenate([heads, joint])
        rows = np.unique(rows[rows >= 0])
        rows = rows[self.spell[rows] < 0]
        richer = homes.skill[world.people.household[rows]] > 0
        dice = rng.random(len(rows)) * np.where(richer, 0.8, 1.6)
        self.spell[rows] = world.ids.take("holding", len(rows))
        self.count[rows] = 1 + (dice < SECOND) + (dice < THIRD)
        bought = homes.tenure_since[world.people.household[rows]]
        grown = world.people.birth[rows] + 18 * 366
        self.since[rows] = np.minimum(np.maximum(bought, grown), month.after - 1)
        self._report(desk, rows)

    def _report(self, desk: Desk, rows: Ints, until: Ints | None = None) -> None:
        desk.report(
            "property_holdings",
            holding_id=self.spell[rows],
            person_id=rows,
            event_date=self.since[rows],
            valid_to=np.full(len(rows), NO_DAY, np.int64) if until is None else until,
            properties=self.count[rows],
        )

    def _extend(self, world: World) -> None:
        added = len(world.people) - len(self.spell)
        for name in ("spell", "count", "since"):
            setattr(self, name, np.concatenate([getattr(self, name), np.full(added, -1)]))
