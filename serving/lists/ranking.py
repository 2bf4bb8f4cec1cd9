"""From scored households to a shortlist per grid: who is urgent, in what order, who is drawn by lot.

Nothing here depends on the order of the rows it is given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import pandas as pd

from serving.cases.working_days import look_up
from serving.lists.lanes import Lanes, draw_lanes
from serving.lists.list_policy import ListPolicy
from serving.lists.lots import lot
from serving.upstream.protocol import Alarm, Surroundings

SEPARATOR = ";"


class Decision(StrEnum):
    """What was decided about a household that was considered."""

    ALERTED = "alerted"
    EXPLORED = "explored"
    SUPPRESSED = "suppressed"
    ESCALATED = "escalated"
    TRUNCATED = "truncated"


class Why(StrEnum):
    """The reason stored with every decision."""

    URGENT = "urgent"
    SWEEP = "sweep"
    RANKED = "ranked"
    CADENCE = "cadence"
    RANDOM = "random"
    UNCERTAIN = "uncertain"
    OBJECTED = "objected"
    ALREADY_COVERED = "already_covered"
    VISITED_LATELY = "visited_lately"
    TRIED_LATELY = "tried_lately"
    OPEN_CASE = "open_case"
    SEARCHING = "searching"
    HELD_ABOVE = "held_above"
    OVERDUE = "overdue"
    REPEATED_WITHOUT_HELP = "repeated_without_help"
    NO_PLACE_LEFT = "no_place_left"
    NO_GRID = "no_grid"
    NO_CAPACITY = "no_capacity"
    REST_DAY = "rest_day"


@dataclass(frozen=True, kw_only=True)
class Shortlist:
    """Who may be listed, and what was already decided about the others.

    ``cases`` has ``household_id, grid_id, score, band, urgent, unknown_share, sweep, task, only,
    propensity`` in order of precedence inside each grid; ``propensity`` is null unless the household was
    drawn by lot. ``uncertain_slots`` are the places per grid kept for looking where the model does not
    point, ``sweep_slots`` and ``task_slots`` the most that those lanes may take.
    ``considered`` counts the households of each grid.
    """

    cases: pd.DataFrame
    decided: pd.DataFrame
    uncertain_slots: Mapping[str, int]
    considered: Mapping[str, int]
    sweep_slots: Mapping[str, int] = field(default_factory=dict)
    task_slots: Mapping[str, int] = field(default_factory=dict)


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
            unknown_share, sweep, task, seen_on, only``; empty strings where something does not apply.
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
    lanes = Lanes()
    if rests(policy, as_of_date=as_of_date):
        is_urgent_day = policy.rest_days == "urgent_only"
        chosen = live[live["is_urgent"] & is_urgent_day].assign(propensity=float("nan"))
        resting = live.index[live["is_urgent"] & (not is_urgent_day)]
    else:
        lanes = draw_lanes(
            live, surroundings, capacity=capacity, policy=policy, as_of_date=as_of_date
        )
        chosen = _chosen(live, lanes, capacity, policy)
        resting = live.index[live["only"] != ""].difference(chosen.index)
    reasons = pd.Series("", index=frame.index, dtype="object")
    reasons = reasons.mask(frame["suppressed"] != "", frame["suppressed"])
    reasons[resting] = Why.NO_PLACE_LEFT.value
    if rests(policy, as_of_date=as_of_date):
        reasons[resting] = Why.REST_DAY.value
    reasons = reasons.mask(unstaffed & frame["is_urgent"], Why.NO_CAPACITY.value)
    reasons = reasons.mask(homeless, Why.NO_GRID.value)
    decided = frame[reasons != ""].assign(reason=reasons[reasons != ""])
    return Shortlist(
        cases=chosen.reset_index(drop=True),
        decided=decided.reset_index(drop=True),
        uncertain_slots=lanes.uncertain,
        considered={
            str(grid): int(count) for grid, count in frame["grid_id"].value_counts().items()
        },
        sweep_slots=lanes.sweep,
        task_slots=lanes.task,
    )


def rests(policy: ListPolicy, *, as_of_date: date) -> bool:
    """Whether the policy asks for less on this date because people do not work."""
    return policy.rest_days != "as_usual" and not look_up(as_of_date).is_working


def _chosen(
    live: pd.DataFrame, lanes: Lanes, capacity: Mapping[str, int], policy: ListPolicy
) -> pd.DataFrame:
    """Return who could possibly get a place, in order of precedence."""
    anywhere = live[live["only"] == ""]
    places = anywhere["grid_id"].map(capacity).astype("float64") * policy.shortlist_factor
    near = anywhere.index[anywhere.groupby("grid_id").cumcount() < places]
    swept = _first_of(live[(live["sweep"] != "") & (live["only"] != "cadence")], lanes.sweep, 1)
    by_absence = live[(live["task"] != "") & (live["only"] != "sweep")].sort_values(
        "seen_on", kind="stable", na_position="first", key=_days
    )
    called = _first_of(by_absence, lanes.task, policy.shortlist_factor)
    drawn = live.index[live["household_id"].isin(lanes.propensities)]
    urgent = live.index[live["is_urgent"]]
    keep = live.index.isin(near.union(swept).union(called).union(drawn).union(urgent))
    chosen = live[keep].copy()
    chosen["propensity"] = chosen["household_id"].map(lanes.propensities).astype("float64")
    return chosen


def _first_of(rows: pd.DataFrame, slots: Mapping[str, int], factor: int) -> "pd.Index[int]":
    """Return the first of each grid's rows, ``factor`` times as many as it has slots; urgent ones aside."""
    waiting = rows[~rows["is_urgent"]]
    most = waiting["grid_id"].map(slots).astype("float64").fillna(0) * factor
    return waiting.index[waiting.groupby("grid_id").cumcount() < most]


def _days(seen_on: "pd.Series[date]") -> "pd.Series[float]":
    return seen_on.map(lambda day: float("nan") if pd.isna(day) else float(day.toordinal()))


def _capacity_by_grid(surroundings: Surroundings) -> dict[str, int]:
    together: dict[str, int] = {}
    for (grid, _), places in surroundings.capacity.items():
        together[grid] = together.get(grid, 0) + places
    return {grid: places for grid, places in together.items() if places > 0}


def urgent_rules(
    matrix: pd.DataFrame,
    *,
    policy: ListPolicy,
    alarms: Sequence[Alarm] = (),
    as_of_date: date,
) -> tuple[Sequence[str], Sequence[int]]:
    """Return per row the urgent rules that hold (joined by ``;``) and the hours to the first visit.

    The hours are those of the most pressing rule; 0 where none holds. ``alarms`` of safety count beside
    the rules of the policy.
    """
    names = pd.Series("", index=matrix.index, dtype="object")
    hours = pd.Series(0, index=matrix.index, dtype="int64")
    held = [
        (rule.id, rule.hours, rule.holds(matrix, as_of_date=as_of_date)) for rule in policy.urgent
    ]
    held += [
        (alarm.trigger_id, alarm.hours, matrix["household_id"].isin(alarm.households))
        for alarm in alarms
    ]
    for name, most_hours, holds in held:
        names = names.mask(holds, names + SEPARATOR + name)
        pressing = holds & ((hours == 0) | (hours > most_hours))
        hours = hours.mask(pressing, most_hours)
    return names.str.lstrip(SEPARATOR).tolist(), hours.tolist()
