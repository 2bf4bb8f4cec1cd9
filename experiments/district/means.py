"""The truth of means: what the rules of the relief ladder would be told of each household if all were known.

Taken on the morning of the second day after each month (``as_of_date``), when what begins with a month has begun.
Columns are named like the facts of the rules where these have a name, so the table can be judged as it is; what
a fact knows between two bounds is exact here and stands in both columns.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.district.config import DistrictConfig
from experiments.district.deliver import pseudonyms
from experiments.district.desk import Batch
from experiments.district.entitlement import DIBAO, EDGE, RIGID, TEKUN, TEMPORARY
from experiments.district.feeds import FEEDS
from experiments.district.hardship import CARE_COST, standard
from experiments.district.medical import MAJOR
from experiments.district.months import NO_DAY, Flags, Floats, Ints, Month
from experiments.district.people import HUKOU_ELSEWHERE, OWNED
from experiments.district.places import Grids
from experiments.district.property import Holdings
from experiments.district.schools import FEE, Schools
from experiments.district.shocks import GRADES
from experiments.district.streams import Streams
from experiments.district.work import MONTHLY_CLAIM
from experiments.district.world import FLEXIBLE, FORMAL, World

YEAR, SUDDEN = 365, 90
MONTHS_REMEMBERED = 14
DANGEROUS = GRADES.index("D")
WITHIN_MONTHS, WITHIN_HOMES, WITHIN_CARS, WITHIN_CAPITAL = 24, 1, 0, 30_000.0
"""Limits a check holds assets against here: months of the standard per person, homes, cars, yuan. Cities differ."""

Columns = dict[str, np.typing.NDArray[Any]]


class _Bills(NamedTuple):
    person: Ints
    on: Ints
    paid: Floats
    grave: Flags


@dataclass
class Means:
    """The facts of every household row, month by month; ``now`` are those of the month noted last."""

    config: DistrictConfig
    now: Columns = field(default_factory=dict)
    _cars: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    _capital: Floats = field(default_factory=lambda: np.empty(0, np.float64))
    _bills: list[_Bills] = field(default_factory=list)
    _contributed: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    _months: list[pa.Table] = field(default_factory=list)

    def remember(self, world: World, month: Month, bills: Batch) -> None:
        """Keep of a month what later ones look back on: bills and who contributed."""
        people = world.people
        new = len(people) - len(self._contributed)
        self._contributed = np.concatenate([self._contributed, np.full(new, NO_DAY, np.int64)])
        paying = people.present & np.isin(people.work, [FORMAL, FLEXIBLE])
        self._contributed[paying] = month.first
        seen = _Bills(
            bills["person_id"].astype(np.int64),
            bills["event_date"].astype(np.int64),
            bills["self_paid"].astype(np.float64),
            bills["diagnosis_group"].astype(np.int64) == MAJOR,
        )
        self._bills = [*self._bills, seen][-MONTHS_REMEMBERED:]

    def note(
        self,
        world: World,
        grids: Grids,
        streams: Streams,
        month: Month,
        schools: Schools,
        holdings: Holdings,
    ) -> None:
        """Work out the facts as of the second day after ``month`` and write them down."""
        self._own(world, streams, month)
        day = month.after + 1
        rows: Columns = {
            **_members(world, day),
            **self._income(world),
            **self._assets(world, holdings),
            **self._spending(world, schools, day),
            **_held(world, day),
            "single_entry_ill": self._ill(world, day),
            "sudden_events_90d": self._sudden(world, day),
            "is_rural": grids.rural[world.addresses.grid[world.homes.address]],
        }
        limit = WITHIN_MONTHS * standard(self.config, month) * rows["members"].astype(np.float64)
        rows["assets_within_limit"] = (
            (rows["monetary_assets"] < limit)
            & (rows["homes"] <= WITHIN_HOMES)
            & (rows["cars"] <= WITHIN_CARS)
            & (rows["business_capital"] < WITHIN_CAPITAL)
        )
        self.now = rows
        here = np.flatnonzero(world.homes.present)
        self._months.append(_table(rows, here, day, seed=self.config.seed))

    def write(self, folder: Path) -> None:
        """Write means.parquet into ``folder``."""
        told = pa.concat_tables(self._months).combine_chunks()
        pq.write_table(told, folder / "means.parquet", compression="zstd")

    def _own(self, world: World, streams: Streams, month: Month) -> None:
        """Draw the cars and businesses of households formed since."""
        rng, knobs = streams.at("means", month.index), self.config.means
        skill = world.homes.skill[len(self._cars) :]
        cars = rng.random(len(skill)) < np.clip(knobs.cars + 0.15 * skill, 0.02, 0.95)
        business = rng.random(len(skill)) < knobs.businesses
        capital = np.round(knobs.capital * rng.lognormal(0, 1.0, len(skill)), -3)
        self._cars = np.concatenate([self._cars, cars.astype(np.int64)])
        self._capital = np.concatenate([self._capital, np.where(business, capital, 0.0)])

    def _income(self, world: World) -> Columns:
        people, homes = world.people, world.homes
        claims = np.where(people.claim_id >= 0, MONTHLY_CLAIM, 0.0)
        pension = np.where(people.pension_kind >= 0, people.pension, 0.0)
        seen = world.per_home(people.wage + pension + claims)
        whole = np.round(seen + homes.side_income + homes.family_support, 2)
        return {
            "income_month_at_least": whole,
            "income_month_at_most": whole,
            "income_not_side_month": np.round(seen, 2),
            "side_income_month": np.round(homes.side_income, 2),
            "family_support_month": np.round(homes.family_support, 2),
            "basic_pension_month": world.per_home(np.where(people.pension_kind == 1, pension, 0.0)),
            "able_supporters": (homes.family_support >= self.config.means.supports_from).astype(
                np.int64
            ),
        }

    def _assets(self, world: World, holdings: Holdings) -> Columns:
        people, homes = world.people, world.homes
        held = np.zeros(len(homes), np.int64)
        owners = np.flatnonzero(people.present & (holdings.spell >= 0))
        np.maximum.at(held, people.household[owners], holdings.count[owners])
        return {
            "monetary_assets": np.round(np.maximum(homes.buffer, 0.0), 2),
            "homes": np.maximum(held, (homes.tenure == OWNED).astype(np.int64)),
            "cars": self._cars,
            "business_capital": self._capital,
        }

    def _paid(self, count: int, day: int) -> tuple[Floats, Flags]:
        """What each person paid for care in the year before ``day``; whose bills were of grave illness."""
        person = np.concatenate([month.person for month in self._bills])
        on = np.concatenate([month.on for month in self._bills])
        paid = np.concatenate([month.paid for month in self._bills])
        lately = (on >= day - YEAR) & (on < day)
        year: Floats = np.zeros(count)
        np.add.at(year, person[lately], paid[lately])
        grave = np.zeros(count, np.bool_)
        grave[person[lately & np.concatenate([month.grave for month in self._bills])]] = True
        return year, grave

    def _ill(self, world: World, day: int) -> Ints:
        _year, grave = self._paid(len(world.people), day)
        return world.per_home(grave).astype(np.int64)

    def _spending(self, world: World, schools: Schools, day: int) -> Columns:
        """Care, school, rent and nursing of a year; a family keeps the bills of those it lost."""
        people, homes = world.people, world.homes
        paid, _grave = self._paid(len(people), day)
        lost = ~people.present & (people.left_on > day - YEAR)
        of_lost = np.bincount(people.household[lost], weights=paid[lost], minlength=len(homes))
        lately = (schools.stage >= 0) & (schools.since >= day - YEAR)
        due = np.maximum(FEE[np.maximum(schools.stage, 0)] - schools.aid, 0.0)
        fees = world.per_home(np.where(lately, due, 0.0))
        days = np.clip(day - homes.tenure_since, 0, YEAR)
        rent = homes.rent * 12 / YEAR * days
        severe = (people.disability_grade > 0) & (people.disability_grade <= 2)
        nursing = np.where(severe, CARE_COST, 0.0)
        nursing += np.where(people.major_months > 0, people.major_cost, 0.0)
        known = world.per_home(paid) + of_lost + fees + rent
        whole = np.round(known + 12 * world.per_home(nursing), 2)
        return {
            "necessary_spending_year_at_least": whole,
            "necessary_spending_year_at_most": whole,
            "care_school_rent_year": np.round(known, 2),
        }

    def _sudden(self, world: World, day: int) -> Ints:
        people, addresses = world.people, world.addresses
        count = len(world.homes)
        died = people.died & (people.left_on >= day - SUDDEN) & (people.left_on < day)
        young = whole_years(people.birth, people.left_on) < 60
        died &= young | (self._contributed >= people.left_on - YEAR)
        dead = np.bincount(people.household[died], minlength=count)
        certified = (people.certificate_id >= 0) & (people.disability_grade <= 2)
        struck = (certified & (people.certificate_since >= day - SUDDEN)).astype(np.int64)
        struck += people.claim_since >= day - SUDDEN
        home = world.homes.address
        unsafe = addresses.danger[home] == DANGEROUS
        unsafe &= addresses.danger_on[home] >= day - SUDDEN
        struck_at_home: Ints = world.per_home(struck.astype(np.float64)).astype(np.int64)
        events: Ints = dead + struck_at_home + unsafe
        return events


def _members(world: World, day: int) -> Columns:
    people = world.people
    age = whole_years(people.birth, np.full(len(people), day))
    kind = FEEDS["disability_certificates"].cell("kind").code
    grade, disability = people.disability_grade, people.disability_kind
    mind = np.isin(disability, [kind("intellectual"), kind("mental")])
    certified = (people.certificate_id >= 0) & (people.certificate_since < day)
    unable = certified & (
        (mind & (grade <= 3))
        | ((disability == kind("physical")) & (grade <= 2))
        | ((disability == kind("sight")) & (grade <= 1))
    )
    severe = (grade > 0) & (grade <= 2)

    def persons(which: Flags) -> Ints:
        return world.per_home(which).astype(np.int64)

    return {
        "members": persons(np.ones(len(people), np.bool_)),
        "members_hukou_here": persons(people.hukou != HUKOU_ELSEWHERE),
        "members_under_16": persons(age < 16),
        "members_16_17": persons((age >= 16) & (age < 18)),
        "members_18_59": persons((age >= 18) & (age < 60)),
        "members_from_60": persons(age >= 60),
        "able_members_16_17": persons((age >= 16) & (age < 18) & ~unable),
        "able_members_18_59": persons((age >= 18) & (age < 60) & ~unable),
        "single_entry_disabled": persons(certified & ((grade <= 2) | (mind & (grade <= 3)))),
        "severe_members": persons(severe),
        "severe_members_without_certificate": persons(severe & ~certified),
    }


def _held(world: World, day: int) -> Columns:
    homes = world.homes
    begun = (homes.scheme >= 0) & (homes.benefit_since < day)
    held = {
        f"holds_{rung}": begun & (homes.scheme == scheme)
        for rung, scheme in (("tekun", TEKUN), ("dibao", DIBAO), ("edge", EDGE), ("rigid", RIGID))
    }
    recognised = begun & (homes.scheme != TEMPORARY)
    left = ~begun & (homes.benefit_left > NO_DAY)
    return {
        **held,
        "days_since_recognised": np.where(recognised, day - homes.benefit_since, NO_DAY),
        "days_since_exit": np.where(left, day - homes.benefit_left, NO_DAY),
    }


def whole_years(born: Ints, day: Ints) -> Ints:
    """Age in whole years; who was born on 29 February turns a year older on 1 March."""
    birth, on = born.astype("datetime64[D]"), day.astype("datetime64[D]")
    birth_month, on_month = birth.astype("datetime64[M]"), on.astype("datetime64[M]")
    months = (on_month - birth_month).astype(np.int64)
    before: Flags = (on - on_month).astype(np.int64) < (birth - birth_month).astype(np.int64)
    years: Ints = (months - before) // 12
    return years


def _table(rows: Columns, here: Ints, day: int, *, seed: int) -> pa.Table:
    columns = {
        "household_id": pseudonyms(here, prefix="h", seed=seed),
        "as_of_date": pa.array(np.full(len(here), day, np.int32)).cast(pa.date32()),
    }
    for name, values in rows.items():
        mine = values[here]
        unknown = mine == NO_DAY if name.startswith("days_since") else None
        columns[name] = pa.array(mine, mask=unknown)
    return pa.table(columns)
