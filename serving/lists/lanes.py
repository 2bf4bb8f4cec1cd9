"""Places of the lanes beside the ranking (draw, uncertain, sweeps, regular visits), and who is drawn. For :mod:`serving.lists.ranking`.

Shares of capacity are rarely whole numbers: they are rounded over all grids of a street together, from a
random start, so that none is left out for being small.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from serving.lists.list_policy import ListPolicy
from serving.lists.lots import draw, expected_slots, lot, whole_slots
from serving.lists.policy_parts import RoleRule
from serving.upstream.protocol import Surroundings


@dataclass(frozen=True, kw_only=True)
class Lanes:
    """Who was drawn, with which chance, and the places per grid of the lanes beside the ranking."""

    propensities: Mapping[str, float] = field(default_factory=dict)
    uncertain: Mapping[str, int] = field(default_factory=dict)
    sweep: Mapping[str, int] = field(default_factory=dict)
    task: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Street:
    """The grids of one street; what is rounded is rounded over all of them."""

    name: str
    grids: Sequence[str]
    capacity: Mapping[str, int]
    policy: ListPolicy
    as_of_date: date

    def slots(
        self, lane: str, share: float, *, most: Mapping[str, int], at_least_one: bool = False
    ) -> tuple[dict[str, int], dict[str, float]]:
        """Return the lane's places per grid, and how many they are on average."""
        expected = expected_slots(
            share=share,
            capacity={grid: self.capacity[grid] for grid in self.grids},
            most=most,
            at_least_one=at_least_one,
        )
        key = f"{lane} slots of {self.name}"
        start = lot(seed=self.policy.seed, as_of_date=self.as_of_date, key=key)
        return whole_slots(expected, start=start), expected


def draw_lanes(
    live: pd.DataFrame,
    surroundings: Surroundings,
    *,
    capacity: Mapping[str, int],
    policy: ListPolicy,
    as_of_date: date,
) -> Lanes:
    """Return the propensity of each drawn household, and the slots of the lanes beside the ranking.

    A household is drawn from everybody in its grid who is not suppressed, above the line or below it,
    so its probability is the grid's expected slots over the grid's households.

    Args:
        live: everybody who may be listed: ``household_id, grid_id, is_urgent, sweep, task, only``.
        surroundings: grids and capacity of the date.
        capacity: places per grid, all roles together.
        policy: the list policy in force.
        as_of_date: the night.
    """
    households = _by_grid(live[live["only"] == ""])
    sweeps = _by_grid(live[(live["sweep"] != "") & ~live["is_urgent"]])
    tasks = _by_grid(live[(live["task"] != "") & ~live["is_urgent"]])
    streets: dict[str, list[str]] = {}
    for grid in sorted({*households, *sweeps, *tasks}):
        streets.setdefault(surroundings.grids[grid].street_id, []).append(grid)
    propensities: dict[str, float] = {}
    uncertain: dict[str, int] = {}
    sweep: dict[str, int] = {}
    task: dict[str, int] = {}
    for name, grids in sorted(streets.items()):
        street = _Street(
            name=name, grids=grids, capacity=capacity, policy=policy, as_of_date=as_of_date
        )
        left = _places_of(policy.explorer, grids, surroundings)
        if policy.explorer is not None:
            drawn, random_slots = _drawn(street, households, left)
            propensities |= drawn
            left = {grid: left[grid] - random_slots[grid] for grid in grids}
            some, _ = street.slots("uncertain", policy.exploration.uncertain_share, most=left)
            uncertain |= some
            left = {grid: left[grid] - some[grid] for grid in grids}
        if policy.sweeps is not None:
            there = {grid: len(sweeps.get(grid, ())) for grid in grids}
            sweep |= street.slots("sweep", policy.sweeps.share, most=there)[0]
        if policy.cadence is not None and policy.caller is not None:
            if policy.caller != policy.explorer:
                left = _places_of(policy.caller, grids, surroundings)
            most = {grid: min(left[grid], len(tasks.get(grid, ()))) for grid in grids}
            task |= street.slots("cadence", policy.cadence.share, most=most)[0]
    return Lanes(propensities=propensities, uncertain=uncertain, sweep=sweep, task=task)


def _drawn(
    street: _Street, households: Mapping[str, Sequence[str]], left: Mapping[str, int]
) -> tuple[dict[str, float], dict[str, int]]:
    """Return the chance of each household drawn in a street, and the slots each grid gave to the draw."""
    policy = street.policy
    slots, expected = street.slots(
        "random",
        policy.exploration.random_share,
        most={grid: min(left[grid], len(households.get(grid, ()))) for grid in street.grids},
        at_least_one=True,
    )
    propensities: dict[str, float] = {}
    for grid in street.grids:
        if grid not in households:
            continue
        chosen = draw(
            households[grid],
            slots=slots[grid],
            seed=f"{policy.seed}|draw",
            as_of_date=street.as_of_date,
        )
        propensities |= dict.fromkeys(chosen, expected[grid] / len(households[grid]))
    return propensities, slots


def _by_grid(rows: pd.DataFrame) -> dict[str, list[str]]:
    return {str(grid): group["household_id"].tolist() for grid, group in rows.groupby("grid_id")}


def _places_of(
    rule: RoleRule | None, grids: Sequence[str], surroundings: Surroundings
) -> dict[str, int]:
    if rule is None:
        return dict.fromkeys(grids, 0)
    return {grid: surroundings.capacity.get((grid, rule.role), 0) for grid in grids}
