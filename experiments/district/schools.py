"""Schools: who is enrolled, what a year costs, who pays, who leaves before the end.

A form names a guardian and an address: evidence of who lives together that no other department
has, and not always true, since places go by the registered address.
"""

from dataclasses import dataclass, field

import numpy as np

from experiments.district.desk import Desk
from experiments.district.doorplates import Doorplates
from experiments.district.feeds import FEEDS
from experiments.district.months import NO_DAY, Floats, Ints, Month
from experiments.district.people import HEAD, PARENT, SPOUSE
from experiments.district.registration import Register
from experiments.district.streams import Streams
from experiments.district.world import World

YEAR_BEGINS, YEAR_ENDS_MONTH, HOLIDAYS = 9, 6, (6, 7, 8)
STAGES = FEEDS["education"].cell("stage").values
FIRST_AGE = np.array([3.0, 6.0, 12.0, 15.0, 18.0, 22.0])
"""Of each stage, and of leaving school; on the first day of September."""
ENROLLED = np.array([0.80, 0.985, 0.98, 0.90, 0.35])
"""By stage, in schools of the district; gross rates of the ministry's bulletin 2023 are 91, 100,
100, 92 and 60 %, less those who attend elsewhere. Plausible."""
FEE = np.array([9_600.0, 600.0, 700.0, 2_600.0, 6_800.0])
"""Yuan a year: nursery by month, books and meals at free schools, tuition after; rounded."""
AID_IF_COVERED, AID_OTHERWISE, AID = (
    0.75,
    0.02,
    np.array([1_500.0, 1_000.0, 1_250.0, 2_000.0, 3_300.0]),
)
"""资助: granted to most covered families, few others; yuan a year as published nationally."""
UNPAID_IN_HARDSHIP, UNPAID = 0.12, 0.015
DROP_OUT_MONTH, DROP_OUT_IN_HARDSHIP = 0.0010, 0.0050
"""Chance a month from senior school on; before, school is compulsory. Plausible."""
GUARDIAN_NAMED = 0.96
GRANDPARENT_SIGNS = 0.12
ADDRESS_MATCHED = 0.90
TRUE_ADDRESS = 0.70
"""Of forms that differ: families that write where they live, not where they are registered."""


@dataclass
class Schools:
    """The enrolment of each person row: its number (-1: none) and what the form says."""

    enrolment: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    stage: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    school: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    guardian: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    address: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    since: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    fee_paid: Floats = field(default_factory=lambda: np.empty(0, np.float64))
    aid: Floats = field(default_factory=lambda: np.empty(0, np.float64))

    def open(
        self,
        world: World,
        desk: Desk,
        streams: Streams,
        doors: Doorplates,
        register: Register,
        month: Month,
    ) -> None:
        """Hand in the pupils of the school year under way."""
        self._doors = doors
        rng = streams.at("schools", -1)
        self._extend(world)
        begun = Month(0, month.year - (month.number < YEAR_BEGINS), YEAR_BEGINS).first
        self._enrol(world, desk, rng, register, np.flatnonzero(world.people.present), begun)

    def month(
        self, world: World, desk: Desk, streams: Streams, month: Month, register: Register
    ) -> None:
        """End the enrolments of those who left; begin a school year in September."""
        rng = streams.at("schools", month.index)
        self._extend(world)
        people, homes = world.people, world.homes
        pupils = np.flatnonzero(self.enrolment >= 0)
        gone = pupils[~people.present[pupils]]
        self._leave(desk, gone, np.maximum(people.left_on[gone], self.since[gone]), "moved")
        pupils = pupils[people.present[pupils]]
        poor = homes.in_hardship[people.household[pupils]]
        leaves = rng.random(len(pupils)) < np.where(poor, DROP_OUT_IN_HARDSHIP, DROP_OUT_MONTH)
        dropped = pupils[leaves & (self.stage[pupils] >= STAGES.index("senior"))]
        days = month.first + rng.integers(0, month.days, len(dropped))
        self._leave(desk, dropped, np.maximum(days, self.since[dropped]), "dropped_out")
        self._collect(world, desk, rng, pupils)
        if month.number == YEAR_ENDS_MONTH:
            self._end_year(world, desk, month)
        here = np.flatnonzero(people.present)
        if month.number == YEAR_BEGINS:
            self._enrol(world, desk, rng, register, here, month.first)
        elif month.number not in HOLIDAYS:
            came = here[people.residence_since[here] >= month.first]
            self._enrol(world, desk, rng, register, came, month.after - 1)

    def _end_year(self, world: World, desk: Desk, month: Month) -> None:
        """End all enrolments; those who go on to another stage have graduated."""
        pupils = np.flatnonzero(self.enrolment >= 0)
        days = np.full(len(pupils), month.after - 1)
        after = _stage(world.ages(month.after + 62)[pupils])
        done = after != self.stage[pupils]
        self._leave(desk, pupils[done], days[done], "graduated")
        self._leave(desk, pupils[~done], days[~done], None)

    def _leave(self, desk: Desk, rows: Ints, days: Ints, reason: str | None) -> None:
        self._report(desk, rows, days, reason)
        self.enrolment[rows] = -1

    def _enrol(
        self,
        world: World,
        desk: Desk,
        rng: np.random.Generator,
        register: Register,
        rows: Ints,
        day: int,
    ) -> None:
        """Enrol those of the persons ``rows`` who are of an age and in no school yet."""
        people, homes = world.people, world.homes
        stage = _stage(world.ages(day))
        due = (self.enrolment[rows] < 0) & (stage[rows] >= 0) & (stage[rows] < len(STAGES))
        rows = rows[due]
        rows = rows[rng.random(len(rows)) < ENROLLED[stage[rows]]]
        home = people.household[rows]
        lived_at = self._doors.shown[homes.address[home]]
        registered = np.where(register.spell[rows] >= 0, register.address[rows], lived_at)
        honest = rng.random(len(rows)) < TRUE_ADDRESS
        address = np.where(honest, lived_at, registered)
        matched = rng.random(len(rows)) < ADDRESS_MATCHED
        self.enrolment[rows] = world.ids.take("enrolment", len(rows))
        self.stage[rows] = stage[rows]
        self.school[rows] = world.addresses.grid[lived_at] // 10 * len(STAGES) + stage[rows]
        self.address[rows] = np.where(matched, address, -1)
        self.guardian[rows] = self._guardians(world, rng, rows)
        self.since[rows] = day
        poor = homes.in_hardship[home]
        covered = homes.scheme[home] >= 0
        aided = rng.random(len(rows)) < np.where(covered, AID_IF_COVERED, AID_OTHERWISE)
        self.aid[rows] = np.where(aided, AID[self.stage[rows]], 0.0)
        unpaid = rng.random(len(rows)) < np.where(poor & ~covered, UNPAID_IN_HARDSHIP, UNPAID)
        fee = FEE[self.stage[rows]]
        part = np.round(fee * rng.uniform(0, 0.6, len(rows)))
        self.fee_paid[rows] = np.where(unpaid, part, fee)
        self._report(desk, rows)

    def _guardians(self, world: World, rng: np.random.Generator, rows: Ints) -> Ints:
        """Mother or father, sometimes a grandparent of the same roof, sometimes nobody."""
        people = world.people
        by_relation = {}
        for relation in (HEAD, SPOUSE, PARENT):
            found = np.full(len(world.homes), -1, np.int64)
            here = np.flatnonzero(people.present & (people.relation == relation))
            found[people.household[here]] = here
            by_relation[relation] = found[people.household[rows]]
        head, spouse, elder = (by_relation[relation] for relation in (HEAD, SPOUSE, PARENT))
        signs = np.where((spouse >= 0) & (rng.random(len(rows)) < 0.6), spouse, head)
        signs = np.where((elder >= 0) & (rng.random(len(rows)) < GRANDPARENT_SIGNS), elder, signs)
        named = (rng.random(len(rows)) < GUARDIAN_NAMED) & (signs != rows)
        return np.where(named, signs, -1)

    def _collect(self, world: World, desk: Desk, rng: np.random.Generator, pupils: Ints) -> None:
        """Let some of those who owe pay the rest, once their families can."""
        owing = pupils[self.fee_paid[pupils] < FEE[np.maximum(self.stage[pupils], 0)]]
        owing = owing[self.enrolment[owing] >= 0]
        poor = world.homes.in_hardship[world.people.household[owing]]
        pays = owing[rng.random(len(owing)) < np.where(poor, 0.06, 0.35)]
        self.fee_paid[pays] = FEE[self.stage[pays]]
        self._report(desk, pays)

    def _report(
        self, desk: Desk, rows: Ints, until: Ints | None = None, reason: str | None = None
    ) -> None:
        code = -1 if reason is None else FEEDS["education"].code("leaving_reason", reason)
        fee = FEE[np.maximum(self.stage[rows], 0)]
        desk.report(
            "education",
            enrolment_id=self.enrolment[rows],
            person_id=rows,
            guardian_id=self.guardian[rows],
            address_id=self.address[rows],
            stage=self.stage[rows],
            school_id=self.school[rows],
            fee_due=fee,
            fee_paid=self.fee_paid[rows],
            aid_amount=self.aid[rows],
            event_date=self.since[rows],
            valid_to=np.full(len(rows), NO_DAY, np.int64) if until is None else until,
            leaving_reason=np.full(len(rows), code, np.int64),
        )

    def _extend(self, world: World) -> None:
        count = len(world.people) - len(self.enrolment)
        for name in ("enrolment", "stage", "school", "guardian", "address", "since"):
            setattr(self, name, np.concatenate([getattr(self, name), np.full(count, -1)]))
        for name in ("fee_paid", "aid"):
            setattr(self, name, np.concatenate([getattr(self, name), np.zeros(count)]))


def _stage(age: Floats) -> Ints:
    """The stage for an age in years: -1 before school, one more than the last after it."""
    return np.searchsorted(FIRST_AGE, age, side="right").astype(np.int64) - 1
