"""Moves: within the district, out of it, into it."""

import numpy as np

from experiments.district.config import DistrictConfig
from experiments.district.desk import Desk
from experiments.district.housing import report_tenure
from experiments.district.medical import report_insurance
from experiments.district.months import Ints, Month
from experiments.district.people import (
    CHILD,
    HEAD,
    MARRIED,
    NEVER,
    OTHER,
    SPOUSE,
    give_home_traits,
    give_traits,
)
from experiments.district.register import (
    leave_district,
    open_homes,
    report_event,
)
from experiments.district.shocks import report_certificates
from experiments.district.work import report_pensions
from experiments.district.world import World

MOVE_MONTH, IN_MONTH, OUT_MONTH = 3e-3, 1.5e-3, 1.5e-3


def move_within(world: World, desk: Desk, rng: np.random.Generator, month: Month) -> None:
    homes, people = world.homes, world.people
    rows = np.flatnonzero(homes.present)
    restless = np.where(homes.rent[rows] > 0, 3.0, 0.5)
    movers = rows[rng.random(len(rows)) < MOVE_MONTH * restless]
    empty = rng.permutation(np.flatnonzero(world.addresses.household < 0))
    movers = movers[: len(empty)]
    days = np.zeros(len(homes), np.int64)
    days[movers] = month.first + rng.integers(0, month.days, len(movers))
    moving = np.zeros(len(homes), np.bool_)
    moving[movers] = True
    persons = np.flatnonzero(people.present & moving[people.household])
    person_days = days[people.household[persons]]
    holders = world.heads()[movers]
    report_tenure(world, desk, movers, holders, until=days[movers])
    world.addresses.household[homes.address[movers]] = -1
    homes.address[movers] = empty[: len(movers)]
    world.addresses.household[homes.address[movers]] = movers
    people.residence_since[persons] = person_days
    homes.tenure_id[movers] = world.ids.take("tenure", len(movers))
    homes.tenure_since[movers] = days[movers]
    report_tenure(world, desk, movers, holders)


def move_out(world: World, desk: Desk, rng: np.random.Generator, month: Month) -> Ints:
    homes, people = world.homes, world.people
    rows = np.flatnonzero(homes.present)
    leavers = rows[rng.random(len(rows)) < OUT_MONTH * np.where(homes.rent[rows] > 0, 3.0, 0.4)]
    going = np.zeros(len(homes), np.bool_)
    going[leavers] = True
    persons = np.flatnonzero(people.present & going[people.household])
    days = np.full(len(homes), month.after - 1, np.int64)
    days[leavers] = month.first + rng.integers(0, month.days, len(leavers))
    person_days = days[people.household[persons]]
    report_event(world, desk, persons, person_days, "move_out")
    leave_district(world, desk, persons, person_days)
    return leavers


def move_in(
    world: World, desk: Desk, config: DistrictConfig, rng: np.random.Generator, month: Month
) -> None:
    arriving = rng.poisson(IN_MONTH * int(world.homes.present.sum()))
    opened = open_homes(world, rng, 0.85 * rng.normal(size=arriving) - 0.1)
    count = len(opened)
    days = month.first + rng.integers(0, month.days, count)
    age = rng.uniform(21, 45, count)
    couple = rng.random(count) < 0.4
    with_child = couple & (rng.random(count) < 0.45)
    everyone = np.ones(count, np.bool_)
    made = []
    for relation, comes, years in (
        (HEAD, everyone, age),
        (SPOUSE, couple, age + rng.normal(0, 2, count)),
        (CHILD, with_child, np.clip(age - 27, 0.5, 18)),
        (OTHER, rng.random(count) < 0.02, rng.uniform(20, 60, count)),
    ):
        rows = world.people.grow(int(comes.sum()))
        people = world.people
        people.household[rows] = opened[comes]
        people.relation[rows] = relation
        people.birth[rows] = month.first - np.round(years[comes] * 365.25).astype(np.int64)
        people.female[rows] = rng.random(len(rows)) < (0.35 if relation == HEAD else 0.6)
        married = couple[comes] if relation in (HEAD, SPOUSE) else np.zeros(len(rows), np.bool_)
        people.marital[rows] = np.where(married, MARRIED, NEVER)
        made.append(rows)
    persons = np.concatenate(made)
    give_traits(world, persons, config, rng, day=month.first)
    give_home_traits(world, opened, config, rng, day=month.first)
    since = np.zeros(len(world.homes), np.int64)
    since[opened] = days
    people = world.people
    person_days = since[people.household[persons]]
    people.residence_since[persons] = person_days
    people.insurance_since[persons] = person_days
    world.homes.tenure_since[opened] = days
    report_event(world, desk, persons, person_days, "move_in")
    report_insurance(world, desk, persons)
    certified = persons[people.certificate_id[persons] >= 0]
    report_certificates(world, desk, certified)
    pensioned = persons[people.pension_id[persons] >= 0]
    report_pensions(world, desk, pensioned)
    report_tenure(world, desk, opened, world.heads()[opened])
