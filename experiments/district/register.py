"""The register of 公安: residence spells and events, and households opened and left."""

import numpy as np

from experiments.district.desk import Desk
from experiments.district.feeds import FEEDS
from experiments.district.housing import report_tenure
from experiments.district.medical import report_insurance
from experiments.district.months import NO_DAY, Floats, Ints, Month
from experiments.district.work import report_pensions
from experiments.district.world import World


def report_residents(world: World, desk: Desk, rows: Ints, until: Ints | None = None) -> None:
    """Hand in the residence spells of the persons ``rows`` (``until``: their end days)."""
    people = world.people
    home = people.household[rows]
    desk.report(
        "residents",
        residence_id=people.residence_id[rows],
        person_id=rows,
        household_id=home,
        address_id=world.homes.address[home],
        event_date=people.residence_since[rows],
        valid_to=np.full(len(rows), NO_DAY, np.int64) if until is None else until,
        birth_date=people.birth[rows],
        sex=people.female[rows].astype(np.int64),
        relation=people.relation[rows],
        marital_status=people.marital[rows],
        hukou=people.hukou[rows],
    )


def report_event(world: World, desk: Desk, rows: Ints, days: Ints, kind: str) -> None:
    code = FEEDS["life_events"].code("kind", kind)
    desk.report(
        "life_events",
        event_id=world.ids.take("event", len(rows)),
        person_id=rows,
        event_date=days,
        kind=np.full(len(rows), code, np.int64),
    )


def leave_district(world: World, desk: Desk, rows: Ints, days: Ints) -> None:
    """End every spell of persons who are no longer in the district."""
    people = world.people
    report_residents(world, desk, rows, until=days)
    pensioned = people.pension_id[rows] >= 0
    report_pensions(world, desk, rows[pensioned], until=days[pensioned])
    report_insurance(world, desk, rows, until=days)
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


def rehouse(
    world: World, desk: Desk, persons: Ints, homes: Ints, relation: Ints, days: Ints
) -> None:
    """Move persons into other households: their old residence ends, a new one begins."""
    people = world.people
    report_residents(world, desk, persons, until=days)
    people.household[persons] = homes
    people.relation[persons] = relation
    people.residence_id[persons] = world.ids.take("residence", len(persons))
    people.residence_since[persons] = days
    report_residents(world, desk, persons)


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
