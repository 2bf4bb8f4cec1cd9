"""From scored households to a shortlist per grid: who is urgent, in what order, who is drawn by lot.

Nothing here depends on the order of the rows it is given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pandas as pd

from serving.list_policy import ListPolicy
from serving.lots import draw, expected_slots, lot, whole_slots
from serving.upstream import Surroundings

SEPARATOR = ";"


class Decision(StrEnum):
    """What was decided about a household that was considered."""

    ALERTED = "alerted"
    EXPLORED = "explored"
    SUPPRESSED = "suppressed"
    TRUNCATED = "truncated"


class Why(StrEnum):
    """The reason stored with every decision."""

    URGENT = "urgent"
    RANKED = "ranked"
    RANDOM = "random"
    UNCERTAIN = "uncertain"
    ALREADY_COVERED = "already_covered"
    VISITED_LATELY = "visited_lately"
    TRIED_LATELY = "tried_lately"
    OPEN_ALERT = "open_alert"
    NO_PLACE_LEFT = "no_place_left"
    NO_GRID = "no_grid"
    NO_CAPACITY = "no_capacity"


@dataclass(frozen=True, kw_only=True)
class Shortlist:
    """Who may be listed, and what was already decided about the others.

    ``cases`` has ``household_id, grid_id, score, band, urgent, unknown_share, propensity`` in order of
    precedence inside each grid; ``propensity`` is null unless the household was drawn by lot.
    ``slots`` are the places per grid kept for looking where the model does not point.
    ``considered`` counts the households of each grid.
    """

    cases: pd.DataFrame
    decided: pd.DataFrame
    uncertain_slots: Mapping[str, int]
    considered: Mapping[str, int]


def shortlist(
    candidates: pd.DataFrame,
    surroundings: Surroundings,
    *,
    policy: ListPolicy,
    as_of_date: date,
) -> Shortlist:
    """Cut the candidates to what could possibly be listed, and draw the random slice.

    Args:
        candidates: ``household_id, grid_id, score, band, urgent, urgent_hours, suppressed,
            unknown_share``; ``urgent`` and ``suppressed`` are empty strings where they do not apply.
        surroundings: grids and capacity of the date.
        policy: the list policy in force.
        as_of_date: the night.
    """
    capacity = _capacity_by_grid(surroundings)
    frame = candidates.copy()
    frame["lot"] = [
        lot(seed=policy.seed, as_of_date=as_of_date, key=household)
        for household in frame["household_id"]
    ]
    frame["is_urgent"] = frame["urgent"] != ""
    frame = frame.sort_values(
        ["grid_id", "is_urgent", "urgent_hours", "score", "lot", "household_id"],
        ascending=[True, False, True, False, True, True],
        kind="stable",
    ).reset_index(drop=True)
    homeless = ~frame["grid_id"].isin(surroundings.grids)
    unstaffed = ~homeless & ~frame["grid_id"].isin(capacity)
    live = frame[(frame["suppressed"] == "") & ~homeless & ~unstaffed]
    propensities, uncertain_slots = _draw(live, surroundings, capacity, policy, as_of_date)
    places = live["grid_id"].map(capacity) * policy.shortlist_factor
    near = live.groupby("grid_id").cumcount() < places
    drawn = live["household_id"].isin(propensities)
    chosen = live[live["is_urgent"] | near | drawn].copy()
    chosen["propensity"] = chosen["household_id"].map(propensities).astype("float64")
    reasons = pd.Series("", index=frame.index, dtype="object")
    reasons = reasons.mask(frame["suppressed"] != "", frame["suppressed"])
    reasons = reasons.mask(unstaffed & frame["is_urgent"], Why.NO_CAPACITY.value)
    reasons = reasons.mask(homeless, Why.NO_GRID.value)
    decided = frame[reasons != ""].assign(reason=reasons[reasons != ""])
    return Shortlist(
        cases=chosen.reset_index(drop=True),
        decided=decided.reset_index(drop=True),
        uncertain_slots=uncertain_slots,
        considered={
            str(grid): int(count) for grid, count in frame["grid_id"].value_counts().items()
        },
    )


def _draw(
    live: pd.DataFrame,
    surroundings: Surroundings,
    capacity: Mapping[str, int],
    policy: ListPolicy,
    as_of_date: date,
) -> tuple[dict[str, float], dict[str, int]]:
    """Return the propensity of each drawn household, and the slots kept for uncertain ones.

    A household is drawn from everybody in its grid who is not suppressed, above the line or below it,
    so its probability is the grid's expected slots over the grid's households.
    """
    if policy.explorer is None:
        return {}, {}
    households: dict[str, list[str]] = {
        str(grid): group["household_id"].tolist() for grid, group in live.groupby("grid_id")
    }
    streets: dict[str, list[str]] = {}
    for grid in sorted(households):
        streets.setdefault(surroundings.grids[grid].street_id, []).append(grid)
    propensities: dict[str, float] = {}
    uncertain: dict[str, int] = {}
    for street, grids in sorted(streets.items()):
        own = {grid: surroundings.capacity.get((grid, policy.explorer.role), 0) for grid in grids}
        random_slots, expected = _slots(
            policy.exploration.random_share,
            {grid: capacity[grid] for grid in grids},
            {grid: min(own[grid], len(households[grid])) for grid in grids},
            lot(seed=policy.seed, as_of_date=as_of_date, key=f"random slots of {street}"),
            at_least_one=True,
        )
        uncertain_slots, _ = _slots(
            policy.exploration.uncertain_share,
            {grid: capacity[grid] for grid in grids},
            {grid: own[grid] - random_slots[grid] for grid in grids},
            lot(seed=policy.seed, as_of_date=as_of_date, key=f"uncertain slots of {street}"),
            at_least_one=False,
        )
        uncertain |= uncertain_slots
        for grid in grids:
            chance = expected[grid] / len(households[grid])
            chosen = draw(
                households[grid],
                slots=random_slots[grid],
                seed=f"{policy.seed}|draw",
                as_of_date=as_of_date,
            )
            propensities |= dict.fromkeys(chosen, chance)
    return propensities, uncertain


def _slots(
    share: float,
    capacity: Mapping[str, int],
    most: Mapping[str, int],
    start: float,
    *,
    at_least_one: bool,
) -> tuple[dict[str, int], dict[str, float]]:
    expected = expected_slots(share=share, capacity=capacity, most=most, at_least_one=at_least_one)
    return whole_slots(expected, start=start), expected


def _capacity_by_grid(surroundings: Surroundings) -> dict[str, int]:
    together: dict[str, int] = {}
    for (grid, _), places in surroundings.capacity.items():
        together[grid] = together.get(grid, 0) + places
    return {grid: places for grid, places in together.items() if places > 0}


def urgent_rules(
    matrix: pd.DataFrame, *, policy: ListPolicy, as_of_date: date
) -> tuple[Sequence[str], Sequence[int]]:
    """Return per row the urgent rules that hold (joined by ``;``) and the hours to the first visit.

    The hours are those of the most pressing rule; 0 where none holds.
    """
    names = pd.Series("", index=matrix.index, dtype="object")
    hours = pd.Series(0, index=matrix.index, dtype="int64")
    for rule in policy.urgent:
        holds = rule.holds(matrix, as_of_date=as_of_date)
        names = names.mask(holds, names + SEPARATOR + rule.id)
        pressing = holds & ((hours == 0) | (hours > rule.hours))
        hours = hours.mask(pressing, rule.hours)
    return names.str.lstrip(SEPARATOR).tolist(), hours.tolist()
