"""Kin across households: whose parents live in the district, under another roof.

Drawn once when recording begins; registers and accounts then show what kinship does to them.
"""

import numpy as np

from experiments.district.months import Ints
from experiments.district.streams import Streams
from experiments.district.world import World

PARENTS_NEAR = 0.42
"""Households headed by somebody of 20 to 50 whose parents live in the district; plausible."""
OUTSIDER_PARENTS_NEAR = 0.03


def parents_near(world: World, streams: Streams, *, day: int) -> Ints:
    """Return for each household the household of its head's parents, -1 where there is none."""
    rng = streams.at("kin")
    heads = world.heads()
    homes = world.homes
    age = np.where(heads >= 0, world.ages(day)[np.maximum(heads, 0)], np.nan)
    outsider = world.people.hukou[np.maximum(heads, 0)] == 2
    chance = np.where(outsider, OUTSIDER_PARENTS_NEAR, PARENTS_NEAR)
    young = np.flatnonzero(
        homes.present & (age >= 18) & (age < 50) & (rng.random(len(homes)) < chance)
    )
    elders = np.flatnonzero(homes.present & (age >= 42))
    elders = elders[np.argsort(age[elders], kind="stable")]
    wanted = age[young] + rng.uniform(23, 33, len(young))
    place = np.searchsorted(age[elders], wanted) + rng.integers(-40, 41, len(young))
    found = np.full(len(homes), -1, np.int64)
    fits = (place >= 0) & (place < len(elders))
    chosen = elders[np.clip(place, 0, max(len(elders) - 1, 0))]
    fits &= age[chosen] - age[young] > 18
    found[young[fits]] = chosen[fits]
    return found
