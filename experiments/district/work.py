"""Work and pensions: who earns, who lost it, and what 人社 gets to see of it.

Most jobs that end are changed for another within two months, or for work no register sees;
informal work dries up without a trace. A contribution shows the wage base, which has a floor,
so the poorly paid all look alike.
"""

import numpy as np

from experiments.district.config import DistrictConfig
from experiments.district.desk import Desk
from experiments.district.feeds import FEEDS
from experiments.district.months import NO_DAY, Ints, Month
from experiments.district.shocks import strike
from experiments.district.streams import Streams
from experiments.district.world import (
    CAUSES,
    FLEXIBLE,
    FORMAL,
    INFORMAL,
    NONE,
    RETIRED,
    STUDENT,
    UNEMPLOYED,
    World,
)

BASE_FLOOR = 4879.0
"""Lowest contribution base a month (Jiangsu 2024, published figure)."""
BASE_CEILING = 24396.0
CHANGE_SHARE, INTO_INFORMAL_SHARE = 0.50, 0.20
LOST_JOB = CAUSES.index("job_loss")
UNPAID = CAUSES.index("wages_unpaid")
LOST_INFORMAL = CAUSES.index("informal_work_lost")


def work_month(
    world: World, desk: Desk, config: DistrictConfig, streams: Streams, month: Month
) -> None:
    """Move persons between kinds of work for one month and report what 人社 sees."""
    rng = streams.at("work", month.index)
    _lose_formal_jobs(world, desk, config, rng, month)
    _lose_informal_work(world, config, rng, month)
    _go_unpaid(world, config, rng, month)
    _find_work(world, rng, month)
    _come_of_age(world, rng, month)
    _retire(world, desk, config, rng, month)
    _end_claims(world, desk, month)
    _report_contributions(world, desk, rng, month)


def _lose_formal_jobs(
    world: World, desk: Desk, config: DistrictConfig, rng: np.random.Generator, month: Month
) -> None:
    people = world.people
    at_risk = np.flatnonzero(people.present & np.isin(people.work, [FORMAL, FLEXIBLE]))
    hazard = config.mechanism.job_loss_month * np.exp(-0.35 * people.skill[at_risk])
    lost = at_risk[rng.random(len(at_risk)) < hazard]
    draw = rng.random(len(lost))
    changes = draw < CHANGE_SHARE
    drifts = (draw >= CHANGE_SHARE) & (draw < CHANGE_SHARE + INTO_INFORMAL_SHARE)
    drifting = lost[drifts]
    people.work[drifting] = INFORMAL
    people.usual_wage[drifting] *= rng.uniform(0.6, 1.05, len(drifting))
    people.wage[drifting] = people.usual_wage[drifting]
    jobless = lost[~drifts]
    people.work[jobless] = UNEMPLOYED
    people.wage[jobless] = 0.0
    # A change of job is a gap already filled: such persons return within two months.
    people.idle_months[jobless] = np.where(changes[~drifts], -2, 0)
    strike(world, people.household[lost[~changes]], LOST_JOB, month)
    _start_claims(world, desk, lost[~changes], rng, month)


def _start_claims(
    world: World,
    desk: Desk,
    lost: Ints,
    rng: np.random.Generator,
    month: Month,
) -> None:
    people = world.people
    can_claim = people.claim_id[lost] < 0
    claimant = lost[can_claim & (rng.random(len(lost)) < 0.30)]
    people.claim_id[claimant] = world.ids.take("claim", len(claimant))
    people.claim_since[claimant] = month.first + rng.integers(0, month.days, len(claimant))
    people.claim_until[claimant] = people.claim_since[claimant] + 30 * rng.integers(
        3, 13, len(claimant)
    )
    report_claims(world, desk, claimant)


def _lose_informal_work(
    world: World, config: DistrictConfig, rng: np.random.Generator, month: Month
) -> None:
    people = world.people
    at_risk = np.flatnonzero(people.present & (people.work == INFORMAL))
    hazard = config.mechanism.informal_loss_month * np.exp(-0.25 * people.skill[at_risk])
    lost = at_risk[rng.random(len(at_risk)) < hazard]
    people.work[lost] = UNEMPLOYED
    people.wage[lost] = 0.0
    people.idle_months[lost] = np.where(rng.random(len(lost)) < 0.45, -1, 0)
    strike(world, people.household[lost], LOST_INFORMAL, month)


def _go_unpaid(
    world: World, config: DistrictConfig, rng: np.random.Generator, month: Month
) -> None:
    people = world.people
    stuck = np.flatnonzero(people.unpaid)
    over = stuck[(rng.random(len(stuck)) < 0.10) | (people.work[stuck] != FORMAL)]
    people.unpaid[over] = False
    paid_again = over[people.work[over] == FORMAL]
    people.wage[paid_again] = people.usual_wage[paid_again]
    employed = np.flatnonzero(people.present & (people.work == FORMAL) & ~people.unpaid)
    hit = employed[rng.random(len(employed)) < config.mechanism.unpaid_wages_month]
    people.unpaid[hit] = True
    people.wage[hit] *= rng.uniform(0.0, 0.35, len(hit))
    strike(world, people.household[hit], UNPAID, month)


def _find_work(world: World, rng: np.random.Generator, month: Month) -> None:
    people = world.people
    idle = np.flatnonzero(people.present & (people.work == UNEMPLOYED))
    people.idle_months[idle] += 1
    age = world.ages(month.first)[idle]
    hazard = 0.13 * np.exp(0.3 * people.skill[idle] - 0.04 * np.clip(age - 45, 0, 20))
    hazard *= np.exp(-0.05 * np.clip(people.idle_months[idle], 0, 24))
    hazard *= np.where(people.major_months[idle] > 0, 0.15, 1.0)
    hazard *= np.where((people.disability_grade[idle] > 0), 0.4, 1.0)
    between_jobs = people.idle_months[idle] <= 0
    found = idle[rng.random(len(idle)) < np.where(between_jobs, 0.8, hazard)]
    soon = people.idle_months[found] <= 0
    people.usual_wage[found] *= np.where(
        soon, rng.uniform(0.92, 1.1, len(found)), rng.uniform(0.6, 1.0, len(found))
    )
    people.wage[found] = people.usual_wage[found]
    formal = rng.random(len(found)) < np.where(soon, 0.8, 0.45)
    people.work[found] = np.where(formal, FORMAL, INFORMAL)
    people.idle_months[found] = 0
    drifting = np.flatnonzero(people.present & (people.work == INFORMAL))
    hired = drifting[rng.random(len(drifting)) < 0.010]
    people.work[hired] = FORMAL


def _come_of_age(world: World, rng: np.random.Generator, month: Month) -> None:
    people = world.people
    student = np.flatnonzero(people.present & (people.work == STUDENT))
    age = world.ages(month.first)[student]
    starting = student[(age >= 18) & (rng.random(len(student)) < np.where(age > 23, 0.3, 0.03))]
    people.work[starting] = np.where(rng.random(len(starting)) < 0.65, FORMAL, INFORMAL)
    people.usual_wage[starting] = 4200 * np.exp(
        0.3 * people.skill[starting] + rng.normal(0, 0.2, len(starting))
    )
    people.wage[starting] = people.usual_wage[starting]


def _retire(
    world: World, desk: Desk, config: DistrictConfig, rng: np.random.Generator, month: Month
) -> None:
    people = world.people
    age = world.ages(month.after)
    due = (
        people.present
        & (age >= np.where(people.female, 55, 60))
        & (people.pension_kind < 0)
        & np.isin(people.work, [FORMAL, FLEXIBLE])
    )
    rows = np.flatnonzero(due)
    people.pension_kind[rows] = 0
    people.pension[rows] = np.round(np.clip(people.usual_wage[rows] * 0.55, 1800, 9000))
    people.work[rows] = RETIRED
    people.wage[rows] = 0.0
    late = np.flatnonzero(people.present & (age >= 60) & (people.pension_kind < 0))
    people.pension_kind[late] = 1
    people.pension[late] = np.round(
        config.published.resident_pension * np.exp(rng.normal(-0.05, 0.35, len(late)))
    )
    tired = late[np.isin(people.work[late], [NONE, UNEMPLOYED, STUDENT])]
    people.work[tired] = RETIRED
    started = np.concatenate([rows, late])
    people.pension_id[started] = world.ids.take("pension", len(started))
    people.pension_since[started] = month.first
    report_pensions(world, desk, started)
    if month.number == 1:
        raised = np.flatnonzero(people.present & (people.pension_kind >= 0))
        people.pension[raised] = np.round(people.pension[raised] * 1.02)
        report_pensions(world, desk, raised)


def _end_claims(world: World, desk: Desk, month: Month) -> None:
    people = world.people
    open_claim = people.claim_id >= 0
    ends = open_claim & (
        (people.claim_until < month.after) | (people.work == FORMAL) | ~people.present
    )
    rows = np.flatnonzero(ends)
    until = np.minimum(people.claim_until[rows], month.after - 1)
    report_claims_ended(world, desk, rows, until)
    people.claim_id[rows] = -1


def _report_contributions(world: World, desk: Desk, rng: np.random.Generator, month: Month) -> None:
    people = world.people
    paying = np.flatnonzero(people.present & np.isin(people.work, [FORMAL, FLEXIBLE]))
    flexible = people.work[paying] == FLEXIBLE
    squeezed = world.homes.in_hardship[people.household[paying]]
    misses = flexible & (rng.random(len(paying)) < np.where(squeezed, 0.25, 0.06))
    paying, flexible = paying[~misses], flexible[~misses]
    base = np.clip(people.usual_wage[paying], BASE_FLOOR, BASE_CEILING)
    base = np.where(flexible, BASE_FLOOR, np.round(base, 0))
    code = FEEDS["social_insurance"].cell("kind").code
    desk.report(
        "social_insurance",
        contribution_id=world.ids.take("contribution", len(paying)),
        person_id=paying,
        event_date=np.full(len(paying), month.first, np.int64),
        wage_base=base,
        kind=np.where(flexible, code("flexible"), code("employed")),
    )


def report_claims(world: World, desk: Desk, rows: Ints) -> None:
    """Hand in open unemployment claims of the persons ``rows``."""
    report_claims_ended(world, desk, rows, np.full(len(rows), NO_DAY, np.int64))


def report_claims_ended(world: World, desk: Desk, rows: Ints, until: Ints) -> None:
    """Hand in claims of the persons ``rows`` with their end days."""
    people = world.people
    desk.report(
        "unemployment_benefit",
        claim_id=people.claim_id[rows],
        person_id=rows,
        event_date=people.claim_since[rows],
        valid_to=until,
        monthly_amount=np.full(len(rows), MONTHLY_CLAIM),
    )


MONTHLY_CLAIM = 1992.0
"""80 % of a minimum wage of 2,490 yuan (甬政发〔2024〕27号, from 2024-01-01)."""


def report_pensions(world: World, desk: Desk, rows: Ints, until: Ints | None = None) -> None:
    """Hand in pensions of the persons ``rows`` (``until``: their end days, else open)."""
    people = world.people
    desk.report(
        "pensions",
        pension_id=people.pension_id[rows],
        person_id=rows,
        event_date=people.pension_since[rows],
        valid_to=np.full(len(rows), NO_DAY, np.int64) if until is None else until,
        kind=people.pension_kind[rows],
        monthly_amount=people.pension[rows],
    )
