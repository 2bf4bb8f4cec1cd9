"""The state of the district: arrays of persons, households, addresses, accounts.

One row per thing, one array per trait; rows are only ever added, and ``present`` says who is
still there. Row numbers are the identities the truth and the feeds share.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar, get_type_hints

import numpy as np

from experiments.district.months import NO_DAY, Flags, Floats, Ints


class Rows:
    """Arrays of equal length, one per annotated trait; a base class.

    A new row holds zero or false, or what ``neutral`` says.
    """

    neutral: ClassVar[Mapping[str, int]] = {}

    def __init__(self) -> None:
        for name, kind in self._traits().items():
            setattr(self, name, np.empty(0, kind))

    @classmethod
    def _traits(cls) -> dict[str, type[np.generic]]:
        kinds = {Ints: np.int64, Floats: np.float64, Flags: np.bool_}
        hints = get_type_hints(cls)
        return {name: kinds[hint] for name, hint in hints.items() if hint in kinds}

    def grow(self, count: int) -> Ints:
        """Add ``count`` neutral rows and return their row numbers."""
        start = len(self)
        for name, kind in self._traits().items():
            added = np.full(count, self.neutral.get(name, 0), kind)
            setattr(self, name, np.concatenate([getattr(self, name), added]))
        return np.arange(start, start + count, dtype=np.int64)

    def __len__(self) -> int:
        return len(getattr(self, next(iter(self._traits()))))


WORK = ("none", "formal", "flexible", "informal", "unemployed", "retired", "student")
NONE, FORMAL, FLEXIBLE, INFORMAL, UNEMPLOYED, RETIRED, STUDENT = range(len(WORK))

CAUSES = (
    "long_poverty",
    "job_loss",
    "informal_work_lost",
    "major_illness",
    "chronic_illness",
    "death_of_earner",
    "disability",
    "family_breakup",
    "support_withdrawn",
    "private_debt",
    "dangerous_housing",
    "wages_unpaid",
)


class People(Rows):
    """One row per person ever present. Spell ids are -1 when no spell is open."""

    neutral = MappingProxyType(
        {
            "household": -1,
            "present": 1,
            "birth": NO_DAY,
            "mother": -1,
            "residence_since": NO_DAY,
            "left_on": NO_DAY,
            "certificate_id": -1,
            "certificate_since": NO_DAY,
            "pension_kind": -1,
            "pension_id": -1,
            "pension_since": NO_DAY,
            "scheme": 1,
            "insurance_id": -1,
            "insurance_since": NO_DAY,
            "claim_id": -1,
            "claim_since": NO_DAY,
            "claim_until": NO_DAY,
        }
    )

    household: Ints
    present: Flags
    birth: Ints
    female: Flags
    relation: Ints
    marital: Ints
    hukou: Ints
    mother: Ints
    residence_since: Ints
    left_on: Ints
    died: Flags
    skill: Floats
    work: Ints
    wage: Floats
    usual_wage: Floats
    unpaid: Flags
    idle_months: Ints
    chronic: Floats
    major_months: Ints
    major_cost: Floats
    disability_grade: Ints
    disability_kind: Ints
    certificate_id: Ints
    certificate_since: Ints
    pension_kind: Ints
    pension: Floats
    pension_id: Ints
    pension_since: Ints
    scheme: Ints
    insurance_id: Ints
    insurance_since: Ints
    insurance_arrears: Ints
    claim_id: Ints
    claim_since: Ints
    claim_until: Ints
    self_paid_month: Floats


class Households(Rows):
    """One row per household ever formed; money in yuan a month, buffers in yuan."""

    neutral = MappingProxyType(
        {
            "present": 1,
            "address": -1,
            "tenure_id": -1,
            "tenure_since": NO_DAY,
            "shock_month": -999,
            "scheme": -1,
            "benefit_id": -1,
            "benefit_since": NO_DAY,
            "benefit_until": NO_DAY,
            "benefit_person": -1,
            "benefit_left": NO_DAY,
            "waiting_until": NO_DAY,
            "alerted_month": -999,
            "last_help": -999,
        }
    )

    present: Flags
    address: Ints
    skill: Floats
    tenure: Ints
    rent: Floats
    tenure_id: Ints
    tenure_since: Ints
    mortgage: Floats
    side_income: Floats
    family_support: Floats
    buffer: Floats
    debt_service: Floats
    stigma: Floats
    awareness: Floats
    literacy: Floats
    never_applies: Flags
    bills_first: Flags
    forgetful: Flags
    lean: Floats
    shock: Ints
    shock_month: Ints
    in_hardship: Flags
    cause: Ints
    spell_months: Ints
    well_months: Ints
    pressure: Floats
    medical_smooth: Floats
    scheme: Ints
    benefit_id: Ints
    benefit_since: Ints
    benefit_until: Ints
    benefit_person: Ints
    benefit_amount: Floats
    benefit_members: Ints
    benefit_left: Ints
    waiting_until: Ints
    alerted_month: Ints
    new_signal: Flags
    self_paid_year: Floats
    last_help: Ints


class Addresses(Rows):
    """One row per dwelling; ``household`` is -1 when empty."""

    neutral = MappingProxyType(
        {
            "household": -1,
            "danger": -1,
            "danger_on": NO_DAY,
        }
    )

    household: Ints
    grid: Ints
    built: Ints
    area: Floats
    danger: Ints
    danger_on: Ints


class Accounts(Rows):
    """One row per utility account of an address."""

    neutral = MappingProxyType(
        {
            "since": NO_DAY,
            "cut_id": -1,
            "cut_on": NO_DAY,
        }
    )

    address: Ints
    service: Ints
    since: Ints
    base_usage: Floats
    subsidised: Flags
    overdue: Ints
    cut_id: Ints
    cut_on: Ints


class Ids:
    """Hands out fact numbers, one counter per kind."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def take(self, kind: str, count: int) -> Ints:
        """Return ``count`` fresh numbers of ``kind``."""
        start = self._next.get(kind, 0)
        self._next[kind] = start + count
        return np.arange(start, start + count, dtype=np.int64)


@dataclass
class World:
    """Everything that is so in the district, whether or not anybody knows it."""

    people: People = field(default_factory=People)
    homes: Households = field(default_factory=Households)
    addresses: Addresses = field(default_factory=Addresses)
    accounts: Accounts = field(default_factory=Accounts)
    ids: Ids = field(default_factory=Ids)

    def members(self) -> Ints:
        """Row numbers of the persons present."""
        return np.flatnonzero(self.people.present)

    def per_home(self, values: Floats | Flags) -> Floats:
        """Sum a per-person array over the present members of each household."""
        people = self.people
        weights = np.where(people.present, values, 0.0)
        home = np.where(people.present, people.household, 0)
        total = np.bincount(home, weights=weights, minlength=len(self.homes))
        return total.astype(np.float64)

    def ages(self, day: int) -> Floats:
        """Age of every person in years on ``day``."""
        return (day - self.people.birth) / 365.25

    def free_hands(self, day: int) -> Floats:
        """Adults of each household who could work more: able, and not needed as a carer.

        Somebody must stay with a child under six, a severely disabled or a gravely ill member.
        """
        people, age = self.people, self.ages(day)
        severe = (people.disability_grade > 0) & (people.disability_grade <= 2)
        ill = people.major_months > 0
        able = (age >= 18) & (age < 65) & ~severe & ~ill
        in_care = (age < 6) | severe | ill
        needs_carer = self.per_home(in_care) > 0
        return np.maximum(self.per_home(able) - needs_carer, 0.0)

    def heads(self) -> Ints:
        """The head (or stand-in) of each household as a person row; -1 when nobody is left."""
        people = self.people
        order = np.lexsort((people.birth, people.relation, ~people.present))
        head = np.full(len(self.homes), -1, np.int64)
        chosen = order[people.present[order]][::-1]
        head[people.household[chosen]] = chosen
        return head
