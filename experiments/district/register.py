"""Events 公安 is told of, and households opened and left."""

import numpy as np

from experiments.district.desk import Desk
from experiments.district.feeds import FEEDS
from experiments.district.housing import report_tenure
from experiments.district.medical import report_insurance
from experiments.district.months import Floats, Ints, Month
from experiments.district.work import report_pensions
from experiments.district.world import World


def report_event(
    world: World, desk: Desk, rows: Ints, days: Ints, kind: str, others: Ints | None = None
) -> None:
    """Hand in an event of each of ``rows``; ``others`` are their spouses or mothers (-1: none)."""
    code = FEEDS["life_events"].code("kind", kind)
    desk.report(
        "life_events",
        event_id=world.ids.take("event", len(rows)),
        person_id=rows,
        other_person_id=np.full(len(rows), -1, np.int64) if others is None else others,
        event_date=days,
        kind=np.full(len(rows), code, np.int64),
    )


def leave_district(world: World, desk: Desk, rows: Ints, days: Ints) -> None:
    """End every spell of persons who are no longer in the district."""
    people = world.people
    pensioned = people.pension_id[rows] >= 0
    report_pensions(world, desk, rows[pensioned], until=days[pensioned])
    report_insurance(world, desk, rows, until=days)
    people.left_on[rows] = days
    people.present[rows] = False


def open_homes(world: World, rng: np.random.Generator, skill: Floats) -> Ints:
    """Open households in empty dwellings; fewer than asked when dwellings run out."""
    empty = np.flatnonzero(world.addresses.household < 0)
    count = min(len(skill), len(empty))
    rows = world.homes.grow(count)
    dwellings = rng.permutation(empty)[:count]
    world.homes.address[rows] = dwellings
    world.addresses.household[dwellings] = rows
    world.homes.skill[rows] = skill[:count]
    return rows


def rehouse(world: World, persons: Ints, homes: Ints, relation: Ints, days: Ints) -> None:
    """Move persons into other households from ``days`` on."""
    people = world.people
    people.household[persons] = homes
    people.relation[persons] = relation
    people.residence_since[persons] = days


def close_empty(world: World, desk: Desk, month: Month) -> Ints:
    homes = world.homes
    left = world.per_home(np.ones(len(world.people)))
    empty = np.flatnonzero(homes.present & (left == 0))
    last_holder = np.zeros(len(homes), np.int64)
    last_holder[world.people.household] = np.arange(len(world.people))
    report_tenure(
        world, desk, empty, last_holder[empty], until=np.full(len(empty), month.after - 1)
    )
    homes.present[empty] = False
    world.addresses.household[homes.address[empty]] = -1
    return empty
