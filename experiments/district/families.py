"""Families of the medical mutual-aid account (家庭共济): who shares one, an account per family.

Members need not live together: grown children tie their parents' card to their own. The account
is therefore evidence of kinship, and only often of one roof.
"""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from experiments.district.months import Ints
from experiments.district.streams import Streams
from experiments.district.world import World

JOINED = 0.42
"""Families of two or more with an account; plausible, the scheme has grown since 2021."""
MEMBER_TIED = 0.85
"""Members of such a family whose card is tied to it; plausible."""
PARENTS_TIED = 0.30
"""Of families with parents nearby: their cards are tied to the children's account; plausible."""


@dataclass
class MedicalFamilies:
    """The family account of each person row: a number, or -1."""

    family: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def open(self, world: World, streams: Streams, parents: Ints) -> None:
        """Draw the families as they stand when recording begins."""
        rng = streams.at("medical families")
        people, homes = world.people, world.homes
        size = world.per_home(np.ones(len(people)))
        joined = (size >= 2) & (rng.random(len(homes)) < JOINED)
        own = np.where(joined, np.arange(len(homes)), -1)
        kin = np.flatnonzero((parents >= 0) & joined & (rng.random(len(homes)) < PARENTS_TIED))
        tied = own.copy()
        tied[parents[kin]] = own[kin]
        family = tied[people.household]
        family[~people.present | (rng.random(len(people)) >= MEMBER_TIED)] = -1
        self.family = family

    def extend(self, world: World, streams: Streams, *, month: int) -> None:
        """Tie the cards of persons who came since to the family they came into."""
        rng = streams.at("medical families", month)
        people = world.people
        rows = np.arange(len(self.family), len(people))
        of_home = np.full(len(world.homes), -1, np.int64)
        tied = np.flatnonzero(people.present[: len(self.family)] & (self.family >= 0))
        of_home[people.household[tied]] = self.family[tied]
        family = of_home[people.household[rows]]
        family[rng.random(len(rows)) >= MEMBER_TIED] = -1
        self.family = np.concatenate([self.family, family])

    def numbers(self, rows: Ints) -> pa.Array:
        """The account numbers of the persons ``rows``; null for those outside a family."""
        family = self.family[rows]
        mixed = (family * 1_597_334_677 + 271_828_183) % 100_000_000_003
        digits = pc.utf8_lpad(pa.array(mixed, mask=family < 0).cast(pa.string()), 11, padding="0")
        return pc.binary_join_element_wise("GJ", digits, "")
