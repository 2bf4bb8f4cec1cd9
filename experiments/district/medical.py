"""Illness and what 医保 settles: outpatient, chronic, pharmacy and hospital bills.

The well-off pay more on top (better drugs, better rooms) and a family in hardship puts care
off, so the size of a bill says little without the income and the mouths behind it.
"""

from dataclasses import dataclass, field

import numpy as np

from experiments.district.config import DistrictConfig
from experiments.district.desk import Batch, Desk, take
from experiments.district.feeds import FEEDS
from experiments.district.months import NO_DAY, Floats, Ints, Month
from experiments.district.shocks import strike
from experiments.district.streams import Streams
from experiments.district.world import CAUSES, FORMAL, INFORMAL, UNEMPLOYED, World

EMPLOYEE, RESIDENT, UNINSURED = range(3)
OUTPATIENT, INPATIENT, PHARMACY, CHRONIC_CLINIC = range(4)
GENERAL, CHRONIC, MAJOR, MENTAL, MATERNITY, INJURY = range(6)
MAJOR_ILLNESS = CAUSES.index("major_illness")
CHRONIC_ILLNESS = CAUSES.index("chronic_illness")
SELF_SHARE = np.array([0.27, 0.40, 1.0])
"""Part of a bill left to the patient by insurance scheme, before private extras."""

MAJOR_INSURANCE_LINE = 11_000.0
MAJOR_INSURANCE_LEFT = 0.30
"""大病保险: above a yearly line most of the listed cost is taken over; unlisted extras are not."""


@dataclass
class Clinics:
    """Bills patients; keeps the few settlements that will be corrected a month later."""

    _to_correct: Batch = field(default_factory=dict)
    bills: Batch = field(default_factory=dict)
    """Settlements of the month just simulated, as first written."""

    def month(
        self,
        world: World,
        desk: Desk,
        config: DistrictConfig,
        streams: Streams,
        month: Month,
        mothers: Ints,
    ) -> None:
        """Fall ill, be treated, pay; fills ``people.self_paid_month``."""
        rng = streams.at("medical", month.index)
        _fall_ill(world, config, rng, month)
        bills = _treat(world, config, rng, month, mothers)
        _settle(world, bills, rng)
        self.bills = bills
        people = world.people
        people.self_paid_month[:] = np.bincount(
            bills["person_id"].astype(np.int64),
            weights=bills["self_paid"].astype(np.float64),
            minlength=len(people),
        )
        if self._to_correct:
            desk.report("medical_settlements", **self._to_correct)
        wrong = np.flatnonzero(rng.random(len(bills["person_id"])) < config.dirt.corrected_amount)
        self._to_correct = _corrected(take(bills, wrong), rng) if desk.is_open else {}
        desk.report("medical_settlements", **bills)
        change_insurance(world, desk, streams, month)


def _fall_ill(world: World, config: DistrictConfig, rng: np.random.Generator, month: Month) -> None:
    people = world.people
    rows = world.members()
    age = world.ages(month.first)[rows]
    incidence = np.interp(age, [0, 30, 50, 70, 85], [3e-5, 9e-5, 3.5e-4, 8e-4, 1e-3])
    incidence = incidence * config.mechanism.major_illness_scale
    hit = rows[(rng.random(len(rows)) < incidence) & (people.major_months[rows] == 0)]
    people.major_months[hit] = rng.integers(4, 22, len(hit))
    people.major_cost[hit] = rng.lognormal(7.8, 0.6, len(hit))
    np.add.at(world.homes.buffer, people.household[hit], -rng.lognormal(10.25, 0.7, len(hit)))
    at_work = hit[people.wage[hit] > 0]
    people.wage[at_work] *= np.where(
        people.work[at_work] == INFORMAL, 0.0, rng.uniform(0.0, 0.6, len(at_work))
    )
    carers = _carer_of(world, hit[rng.random(len(hit)) < 0.40])
    people.wage[carers] = 0.0
    people.work[carers] = UNEMPLOYED
    people.idle_months[carers] = 0
    strike(world, people.household[hit], MAJOR_ILLNESS, month)
    bound = np.unique(people.household[hit])
    bound = bound[world.free_hands(month.first)[bound] == 0]
    world.homes.side_income[bound] *= 0.2

    ill = rows[people.major_months[rows] > 0]
    people.major_months[ill] -= 1
    well_again = ill[
        (people.major_months[ill] == 0) & np.isin(people.work[ill], [FORMAL, INFORMAL])
    ]
    people.wage[well_again] = people.usual_wage[well_again] * rng.uniform(0.7, 1.0, len(well_again))
    people.usual_wage[well_again] = people.wage[well_again]

    onset = np.interp(age, [0, 20, 45, 70], [1e-4, 3e-4, 2.0e-3, 6e-3])
    new = rows[(people.chronic[rows] == 0) & (rng.random(len(rows)) < onset)]
    people.chronic[new] = rng.lognormal(0, 0.8, len(new))
    strike(world, people.household[new[people.chronic[new] > 2.2]], CHRONIC_ILLNESS, month)


def _carer_of(world: World, patients: Ints) -> Ints:
    """One working member of each patient's household, if there is one."""
    people = world.people
    ill_home = np.zeros(len(world.homes), np.bool_)
    ill_home[people.household[patients]] = True
    working = np.flatnonzero(people.present & (people.wage > 0) & (people.major_months == 0))
    working = working[ill_home[people.household[working]]]
    _, first = np.unique(people.household[working], return_index=True)
    return working[first]


def _treat(
    world: World,
    config: DistrictConfig,
    rng: np.random.Generator,
    month: Month,
    mothers: Ints,
) -> Batch:
    """One row per bill, before insurance: who, when, what kind, how much in all."""
    people = world.people
    rows = world.members()
    age = world.ages(month.first)[rows]
    short = world.homes.in_hardship[people.household[rows]]
    going = np.where(short, config.mechanism.care_sought, 1.0)
    chronic = people.chronic[rows]
    major = people.major_months[rows] > 0
    by_age = np.interp(age, [0, 5, 18, 40, 65, 85], [0.25, 0.15, 0.08, 0.10, 0.22, 0.3])

    visits = rng.poisson(by_age * going * (1 + 0.5 * (chronic > 0)) * (1 + 2 * major))
    drugs = rng.poisson(np.where(chronic > 0, 0.35, 0.06) * going)
    clinic = (chronic > 0) & (rng.random(len(rows)) < 0.45 * going)
    stay_rate = np.interp(age, [0, 3, 18, 45, 65, 85], [0.010, 0.004, 0.002, 0.005, 0.016, 0.026])
    stay_rate = stay_rate * (1 + 0.4 * np.minimum(chronic, 3)) * np.where(short, 0.9, 1.0)
    stays = rng.random(len(rows)) < np.where(major, 0.42, stay_rate)

    who = [
        np.repeat(rows, visits),
        np.repeat(rows, drugs),
        rows[clinic],
        rows[stays],
        mothers,
    ]
    sizes = [len(part) for part in who]
    kinds = np.repeat([OUTPATIENT, PHARMACY, CHRONIC_CLINIC, INPATIENT, INPATIENT], sizes)
    person = np.concatenate(who)
    ill = people.chronic[person]
    severe = people.major_months[person] > 0
    lots = rng.normal(size=len(person))
    mean = np.array([5.3, 8.8, 4.6, 5.6])[kinds]
    spread = np.array([0.8, 0.48, 0.7, 0.6])[kinds]
    total = np.exp(mean + spread * lots)
    total *= np.where(kinds == CHRONIC_CLINIC, 0.6 + 0.4 * ill**1.6, 1.0)
    total *= np.where(severe & (kinds == INPATIENT), 2.2, 1.0)
    total *= np.where(severe & (kinds == OUTPATIENT), 3.0, 1.0)
    mental = people.disability_kind[person] == 5
    dice = rng.random(len(person))
    group = np.select(
        [
            severe & (kinds != PHARMACY),
            kinds == CHRONIC_CLINIC,
            mental & (dice < 0.5),
            dice < 0.06,
            (ill > 0) & (dice < 0.7),
        ],
        [MAJOR, CHRONIC, MENTAL, INJURY, CHRONIC],
        GENERAL,
    )
    group[len(person) - sizes[-1] :] = MATERNITY
    stay_days = np.where(kinds == INPATIENT, 2 + rng.poisson(6 + 5 * severe), 0)
    return {
        "settlement_id": world.ids.take("settlement", len(person)),
        "person_id": person,
        "event_date": month.first + rng.integers(0, month.days, len(person)),
        "care_kind": kinds,
        "diagnosis_group": group,
        "hospital_days": stay_days,
        "total_amount": np.round(total, 2),
    }


def _settle(world: World, bills: Batch, rng: np.random.Generator) -> None:
    """Split each bill between insurer, medical aid and the patient (adds three columns)."""
    people, homes = world.people, world.homes
    person = bills["person_id"].astype(np.int64)
    total: Floats = bills["total_amount"].astype(np.float64)
    home = people.household[person]
    share = SELF_SHARE[people.scheme[person]] * rng.uniform(0.8, 1.2, len(person))
    # Better rooms and drugs outside the list: what the well-off add, most of all in hospital.
    taste = np.where(bills["care_kind"] == INPATIENT, 0.75, 0.40)
    extras = total * 0.13 * np.exp(taste * homes.skill[home]) * rng.exponential(1.0, len(person))
    extras *= np.where(homes.pressure[home] < 1.3, 0.6, 1.0)
    total = np.round(total + extras, 2)
    own = np.minimum(total, (total - extras) * np.clip(share, 0.05, 1.0) + extras)
    in_list = own - extras
    over_line = homes.self_paid_year[home] > MAJOR_INSURANCE_LINE
    own = extras + np.where(over_line, MAJOR_INSURANCE_LEFT * in_list, in_list)
    hospital = bills["care_kind"] == INPATIENT
    poorest = np.isin(homes.scheme[home], [0, 1])
    edge = np.isin(homes.scheme[home], [2, 3])
    aid = own * hospital * np.where(poorest, 0.70, np.where(edge & (own > 3000), 0.5, 0.0))
    aid_paid, self_paid = np.round(aid, 2), np.round(own - aid, 2)
    bills["total_amount"] = total
    bills["aid_paid"] = aid_paid
    bills["self_paid"] = self_paid
    bills["insurer_paid"] = np.round(total - aid_paid - self_paid, 2)


def _corrected(bills: Batch, rng: np.random.Generator) -> Batch:
    """The same settlements with part of the patient's share taken over by the insurer."""
    own = bills["self_paid"].astype(np.float64)
    taken = np.round(own * rng.uniform(0.1, 0.5, len(own)), 2)
    return bills | {
        "self_paid": np.round(own - taken, 2),
        "insurer_paid": np.round(bills["insurer_paid"].astype(np.float64) + taken, 2),
    }


def change_insurance(world: World, desk: Desk, streams: Streams, month: Month) -> None:
    """Move persons between schemes: by job, and each January by who pays the premium."""
    rng = streams.at("insurance", month.index)
    people = world.people
    rows = world.members()
    formal = people.work[rows] == FORMAL
    scheme = people.scheme[rows]
    wanted = scheme.copy()
    wanted[formal] = EMPLOYEE
    lost_job = (
        ~formal & (scheme == EMPLOYEE) & (people.pension_kind[rows] != 0) & (people.work[rows] != 2)
    )
    leaves = lost_job & (rng.random(len(rows)) < 0.35)
    squeezed = world.homes.in_hardship[people.household[rows]]
    drops = rng.random(len(rows)) < np.where(squeezed, 0.16, 0.05)
    wanted[leaves] = np.where(drops[leaves], UNINSURED, RESIDENT)
    if month.number == 1:
        wanted[(scheme == RESIDENT) & ~formal & drops] = UNINSURED
        rejoins = (scheme == UNINSURED) & ~formal & (rng.random(len(rows)) < 0.6)
        wanted[rejoins] = RESIDENT
    moved = rows[wanted != scheme]
    day = np.maximum(month.first, people.insurance_since[moved])
    report_insurance(world, desk, moved, until=day)
    people.scheme[moved] = wanted[wanted != scheme]
    people.insurance_id[moved] = world.ids.take("insurance", len(moved))
    people.insurance_since[moved] = day
    people.insurance_arrears[moved] = 0
    report_insurance(world, desk, moved)

    flexible = rows[(people.work[rows] == 2) & (people.scheme[rows] == EMPLOYEE)]
    behind = world.homes.in_hardship[people.household[flexible]]
    missing = rng.random(len(flexible)) < np.where(behind, 0.06, 0.025)
    before = people.insurance_arrears[flexible]
    after = np.where(missing, before + 1, np.where(rng.random(len(flexible)) < 0.3, 0, before))
    changed = after != before
    people.insurance_arrears[flexible] = after
    report_insurance(world, desk, flexible[changed])


def report_insurance(world: World, desk: Desk, rows: Ints, until: Ints | None = None) -> None:
    """Hand in the insurance spells of the persons ``rows`` (``until``: their end days)."""
    people = world.people
    code = FEEDS["medical_insurance"].cell("scheme").code
    codes = np.array([code("employee"), code("resident"), code("none")])
    desk.report(
        "medical_insurance",
        insurance_id=people.insurance_id[rows],
        person_id=rows,
        family_account_id=rows,
        event_date=people.insurance_since[rows],
        valid_to=np.full(len(rows), NO_DAY, np.int64) if until is None else until,
        scheme=codes[people.scheme[rows]],
        arrears_months=people.insurance_arrears[rows],
    )
