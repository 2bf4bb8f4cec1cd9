"""Benefits by category: old age and disability. They do not cover a family in need."""

from dataclasses import dataclass, field

import numpy as np

from experiments.district.config import DistrictConfig
from experiments.district.desk import Desk
from experiments.district.entitlement import DIBAO, EDGE
from experiments.district.feeds import FEEDS
from experiments.district.months import NO_DAY, Flags, Floats, Ints, Month
from experiments.district.people import HUKOU_ELSEWHERE
from experiments.district.streams import Streams
from experiments.district.world import Ids, World

GRANTED_BEFORE, GRANTED_MONTH = 0.75, 0.12
"""Chance a month that an entitled person gets it: long before recording, and since."""
LIVING_SUBSIDY, NURSING_SUBSIDY = 150.0, 120.0
"""两项补贴 a month; amounts are local (Shanghai pays 410 and 290, Xinjiang at least 110)."""


@dataclass
class _Held:
    """Who holds one allowance: benefit id (-1: does not), since when, yuan a month."""

    benefit_id: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    since: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    amount: Floats = field(default_factory=lambda: np.empty(0, np.float64))

    def extend(self, persons: int) -> None:
        """Make room for persons who came since."""
        new = persons - len(self.benefit_id)
        self.benefit_id = np.concatenate([self.benefit_id, np.full(new, -1)])
        self.since = np.concatenate([self.since, np.full(new, NO_DAY)])
        self.amount = np.concatenate([self.amount, np.zeros(new)])

    def report(self, desk: Desk, scheme: int, rows: Ints, until: Ints) -> None:
        """Hand in the allowances of the persons ``rows`` with their end days."""
        desk.report(
            "benefits",
            benefit_id=self.benefit_id[rows],
            person_id=rows,
            event_date=self.since[rows],
            valid_to=until,
            scheme=np.full(len(rows), scheme, np.int64),
            monthly_amount=self.amount[rows],
            members_covered=np.ones(len(rows), np.int64),
        )


@dataclass
class Allowances:
    """Benefits by category, which do not cover a family: old age, disability."""

    _held: dict[int, _Held] = field(default_factory=dict)

    def month(
        self, world: World, desk: Desk, config: DistrictConfig, streams: Streams, month: Month
    ) -> None:
        """Start and end allowances; most of the entitled ask, some months late."""
        rng = streams.at("allowances", month.index)
        code = FEEDS["benefits"].cell("scheme").code
        people = world.people
        age = world.ages(month.first)
        here = people.present & (people.hukou != HUKOU_ELSEWHERE)
        certified = people.certificate_id >= 0
        on_aid = np.isin(world.homes.scheme[people.household], [DIBAO, EDGE])
        published = config.published
        for scheme, entitled, amount in (
            (
                "old_age_allowance",
                here & (age >= 80),
                np.select(
                    [age >= 100, age >= 90],
                    [published.old_age_100, published.old_age_90],
                    published.old_age_80,
                ),
            ),
            (
                "disability_nursing",
                here & certified & (people.disability_grade <= 2),
                np.full(len(people), NURSING_SUBSIDY),
            ),
            ("disability_living", here & certified & on_aid, np.full(len(people), LIVING_SUBSIDY)),
        ):
            self._one(desk, rng, month, world.ids, code(scheme), entitled, amount)

    def _one(
        self,
        desk: Desk,
        rng: np.random.Generator,
        month: Month,
        ids: Ids,
        scheme: int,
        entitled: Flags,
        amount: Floats,
    ) -> None:
        held = self._held.setdefault(scheme, _Held())
        held.extend(len(entitled))
        ending = np.flatnonzero((held.benefit_id >= 0) & ~entitled)
        held.report(desk, scheme, ending, np.full(len(ending), month.after - 1))
        held.benefit_id[ending] = -1
        waiting = np.flatnonzero(entitled & (held.benefit_id < 0))
        chance = GRANTED_BEFORE if month.index < -1 else GRANTED_MONTH
        granted = waiting[rng.random(len(waiting)) < chance]
        held.benefit_id[granted] = ids.take("benefit", len(granted))
        held.since[granted] = month.first
        held.amount[granted] = amount[granted]
        held.report(desk, scheme, granted, np.full(len(granted), NO_DAY))

    def report_stock(self, desk: Desk) -> None:
        """Hand in every allowance in force."""
        for scheme, held in self._held.items():
            rows = np.flatnonzero(held.benefit_id >= 0)
            held.report(desk, scheme, rows, np.full(len(rows), NO_DAY))
