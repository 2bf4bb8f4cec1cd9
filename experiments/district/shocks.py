"""What strikes a family apart from work and illness: debt, kin who stop helping, bad walls."""

import numpy as np

from experiments.district.config import DistrictConfig
from experiments.district.desk import Desk
from experiments.district.feeds import FEEDS
from experiments.district.months import NO_DAY, Ints, Month
from experiments.district.streams import Streams
from experiments.district.world import CAUSES, World

LOST_INFORMAL = CAUSES.index("informal_work_lost")
DEBT = CAUSES.index("private_debt")
SUPPORT = CAUSES.index("support_withdrawn")
DANGER = CAUSES.index("dangerous_housing")
DISABILITY = CAUSES.index("disability")
GRADES = ("A", "B", "C", "D")


def strike(world: World, homes: Ints, cause: int, month: Month) -> None:
    """Remember that ``cause`` struck the households ``homes`` this month."""
    world.homes.shock[homes] = cause
    world.homes.shock_month[homes] = month.index


def shock_month(
    world: World, desk: Desk, config: DistrictConfig, streams: Streams, month: Month
) -> None:
    """Strike households for one month and report what 残联 and 住建 see of it."""
    rng = streams.at("shocks", month.index)
    homes = world.homes
    rows = np.flatnonzero(homes.present)

    failed = rows[rng.random(len(rows)) < config.mechanism.private_debt_month]
    homes.buffer[failed] = 0.0
    homes.debt_service[failed] += rng.lognormal(8.2, 0.6, len(failed))
    strike(world, failed, DEBT, month)
    homes.debt_service[rows] *= 0.985
    cleared = rows[(homes.debt_service[rows] > 0) & (rng.random(len(rows)) < 0.025)]
    homes.debt_service[cleared] = 0.0

    helped = rows[homes.family_support[rows] > 0]
    left_alone = helped[rng.random(len(helped)) < 0.009]
    homes.family_support[left_alone] *= rng.uniform(0, 0.3, len(left_alone))
    strike(world, left_alone, SUPPORT, month)
    knobs = config.mechanism
    needing = rows[homes.in_hardship[rows]]
    hands = world.free_hands(month.first)
    bound = np.where(hands[needing] > 0, 1.0, knobs.bound_hands)
    helped_to_work = np.where(homes.scheme[needing] >= 0, knobs.coping_if_covered, 1.0)
    coping = needing[rng.random(len(needing)) < knobs.coping_month * bound * helped_to_work]
    by_work = (hands[coping] > 0) & (rng.random(len(coping)) < 0.7)
    found = rng.lognormal(7.4, 0.5, len(coping))
    homes.side_income[coping] += np.where(by_work, found, 0.0)
    homes.family_support[coping] += np.where(by_work, 0.0, found)
    earning = rows[homes.side_income[rows] > 0]
    dried = earning[rng.random(len(earning)) < knobs.side_income_loss_month]
    homes.side_income[dried] *= rng.uniform(0, 0.3, len(dried))
    strike(world, dried, LOST_INFORMAL, month)

    _disable(world, desk, rng, month)
    _assess_walls(world, desk, config, rng, month)


def _disable(world: World, desk: Desk, rng: np.random.Generator, month: Month) -> None:
    people = world.people
    rows = np.flatnonzero(people.present & (people.disability_grade == 0))
    age = world.ages(month.first)[rows]
    hit = rows[rng.random(len(rows)) < np.interp(age, [0, 40, 60, 85], [2e-5, 8e-5, 3e-4, 1e-3])]
    people.disability_grade[hit] = 1 + np.searchsorted(
        np.array([0.15, 0.45, 0.75]), rng.random(len(hit))
    )
    severe = hit[people.disability_grade[hit] <= 2]
    people.wage[severe] = 0.0
    people.work[severe] = np.where(people.work[severe] == 5, 5, 0)
    strike(world, people.household[severe], DISABILITY, month)
    # A certificate follows months after the disability, for those who go and get one.
    without = np.flatnonzero(
        people.present & (people.disability_grade > 0) & (people.certificate_id < 0)
    )
    certified = without[rng.random(len(without)) < 0.018]
    people.certificate_id[certified] = world.ids.take("certificate", len(certified))
    people.certificate_since[certified] = month.first + rng.integers(0, month.days, len(certified))
    report_certificates(world, desk, certified)


def report_certificates(world: World, desk: Desk, rows: Ints, until: Ints | None = None) -> None:
    """Hand in disability certificates of the persons ``rows`` (``until``: their end days)."""
    people = world.people
    desk.report(
        "disability_certificates",
        certificate_id=people.certificate_id[rows],
        person_id=rows,
        event_date=people.certificate_since[rows],
        valid_to=np.full(len(rows), NO_DAY, np.int64) if until is None else until,
        kind=people.disability_kind[rows],
        grade=people.disability_grade[rows],
    )


def _assess_walls(
    world: World, desk: Desk, config: DistrictConfig, rng: np.random.Generator, month: Month
) -> None:
    addresses = world.addresses
    old = np.flatnonzero((addresses.built < 1995) & (addresses.danger < 0))
    seen = old[rng.random(len(old)) < 0.004]
    grade = np.searchsorted(np.array([0.45, 0.85, 0.97]), rng.random(len(seen)))
    addresses.danger[seen] = grade
    occupied = addresses.household[seen]
    unsafe = (grade >= 2) & (occupied >= 0)
    struck = occupied[unsafe]
    world.homes.buffer[struck] -= rng.lognormal(9.6, 0.6, len(struck))
    strike(world, struck, DANGER, month)
    if month.index >= config.dirt.danger_begins:
        days = month.first + rng.integers(0, month.days, len(seen))
        addresses.danger_on[seen] = days
        report_danger(world, desk, seen, days)


def report_danger(world: World, desk: Desk, rows: Ints, days: Ints) -> None:
    """Hand in danger assessments of the dwellings ``rows``."""
    cell = FEEDS["housing_danger"].cell("grade")
    code = np.array([cell.code(grade) for grade in GRADES])
    desk.report(
        "housing_danger",
        assessment_id=world.ids.take("assessment", len(rows)),
        address_id=rows,
        event_date=days,
        valid_to=np.full(len(rows), NO_DAY, np.int64),
        grade=code[world.addresses.danger[rows]],
    )
