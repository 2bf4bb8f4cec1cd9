"""The state of the district: arrays of persons, households, addresses, accounts.

One row per thing, one array per trait; rows are only ever added, and ``present`` says who is
still there. Row numbers are the identities the truth and the feeds share.
"""

from dataclasses import dataclass, field, fields

import numpy as np

from experiments.district.months import NO_DAY, Flags, Floats, Ints


class Rows:
    """Arrays of equal length, one per declared field; a dataclass base."""

    def grow(self, count: int) -> Ints:
        """Add ``count`` rows of neutral values and return their row numbers."""
        start = len(self)
        for item in fields(self):  # type: ignore[arg-type]
            old = getattr(self, item.name)
            fill = item.metadata["fill"]
            setattr(self, item.name, np.concatenate([old, np.full(count, fill, old.dtype)]))
        return np.arange(start, start + count, dtype=np.int64)

    def __len__(self) -> int:
        first = fields(self)[0]  # type: ignore[arg-type]
        return len(getattr(self, first.name))


def _ints(fill: int = 0) -> Ints:
    made: Ints = field(
        default_factory=lambda: np.empty(0, np.int64), metadata={"fill": fill}
    )
    return made


def _days() -> Ints:
    return _ints(NO_DAY)


def _floats() -> Floats:
    made: Floats = field(
        default_factory=lambda: np.empty(0, np.float64), metadata={"fill": 0.0}
    )
    return made


def _flags(fill: bool = False) -> Flags:
    made: Flags = field(
        default_factory=lambda: np.empty(0, np.bool_), metadata={"fill": fill}
    )
    return made


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


@dataclass
class People(Rows):
    """One row per person ever present. Spell ids are -1 when no spell is open."""

    household: Ints = _ints(-1)
    present: Flags = _flags(True)
    birth: Ints = _days()
    female: Flags = _flags()
    relation: Ints = _ints()
    marital: Ints = _ints()
    hukou: Ints = _ints()
    residence_id: Ints = _ints(-1)
    residence_since: Ints = _days()
    skill: Floats = _floats()
    work: Ints = _ints()
    wage: Floats = _floats()
    usual_wage: Floats = _floats()
    unpaid: Flags = _flags()
    idle_months: Ints = _ints()
    chronic: Floats = _floats()
    major_months: Ints = _ints()
    major_cost: Floats = _floats()
    disability_grade: Ints = _ints()
    disability_kind: Ints = _ints()
    certificate_id: Ints = _ints(-1)
    certificate_since: Ints = _days()
    pension_kind: Ints = _ints(-1)
    pension: Floats = _floats()
    pension_id: Ints = _ints(-1)
    pension_since: Ints = _days()
    scheme: Ints = _ints(1)
    insurance_id: Ints = _ints(-1)
    insurance_since: Ints = _days()
    insurance_arrears: Ints = _ints()
    claim_id: Ints = _ints(-1)
    claim_since: Ints = _days()
    claim_until: Ints = _days()
    self_paid_month: Floats = _floats()


@dataclass
class Households(Rows):
    """One row per household ever formed; money in yuan a month, buffers in yuan."""

    present: Flags = _flags(True)
    address: Ints = _ints(-1)
    skill: Floats = _floats()
    tenure: Ints = _ints()
    rent: Floats = _floats()
    tenure_id: Ints = _ints(-1)
    tenure_since: Ints = _days()
    mortgage: Floats = _floats()
    side_income: Floats = _floats()
    family_support: Floats = _floats()
    buffer: Floats = _floats()
    debt_service: Floats = _floats()
    stigma: Floats = _floats()
    awareness: Floats = _floats()
    literacy: Floats = _floats()
    never_applies: Flags = _flags()
    bills_first: Flags = _flags()
    forgetful: Flags = _flags()
    lean: Floats = _floats()
    shock: Ints = _ints()
    shock_month: Ints = _ints(-999)
    in_hardship: Flags = _flags()
    cause: Ints = _ints()
    spell_months: Ints = _ints()
    well_months: Ints = _ints()
    pressure: Floats = _floats()
    medical_smooth: Floats = _floats()
    scheme: Ints = _ints(-1)
    benefit_id: Ints = _ints(-1)
    benefit_since: Ints = _days()
    benefit_until: Ints = _days()
    benefit_person: Ints = _ints(-1)
    benefit_amount: Floats = _floats()
    benefit_members: Ints = _ints()
    waiting_until: Ints = _days()
    alerted_month: Ints = _ints(-999)
    new_signal: Flags = _flags()
    self_paid_year: Floats = _floats()
    last_help: Ints = _ints(-999)


@dataclass
class Addresses(Rows):
    """One row per dwelling; ``household`` is -1 when empty."""

    household: Ints = _ints(-1)
    grid: Ints = _ints()
    built: Ints = _ints()
    area: Floats = _floats()
    danger: Ints = _ints(-1)


@dataclass
class Accounts(Rows):
    """One row per utility account of an address."""

    address: Ints = _ints()
    service: Ints = _ints()
    since: Ints = _days()
    base_usage: Floats = _floats()
    subsidised: Flags = _flags()
    overdue: Ints = _ints()
    cut_id: Ints = _ints(-1)
    cut_on: Ints = _days()


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
        return np.bincount(home, weights=weights, minlength=len(self.homes))

    def ages(self, day: int) -> Floats:
        """Age of every person in years on ``day``."""
        return (day - self.people.birth) / 365.25

    def heads(self) -> Ints:
        """The head (or stand-in) of each household as a person row; -1 when nobody is left."""
        people = self.people
        order = np.lexsort((people.birth, people.relation, ~people.present))
        head = np.full(len(self.homes), -1, np.int64)
        chosen = order[people.present[order]][::-1]
        head[people.household[chosen]] = chosen
        return head
