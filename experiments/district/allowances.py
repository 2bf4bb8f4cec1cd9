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
from experiments.district.world import World

LIVING_SUBSIDY, NURSING_SUBSIDY = 150.0, 120.0
"""两项补贴 a month; amounts are local (Shanghai pays 410 and 290, Xinjiang at least 110)."""


@dataclass
class Allowances:
    """Benefits by category, which do not cover a family: old age, disability, orphans."""

    _held: dict[int, Ints] = field(default_factory=dict)
    _since: dict[int, Ints] = field(default_factory=dict)

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
                np.full(len(people), 120.0),
            ),
            ("disability_living", here & certified & on_aid, np.full(len(people), 150.0)),
        ):
            self._one(world, desk, rng, month, code(scheme), entitled, amount)

    def _one(
        self,
        world: World,
        desk: Desk,
        rng: np.random.Generator,
        month: Month,
        scheme: int,
        entitled: Flags,
        amount: Floats,
    ) -> None:
        count = len(world.people)
        held = _extended(self._held.get(scheme), count, -1)
        since = _extended(self._since.get(scheme), count, NO_DAY)
        ending = np.flatnonzero((held >= 0) & ~entitled)
        _report_allowances(
            desk, scheme, ending, held, since, amount, np.full(len(ending), month.after - 1)
        )
        held[ending] = -1
        waiting = np.flatnonzero(entitled & (held < 0))
        chance = 0.75 if month.index < -1 else 0.12
        granted = waiting[rng.random(len(waiting)) < chance]
        held[granted] = world.ids.take("benefit", len(granted))
        since[granted] = month.first
        _report_allowances(
            desk, scheme, granted, held, since, amount, np.full(len(granted), NO_DAY)
        )
        self._held[scheme], self._since[scheme] = held, since

    def report_stock(self, world: World, desk: Desk) -> None:
        """Hand in every allowance in force."""
        for scheme, held in self._held.items():
            rows = np.flatnonzero(held >= 0)
            amount = np.full(len(held), 120.0)
            _report_allowances(
                desk, scheme, rows, held, self._since[scheme], amount, np.full(len(rows), NO_DAY)
            )


def _extended(values: Ints | None, count: int, fill: int) -> Ints:
    known = np.empty(0, np.int64) if values is None else values
    return np.concatenate([known, np.full(count - len(known), fill, np.int64)])


def _report_allowances(
    desk: Desk, scheme: int, rows: Ints, held: Ints, since: Ints, amount: Floats, until: Ints
) -> None:
    desk.report(
        "benefits",
        benefit_id=held[rows],
        person_id=rows,
        event_date=since[rows],
        valid_to=until,
        scheme=np.full(len(rows), scheme, np.int64),
        monthly_amount=amount[rows],
        members_covered=np.ones(len(rows), np.int64),
    )
