"""The people of the district on its first day: who lives with whom, on what.

Shares of household types follow the picture of the seventh census (mean size 2.62, a quarter
alone, one in thirteen an elder alone); within a type, ages and traits are drawn.
"""

from statistics import NormalDist

import numpy as np

from experiments.district.config import DistrictConfig
from experiments.district.feeds import FEEDS
from experiments.district.months import Flags, Floats, Ints
from experiments.district.places import Grids
from experiments.district.streams import Streams
from experiments.district.world import (
    FLEXIBLE,
    FORMAL,
    INFORMAL,
    NONE,
    RETIRED,
    STUDENT,
    UNEMPLOYED,
    World,
)

TYPES = (
    ("elder_alone", 0.080, 66, 90),
    ("single", 0.145, 22, 60),
    ("elder_couple", 0.085, 62, 84),
    ("couple", 0.140, 25, 62),
    ("single_parent", 0.032, 26, 50),
    ("couple_one_child", 0.205, 27, 46),
    ("couple_two_children", 0.100, 29, 46),
    ("three_generations", 0.105, 30, 48),
    ("grandparents_with_child", 0.023, 55, 72),
    ("adult_with_parent", 0.045, 32, 58),
    ("couple_adult_child", 0.040, 46, 60),
)
"""Household types with their share and the age range of the head."""

HEAD, SPOUSE, CHILD, PARENT, GRANDCHILD, OTHER = range(6)
NEVER, MARRIED, DIVORCED, WIDOWED = range(4)
HUKOU_HERE, HUKOU_DISTRICT, HUKOU_ELSEWHERE = range(3)
EMPLOYEE, RESIDENT, UNINSURED = range(3)
OWNED, PUBLIC_RENTAL, PRIVATE_RENTAL, DORMITORY, FREE = range(5)
ADULT_AGE = 18
RELUCTANCE = NormalDist(-0.20, 0.346)
"""Stigma less awareness as drawn below: the threshold for a wanted share follows from it."""


def settle(
    world: World, grids: Grids, config: DistrictConfig, streams: Streams, *, day: int
) -> None:
    """Fill the dwellings with ``config.households`` households as of ``day``."""
    rng = streams.at("people")
    homes = world.homes.grow(config.households)
    dwellings = rng.permutation(len(world.addresses))[: len(homes)]
    world.homes.address[homes] = dwellings
    world.addresses.household[dwellings] = homes
    grid = world.addresses.grid[dwellings]
    world.homes.skill[homes] = 0.85 * rng.normal(size=len(homes)) - grids.poverty[grid]

    shares = np.array([share for _, share, _, _ in TYPES])
    kind = rng.choice(len(TYPES), size=len(homes), p=shares / shares.sum())
    _fill_homes(world, homes, kind, rng, day=day)
    persons = np.arange(len(world.people))
    give_traits(world, persons, config, rng, day=day)
    give_home_traits(world, homes, config, rng, day=day)


def _fill_homes(
    world: World, homes: Ints, kind: Ints, rng: np.random.Generator, *, day: int
) -> None:
    low = np.array([youngest for _, _, youngest, _ in TYPES])[kind]
    high = np.array([oldest for _, _, _, oldest in TYPES])[kind]
    age = low + (high - low) * rng.beta(1.3, 1.3, len(homes))
    name = np.array([label for label, _, _, _ in TYPES])[kind]
    chance = rng.random((8, len(homes)))
    couple = np.isin(
        name,
        ["elder_couple", "couple", "couple_one_child", "couple_two_children",
         "three_generations", "couple_adult_child"],
    ) | ((name == "grandparents_with_child") & (chance[0] < 0.6))  # fmt: skip
    married = couple | ((name == "single") & (chance[1] < 0.12))
    head_marital = np.where(married, MARRIED, NEVER)
    head_marital[(name == "elder_alone") | ((name == "grandparents_with_child") & ~couple)] = (
        WIDOWED
    )
    head_marital[name == "single_parent"] = np.where(
        chance[2][name == "single_parent"] < 0.7, DIVORCED, WIDOWED
    )
    head_marital[((name == "single") | (name == "adult_with_parent")) & (chance[3] < 0.2)] = (
        DIVORCED
    )
    head_female = chance[4] < np.where(np.isin(name, ["single_parent", "elder_alone"]), 0.68, 0.28)
    parents = np.isin(
        name, ["single_parent", "couple_one_child", "couple_two_children", "three_generations"]
    )
    second = (name == "couple_two_children") | (
        np.isin(name, ["single_parent", "three_generations"]) & (chance[5] < 0.32)
    )
    elders = np.isin(name, ["three_generations", "adult_with_parent"])
    raised = name == "grandparents_with_child"
    child_age = np.clip(age - rng.normal(28, 4, len(homes)), 0.1, 21)
    everyone: Flags = np.ones(len(homes), np.bool_)
    roles: tuple[tuple[int, Flags, Floats, int], ...] = (
        (HEAD, everyone, age, -1),
        (SPOUSE, couple, age + rng.normal(0, 2.5, len(homes)), MARRIED),
        (CHILD, parents, child_age, NEVER),
        (CHILD, second, np.clip(child_age - rng.uniform(1, 7, len(homes)), 0.1, 21), NEVER),
        (CHILD, name == "couple_adult_child", np.clip(age - 26, 19, 34), NEVER),
        (PARENT, elders, age + rng.normal(27, 3, len(homes)), WIDOWED),
        (PARENT, (name == "three_generations") & (chance[6] < 0.6),
         age + rng.normal(26, 3, len(homes)), MARRIED),
        (GRANDCHILD, raised, np.clip(age - rng.normal(54, 3, len(homes)), 1, 17), NEVER),
        (GRANDCHILD, raised & (chance[7] < 0.3),
         np.clip(age - rng.normal(57, 3, len(homes)), 0.5, 17), NEVER),
        (OTHER, rng.random(len(homes)) < 0.03, rng.uniform(18, 75, len(homes)), NEVER),
    )  # fmt: skip
    for relation, has_role, role_age, marital in roles:
        rows = world.people.grow(int(has_role.sum()))
        people = world.people
        people.household[rows] = homes[has_role]
        people.relation[rows] = relation
        people.birth[rows] = np.round(day - role_age[has_role] * 365.25).astype(np.int64)
        people.marital[rows] = head_marital[has_role] if relation == HEAD else marital
        if relation == HEAD:
            people.female[rows] = head_female[has_role]
        elif relation == SPOUSE:
            people.female[rows] = ~head_female[has_role]
        else:
            people.female[rows] = rng.random(len(rows)) < 0.49


def give_traits(
    world: World, rows: Ints, config: DistrictConfig, rng: np.random.Generator, *, day: int
) -> None:
    """Draw work, wages, pensions, health and insurance of new persons."""
    people, count = world.people, len(rows)
    age = world.ages(day)[rows]
    skill = world.homes.skill[people.household[rows]] * 0.8 + 0.5 * rng.normal(size=count)
    people.skill[rows] = skill
    lived = np.minimum(rng.exponential(3000, count), day - people.birth[rows])
    people.residence_since[rows] = day - lived.astype(np.int64) - 1

    draw = rng.random(count)
    retiring = np.where(people.female[rows], 55, 60)
    informal = np.clip(config.mechanism.informal_share - 0.13 * skill, 0.04, 0.85)
    idle = np.clip(0.11 + 0.10 * people.female[rows] - 0.04 * skill, 0.02, 0.4)
    work = np.where(
        draw < idle,
        np.where(rng.random(count) < 0.16, UNEMPLOYED, NONE),
        np.where(
            draw < idle + informal,
            INFORMAL,
            np.where(rng.random(count) < 0.12, FLEXIBLE, FORMAL),
        ),
    )
    elder = age >= retiring
    still_working = elder & (age < 72) & (rng.random(count) < np.clip(0.25 - 0.05 * skill, 0, 0.5))
    work = np.where(elder, np.where(still_working, INFORMAL, RETIRED), work)
    work = np.where((age < 23) & (rng.random(count) < 0.6), STUDENT, work)
    work = np.where(age < ADULT_AGE, STUDENT, work)
    people.work[rows] = work
    base = np.where(work == FORMAL, 6000.0, np.where(work == FLEXIBLE, 5000.0, 4300.0))
    base = np.where(elder, 2400.0, base)
    unseen = np.where(np.isin(work, [FORMAL, FLEXIBLE]), 0.25, 0.55)
    usual = base * np.exp(0.30 * skill + unseen * rng.normal(size=count))
    people.usual_wage[rows] = np.where(age < ADULT_AGE, 0.0, usual)
    at_work = np.isin(work, [FORMAL, FLEXIBLE, INFORMAL])
    people.wage[rows] = np.where(at_work, usual, 0.0)

    employee = elder & (rng.random(count) < 1 / (1 + np.exp(-0.5 - 1.2 * skill)))
    resident = (age >= 60) & ~employee
    published = config.published
    people.pension_kind[rows] = np.where(employee, 0, np.where(resident, 1, -1))
    people.pension[rows] = np.where(
        employee,
        published.employee_pension * np.exp(0.18 * skill + rng.normal(0, 0.25, count)),
        np.where(resident, published.resident_pension * np.exp(rng.normal(-0.05, 0.35, count)), 0),
    ).round(0)
    pensioned = people.pension_kind[rows] >= 0
    people.pension_id[rows[pensioned]] = world.ids.take("pension", int(pensioned.sum()))
    since = day - ((age - retiring) * 365.25).astype(np.int64)
    people.pension_since[rows] = np.minimum(since, day - 1)

    prevalence = np.interp(age, [0, 18, 40, 60, 80], [0.01, 0.02, 0.08, 0.38, 0.60])
    ill = rng.random(count) < prevalence * np.exp(-0.1 * skill)
    people.chronic[rows] = np.where(ill, rng.lognormal(0, 0.8, count), 0.0)
    disabled = rng.random(count) < np.interp(age, [0, 20, 60, 85], [0.006, 0.015, 0.04, 0.07])
    grade = 1 + np.searchsorted(np.array([0.12, 0.42, 0.75]), rng.random(count))
    people.disability_grade[rows] = np.where(disabled, grade, 0)
    kinds = len(FEEDS["disability_certificates"].cell("kind").values)
    people.disability_kind[rows] = rng.integers(0, kinds, count)
    certified = disabled & (rng.random(count) < 0.62)
    people.certificate_id[rows[certified]] = world.ids.take("certificate", int(certified.sum()))
    people.certificate_since[rows] = day - rng.integers(30, 3000, count)
    stops_work = disabled & (grade <= 2) & at_work
    people.wage[rows[stops_work]] = 0.0
    people.work[rows[stops_work]] = NONE

    covered_by_job = (people.work[rows] == FORMAL) | employee
    covered_by_job |= (people.work[rows] == FLEXIBLE) & (rng.random(count) < 0.6)
    people.scheme[rows] = np.where(
        covered_by_job, EMPLOYEE, np.where(rng.random(count) < 0.04, UNINSURED, RESIDENT)
    )
    people.insurance_id[rows] = world.ids.take("insurance", count)
    people.insurance_since[rows] = day - rng.integers(30, 2000, count)


def give_home_traits(
    world: World, rows: Ints, config: DistrictConfig, rng: np.random.Generator, *, day: int
) -> None:
    """Draw tenure, buffers, hidden income, temper and hukou of new households."""
    homes, knobs, count = world.homes, config.mechanism, len(rows)
    skill = homes.skill[rows]
    ages = world.ages(day)
    eldest = np.zeros(len(homes))
    present = world.members()
    np.maximum.at(eldest, world.people.household[present], ages[present])
    elder = eldest[rows] >= 65

    mobile = rng.random(count) < np.where(elder, 0.07, 0.26)
    hukou = np.where(mobile, HUKOU_ELSEWHERE, HUKOU_HERE)
    hukou = np.where(~mobile & (rng.random(count) < 0.09), HUKOU_DISTRICT, hukou)
    of_home = np.zeros(len(homes), np.int64)
    of_home[rows] = hukou
    new = np.zeros(len(homes), np.bool_)
    new[rows] = True
    moved_in = present[new[world.people.household[present]]]
    world.people.hukou[moved_in] = of_home[world.people.household[moved_in]]

    owns = np.clip(np.where(mobile, 0.30, 0.86) + 0.08 * skill, 0.05, 0.97)
    draw = rng.random(count)
    other = rng.choice(
        [PUBLIC_RENTAL, PRIVATE_RENTAL, DORMITORY, FREE], size=count, p=[0.20, 0.56, 0.10, 0.14]
    )
    other = np.where(mobile & (other == PUBLIC_RENTAL), PRIVATE_RENTAL, other)
    homes.tenure[rows] = np.where(draw < owns, OWNED, other)
    market = rng.lognormal(7.0, 0.45, count) * np.exp(0.15 * skill)
    homes.rent[rows] = np.select(
        [homes.tenure[rows] == PUBLIC_RENTAL, homes.tenure[rows] == PRIVATE_RENTAL],
        [np.round(rng.uniform(120, 420, count)), np.round(market, -1)],
        0.0,
    )
    homes.tenure_id[rows] = world.ids.take("tenure", count)
    homes.tenure_since[rows] = day - rng.integers(60, 4000, count)
    pays_loan = (homes.tenure[rows] == OWNED) & (eldest[rows] < 58) & (rng.random(count) < 0.33)
    homes.mortgage[rows] = np.where(pays_loan, rng.lognormal(7.75, 0.4, count), 0.0)

    earned = world.per_home(world.people.wage + world.people.pension)[rows]
    needs_kin = elder & (earned < 2500)
    size = world.per_home(np.ones(len(world.people)))[rows]
    poor = earned < 1500 * size
    bound = np.where(world.free_hands(day)[rows] > 0, 1.0, knobs.bound_hands)
    chance = (knobs.side_income_share + knobs.side_income_if_poor * poor) * bound
    has_side = rng.random(count) < chance
    homes.side_income[rows] = np.where(has_side, rng.lognormal(7.5, 0.7, count), 0.0)
    supported = rng.random(count) < np.where(needs_kin, knobs.family_support_share, 0.06)
    homes.family_support[rows] = np.where(supported, rng.lognormal(7.35, 0.5, count), 0.0)
    months = knobs.savings_months * np.exp(rng.normal(0, knobs.savings_spread, count) + 0.3 * skill)
    homes.buffer[rows] = months * 1700.0

    homes.stigma[rows] = rng.beta(2, 3, count)
    homes.awareness[rows] = rng.beta(3, 2, count)
    homes.literacy[rows] = np.clip(rng.beta(4, 2, count) - 0.1 * elder, 0.05, 1)
    reluctance = homes.stigma[rows] - homes.awareness[rows] + rng.normal(0, 0.2, count)
    homes.never_applies[rows] = reluctance > RELUCTANCE.inv_cdf(1 - knobs.never_applies)
    homes.bills_first[rows] = rng.random(count) < knobs.pays_bills_first
    homes.forgetful[rows] = rng.random(count) < knobs.forgetful_share
    homes.lean[rows] = rng.uniform(0.0, knobs.most_thrift, count)
