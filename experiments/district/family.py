"""Births, deaths, weddings, divorces and moves; household ids change with them."""

from dataclasses import dataclass

import numpy as np

from experiments.district.config import DistrictConfig
from experiments.district.desk import Desk
from experiments.district.feeds import FEEDS
from experiments.district.housing import report_tenure
from experiments.district.medical import report_insurance
from experiments.district.months import NO_DAY, Floats, Ints, Month
from experiments.district.people import (
    CHILD,
    DIVORCED,
    HEAD,
    MARRIED,
    NEVER,
    OTHER,
    SPOUSE,
    WIDOWED,
    give_home_traits,
    give_traits,
)
from experiments.district.shocks import report_certificates, strike
from experiments.district.streams import Streams
from experiments.district.work import report_pensions
from experiments.district.world import CAUSES, STUDENT, World

DEATH = CAUSES.index("death_of_earner")
BREAKUP = CAUSES.index("family_breakup")
DIVORCE_MONTH, WEDDING_MONTH, MOVE_MONTH, IN_MONTH, OUT_MONTH = 2.5e-4, 8e-4, 3e-3, 1.5e-3, 1.5e-3


@dataclass(frozen=True)
class FamilyEvents:
    """What happened to families this month, for those who react to it."""

    mothers: Ints
    bereaved: Ints
    closed: Ints


def family_month(
    world: World, desk: Desk, config: DistrictConfig, streams: Streams, month: Month
) -> FamilyEvents:
    """Let families change for one month and report it to 公安 (and whoever else must know)."""
    rng = streams.at("family", month.index)
    bereaved = _die(world, desk, rng, month)
    mothers = _give_birth(world, desk, config, rng, month)
    _divorce(world, desk, config, rng, month)
    _wed(world, desk, config, rng, month)
    _move_within(world, desk, rng, month)
    leaving = _move_out(world, desk, rng, month)
    _move_in(world, desk, config, rng, month)
    closed = _close_empty(world, desk, month)
    return FamilyEvents(mothers, bereaved, np.union1d(leaving, closed))


def report_residents(
    world: World, desk: Desk, rows: Ints, until: Ints | None = None
) -> None:
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


def _report_event(world: World, desk: Desk, rows: Ints, days: Ints, kind: str) -> None:
    code = FEEDS["life_events"].code("kind", kind)
    desk.report(
        "life_events",
        event_id=world.ids.take("event", len(rows)),
        person_id=rows,
        event_date=days,
        kind=np.full(len(rows), code, np.int64),
    )


def _leave(world: World, desk: Desk, rows: Ints, days: Ints) -> None:
    """End every spell of persons who are no longer in the district."""
    people = world.people
    report_residents(world, desk, rows, until=days)
    pensioned = people.pension_id[rows] >= 0
    report_pensions(world, desk, rows[pensioned], until=days[pensioned])
    report_insurance(world, desk, rows, until=days)
    people.present[rows] = False


def _die(world: World, desk: Desk, rng: np.random.Generator, month: Month) -> Ints:
    people, homes = world.people, world.homes
    rows = world.members()
    age = world.ages(month.first)[rows]
    hazard = np.interp(age, [0, 1, 40, 60, 75, 90], [3e-4, 2e-5, 1e-4, 6e-4, 3e-3, 1.4e-2])
    hazard = hazard * np.where(people.major_months[rows] > 0, 12.0, 1.0)
    dead = rows[rng.random(len(rows)) < hazard]
    days = month.first + rng.integers(0, month.days, len(dead))
    earned = people.wage[dead] + people.pension[dead]
    of_home = world.per_home(people.wage + people.pension)[people.household[dead]]
    strike(world, people.household[dead[earned > 0.3 * of_home]], DEATH, month)
    _report_event(world, desk, dead, days, "death")
    certified = people.certificate_id[dead] >= 0
    report_certificates(world, desk, dead[certified], days[certified])
    _leave(world, desk, dead, days)
    widowed = np.zeros(len(homes), np.bool_)
    widowed[people.household[dead[np.isin(people.relation[dead], [HEAD, SPOUSE])]]] = True
    bereaved = np.flatnonzero(
        people.present & widowed[people.household] & np.isin(people.relation, [HEAD, SPOUSE])
    )
    people.marital[bereaved] = WIDOWED
    people.relation[bereaved] = HEAD
    report_residents(world, desk, bereaved)
    return np.unique(people.household[dead])


def _give_birth(
    world: World, desk: Desk, config: DistrictConfig, rng: np.random.Generator, month: Month
) -> Ints:
    people = world.people
    age = world.ages(month.first)
    fertile = (
        people.present
        & people.female
        & (people.marital == MARRIED)
        & (age > 21)
        & (age < 41)
        & np.isin(people.relation, [HEAD, SPOUSE])
    )
    rows = np.flatnonzero(fertile)
    mothers = rows[rng.random(len(rows)) < 0.0045]
    days = month.first + rng.integers(0, month.days, len(mothers))
    babies = world.people.grow(len(mothers))
    people = world.people
    people.household[babies] = people.household[mothers]
    people.birth[babies] = days
    people.female[babies] = rng.random(len(babies)) < 0.48
    people.relation[babies] = CHILD
    people.marital[babies] = NEVER
    give_traits(world, babies, config, rng, day=month.after)
    people.residence_since[babies] = days
    people.insurance_since[babies] = days
    people.hukou[babies] = people.hukou[mothers]
    people.work[babies] = STUDENT
    _report_event(world, desk, babies, days, "birth")
    report_residents(world, desk, babies)
    report_insurance(world, desk, babies)
    return mothers


def _new_home(
    world: World, config: DistrictConfig, rng: np.random.Generator, skill: Floats
) -> Ints:
    """Open households in empty dwellings; fewer than asked when dwellings run out."""
    empty = np.flatnonzero(world.addresses.household < 0)
    count = min(len(skill), len(empty))
    rows = world.homes.grow(count)
    dwellings = rng.permutation(empty)[:count]
    world.homes.address[rows] = dwellings
    world.addresses.household[dwellings] = rows
    world.homes.skill[rows] = skill[:count]
    return rows


def _rehouse(
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


def _divorce(
    world: World, desk: Desk, config: DistrictConfig, rng: np.random.Generator, month: Month
) -> None:
    people, homes = world.people, world.homes
    spouse = np.flatnonzero(people.present & (people.relation == SPOUSE) & (people.marital == MARRIED))
    strained = homes.pressure[people.household[spouse]] < 1.2
    leaving = spouse[rng.random(len(spouse)) < DIVORCE_MONTH * np.where(strained, 3.0, 1.0)]
    opened = _new_home(world, config, rng, homes.skill[people.household[leaving]])
    leaving = leaving[: len(opened)]
    old_home = people.household[leaving]
    days = month.first + rng.integers(0, month.days, len(leaving))
    head = world.heads()[old_home]
    people.marital[leaving] = DIVORCED
    people.marital[head] = DIVORCED
    _report_event(world, desk, leaving, days, "divorce")
    _rehouse(world, desk, leaving, opened, np.full(len(leaving), HEAD), days)
    report_residents(world, desk, head)
    homes = world.homes
    hukou = people.hukou[leaving].copy()
    give_home_traits(world, opened, config, rng, day=month.first)
    people.hukou[leaving] = hukou
    homes.buffer[opened] = homes.buffer[old_home] * 0.35
    homes.buffer[old_home] *= 0.5
    homes.tenure_since[opened] = days
    report_tenure(world, desk, opened, leaving)
    strike(world, np.concatenate([opened, old_home]), BREAKUP, month)


def _wed(
    world: World, desk: Desk, config: DistrictConfig, rng: np.random.Generator, month: Month
) -> None:
    people = world.people
    age = world.ages(month.first)
    alone = world.per_home(np.ones(len(people)))[people.household] == 1
    free = (
        people.present
        & np.isin(people.marital, [NEVER, DIVORCED])
        & (age > 22)
        & (age < 45)
        & (((people.relation == HEAD) & alone) | (people.relation == CHILD))
    )
    grooms = rng.permutation(np.flatnonzero(free & ~people.female))
    brides = rng.permutation(np.flatnonzero(free & people.female))
    count = min(len(grooms), len(brides), int(WEDDING_MONTH * len(world.homes)))
    grooms, brides = grooms[:count], brides[:count]
    apart = people.household[grooms] != people.household[brides]
    grooms, brides = grooms[apart], brides[apart]
    opened = _new_home(world, config, rng, (people.skill[grooms] + people.skill[brides]) / 2)
    grooms, brides = grooms[: len(opened)], brides[: len(opened)]
    days = month.first + rng.integers(0, month.days, len(opened))
    both, both_days = np.concatenate([grooms, brides]), np.concatenate([days, days])
    people.marital[both] = MARRIED
    _report_event(world, desk, both, both_days, "marriage")
    relation = np.repeat([HEAD, SPOUSE], len(opened))
    hukou = people.hukou[both].copy()
    _rehouse(world, desk, both, np.concatenate([opened, opened]), relation, both_days)
    give_home_traits(world, opened, config, rng, day=month.first)
    people.hukou[both] = hukou
    world.homes.tenure_since[opened] = days
    report_tenure(world, desk, opened, grooms)


def _move_within(world: World, desk: Desk, rng: np.random.Generator, month: Month) -> None:
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
    report_residents(world, desk, persons, until=person_days)
    report_tenure(world, desk, movers, holders, until=days[movers])
    world.addresses.household[homes.address[movers]] = -1
    homes.address[movers] = empty[: len(movers)]
    world.addresses.household[homes.address[movers]] = movers
    people.residence_id[persons] = world.ids.take("residence", len(persons))
    people.residence_since[persons] = person_days
    homes.tenure_id[movers] = world.ids.take("tenure", len(movers))
    homes.tenure_since[movers] = days[movers]
    report_residents(world, desk, persons)
    report_tenure(world, desk, movers, holders)


def _move_out(world: World, desk: Desk, rng: np.random.Generator, month: Month) -> Ints:
    homes, people = world.homes, world.people
    rows = np.flatnonzero(homes.present)
    leavers = rows[
        rng.random(len(rows)) < OUT_MONTH * np.where(homes.rent[rows] > 0, 3.0, 0.4)
    ]
    going = np.zeros(len(homes), np.bool_)
    going[leavers] = True
    persons = np.flatnonzero(people.present & going[people.household])
    days = np.full(len(homes), month.after - 1, np.int64)
    days[leavers] = month.first + rng.integers(0, month.days, len(leavers))
    person_days = days[people.household[persons]]
    _report_event(world, desk, persons, person_days, "move_out")
    _leave(world, desk, persons, person_days)
    return leavers


def _move_in(
    world: World, desk: Desk, config: DistrictConfig, rng: np.random.Generator, month: Month
) -> None:
    arriving = rng.poisson(IN_MONTH * int(world.homes.present.sum()))
    opened = _new_home(world, config, rng, 0.85 * rng.normal(size=arriving) - 0.1)
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
    _report_event(world, desk, persons, person_days, "move_in")
    report_residents(world, desk, persons)
    report_insurance(world, desk, persons)
    certified = persons[people.certificate_id[persons] >= 0]
    report_certificates(world, desk, certified)
    pensioned = persons[people.pension_id[persons] >= 0]
    report_pensions(world, desk, pensioned)
    report_tenure(world, desk, opened, world.heads()[opened])


def _close_empty(world: World, desk: Desk, month: Month) -> Ints:
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
