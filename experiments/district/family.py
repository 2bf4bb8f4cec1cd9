"""Births, deaths, weddings and divorces; household ids change with them."""

from dataclasses import dataclass

import numpy as np

from experiments.district.config import DistrictConfig
from experiments.district.desk import Desk
from experiments.district.housing import report_tenure
from experiments.district.medical import report_insurance
from experiments.district.months import Ints, Month
from experiments.district.moves import move_in, move_out, move_within
from experiments.district.people import (
    CHILD,
    DIVORCED,
    HEAD,
    MARRIED,
    NEVER,
    SPOUSE,
    WIDOWED,
    give_home_traits,
    give_traits,
)
from experiments.district.register import (
    close_empty,
    leave_district,
    open_homes,
    rehouse,
    report_event,
)
from experiments.district.shocks import report_certificates, strike
from experiments.district.streams import Streams
from experiments.district.world import CAUSES, STUDENT, World

DEATH = CAUSES.index("death_of_earner")
BREAKUP = CAUSES.index("family_breakup")
DIVORCE_MONTH, WEDDING_MONTH = 2.5e-4, 8e-4


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
    move_within(world, desk, rng, month)
    leaving = move_out(world, desk, rng, month)
    move_in(world, desk, config, rng, month)
    closed = close_empty(world, desk, month)
    return FamilyEvents(mothers, bereaved, np.union1d(leaving, closed))


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
    report_event(world, desk, dead, days, "death")
    people.died[dead] = True
    certified = people.certificate_id[dead] >= 0
    report_certificates(world, desk, dead[certified], days[certified])
    leave_district(world, desk, dead, days)
    widowed = np.zeros(len(homes), np.bool_)
    widowed[people.household[dead[np.isin(people.relation[dead], [HEAD, SPOUSE])]]] = True
    bereaved = np.flatnonzero(
        people.present & widowed[people.household] & np.isin(people.relation, [HEAD, SPOUSE])
    )
    people.marital[bereaved] = WIDOWED
    people.relation[bereaved] = HEAD
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
    people.mother[babies] = mothers
    report_event(world, desk, babies, days, "birth", mothers)
    report_insurance(world, desk, babies)
    return mothers


def _divorce(
    world: World, desk: Desk, config: DistrictConfig, rng: np.random.Generator, month: Month
) -> None:
    people, homes = world.people, world.homes
    spouse = np.flatnonzero(
        people.present & (people.relation == SPOUSE) & (people.marital == MARRIED)
    )
    strained = homes.pressure[people.household[spouse]] < 1.2
    leaving = spouse[rng.random(len(spouse)) < DIVORCE_MONTH * np.where(strained, 3.0, 1.0)]
    opened = open_homes(world, rng, homes.skill[people.household[leaving]])
    leaving = leaving[: len(opened)]
    old_home = people.household[leaving]
    days = month.first + rng.integers(0, month.days, len(leaving))
    head = world.heads()[old_home]
    people.marital[leaving] = DIVORCED
    people.marital[head] = DIVORCED
    report_event(world, desk, leaving, days, "divorce", head)
    rehouse(world, leaving, opened, np.full(len(leaving), HEAD), days)
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
    opened = open_homes(world, rng, (people.skill[grooms] + people.skill[brides]) / 2)
    grooms, brides = grooms[: len(opened)], brides[: len(opened)]
    days = month.first + rng.integers(0, month.days, len(opened))
    both, both_days = np.concatenate([grooms, brides]), np.concatenate([days, days])
    people.marital[both] = MARRIED
    spouses = np.concatenate([brides, grooms])
    report_event(world, desk, both, both_days, "marriage", spouses)
    relation = np.repeat([HEAD, SPOUSE], len(opened))
    hukou = people.hukou[both].copy()
    rehouse(world, both, np.concatenate([opened, opened]), relation, both_days)
    give_home_traits(world, opened, config, rng, day=month.first)
    people.hukou[both] = hukou
    world.homes.tenure_since[opened] = days
    report_tenure(world, desk, opened, grooms)
