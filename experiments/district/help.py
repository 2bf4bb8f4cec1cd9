"""民政: who asks, what is decided, when aid starts and stops."""

from dataclasses import dataclass, field

import numpy as np

from experiments.district.config import DistrictConfig
from experiments.district.desk import Batch, Desk, take
from experiments.district.entitlement import DIBAO, EDGE, RIGID, TEKUN, TEMPORARY, entitlement
from experiments.district.hardship import Budget
from experiments.district.months import NO_DAY, Flags, Ints, Month
from experiments.district.people import HUKOU_ELSEWHERE
from experiments.district.streams import Streams
from experiments.district.world import World

PENDING, APPROVED, REFUSED, WITHDRAWN = range(4)
NO_REASON = -1
TEMPORARY_MONTHS = 2
AGAIN_AFTER_DAYS, TEMPORARY_ONCE_IN_DAYS = 120, 365
UNENTITLED_PACE = 0.12
"""Most families the rules leave out are told so at the counter and leave no application."""
FILLING_ENDS, FILLING_PACE = -10, 2.4
"""Long before recording begins families ask faster, to fill a stock that took years to build."""


@dataclass
class Relief:
    """Applications on the desk and benefits in force."""

    _open: Batch = field(default_factory=dict)
    decided: Batch = field(default_factory=dict)
    """Applications decided in the month just simulated."""

    def month(
        self,
        world: World,
        desk: Desk,
        config: DistrictConfig,
        streams: Streams,
        month: Month,
        latent: Budget,
        closed: Ints,
    ) -> None:
        """End benefits, take applications, decide those whose clock has run."""
        rng = streams.at("relief", month.index)
        self.scheme, self.amount = entitlement(world, config, month, latent)
        self._end(world, desk, config, rng, month, closed)
        self._apply(world, desk, config, rng, month)
        self._decide(world, desk, config, rng, month)

    def _end(
        self,
        world: World,
        desk: Desk,
        config: DistrictConfig,
        rng: np.random.Generator,
        month: Month,
        closed: Ints,
    ) -> None:
        homes, knobs = world.homes, config.mechanism
        covered = np.flatnonzero(homes.scheme >= 0)
        need = homes.in_hardship[covered] | (homes.pressure[covered] < 1.05)
        hazard = np.where(need, knobs.exit_in_need_month, knobs.exit_recovered_month)
        hazard = np.where(homes.scheme[covered] == TEKUN, 0.012, hazard)
        review = (rng.random(len(covered)) < hazard) & (
            homes.benefit_since[covered] < month.first - 80
        )
        lapsed = (homes.benefit_until[covered] != NO_DAY) & (
            homes.benefit_until[covered] < month.after
        )
        # 刚性支出 status is asked for again each year, without papers handed in before.
        renews = lapsed & (homes.scheme[covered] == RIGID) & need & (rng.random(len(covered)) < 0.8)
        homes.benefit_until[covered[renews]] += _days(config.published.rigid_months)
        lapsed &= ~renews
        gone = np.isin(covered, closed) | ~world.people.present[homes.benefit_person[covered]]
        rows = covered[review | lapsed | gone]
        until = np.where(lapsed[review | lapsed | gone], homes.benefit_until[rows], month.after - 1)
        self.report_benefits(world, desk, rows, until)
        homes.scheme[rows] = -1
        homes.benefit_left[rows] = until
        homes.benefit_id[rows] = -1
        homes.last_help[rows] = month.index

    def _apply(
        self,
        world: World,
        desk: Desk,
        config: DistrictConfig,
        rng: np.random.Generator,
        month: Month,
    ) -> None:
        homes, knobs = world.homes, config.mechanism
        rows = np.flatnonzero(
            homes.present & (homes.scheme < 0) & (homes.waiting_until < month.first)
        )
        temper = (
            homes.awareness[rows]
            * (1 - 0.6 * homes.stigma[rows])
            * (0.4 + 0.6 * homes.literacy[rows])
            * 2.2
        )
        desperate = homes.in_hardship[rows]
        near = ~desperate & (homes.pressure[rows] < 1.25)
        hazard = np.select(
            [desperate & (self.scheme[rows] >= 0), desperate, near],
            [knobs.apply_month, UNENTITLED_PACE * knobs.apply_month, knobs.near_line_apply_month],
            knobs.idle_apply_month,
        )
        if month.index < FILLING_ENDS:
            hazard = hazard * FILLING_PACE
        asks = (rng.random(len(rows)) < hazard * temper) & ~homes.never_applies[rows]
        self.take_applications(world, desk, config, rng, month, rows[asks])

    def take_applications(
        self,
        world: World,
        desk: Desk,
        config: DistrictConfig,
        rng: np.random.Generator,
        month: Month,
        homes_asking: Ints,
        days: Ints | None = None,
        sponsored: bool = False,
    ) -> None:
        """Register applications of households; ``sponsored`` ones follow a visit."""
        homes, count = world.homes, len(homes_asking)
        asked_on = month.first + rng.integers(0, month.days, count) if days is None else days
        entitled = self.scheme[homes_asking]
        wanted = np.where(entitled >= 0, entitled, np.where(rng.random(count) < 0.7, DIBAO, EDGE))
        wait = np.where(
            wanted == TEMPORARY,
            rng.integers(1, 10, count),
            rng.integers(14, config.published.decision_days + 1, count),
        )
        # The asset check finds much of the income no register shows.
        truly = homes.in_hardship[homes_asking]
        grants = np.select(
            [(entitled >= 0) & truly, entitled >= 0], [1.0 if sponsored else 0.94, 0.3], 0.05
        )
        dice = rng.random(count)
        outcome = np.where(
            dice < grants, APPROVED, np.where(rng.random(count) < 0.08, WITHDRAWN, REFUSED)
        )
        elsewhere = world.people.hukou[np.maximum(world.heads()[homes_asking], 0)]
        reason = np.select(
            [outcome != REFUSED, elsewhere == HUKOU_ELSEWHERE, entitled >= 0],
            [NO_REASON, 3, rng.choice([2, 4], count, p=[0.8, 0.2])],
            rng.choice([0, 1], count, p=[0.7, 0.3]),
        )
        homes.last_help[homes_asking] = month.index
        quiet = np.where(wanted == TEMPORARY, TEMPORARY_ONCE_IN_DAYS, AGAIN_AFTER_DAYS)
        homes.waiting_until[homes_asking] = asked_on + wait + quiet
        made: Batch = {
            "application_id": world.ids.take("application", count),
            "person_id": world.heads()[homes_asking],
            "event_date": asked_on,
            "scheme": wanted,
            "decided_on": asked_on + wait,
            "outcome": outcome,
            "refusal_reason": reason,
            "home": homes_asking,
        }
        _report_applications(desk, made, decided=np.zeros(count, np.bool_))
        self._open = (
            {name: np.concatenate([self._open[name], made[name]]) for name in made}
            if self._open
            else made
        )

    def _decide(
        self,
        world: World,
        desk: Desk,
        config: DistrictConfig,
        rng: np.random.Generator,
        month: Month,
    ) -> None:
        self.decided = {}
        if not self._open:
            return
        due = self._open["decided_on"].astype(np.int64) < month.after
        decided = take(self._open, np.flatnonzero(due))
        self._open = take(self._open, np.flatnonzero(~due))
        self.decided = decided
        _report_applications(desk, decided, decided=np.ones(int(due.sum()), np.bool_))
        homes = world.homes
        rows = decided["home"].astype(np.int64)
        granted = (decided["outcome"] == APPROVED) & homes.present[rows] & (homes.scheme[rows] < 0)
        scheme = decided["scheme"].astype(np.int64)[granted]
        start = np.where(
            scheme == TEMPORARY, decided["decided_on"].astype(np.int64)[granted], month.after
        )
        self.start_benefits(world, desk, config, rng, rows[granted], scheme, start)

    def start_benefits(
        self,
        world: World,
        desk: Desk,
        config: DistrictConfig,
        rng: np.random.Generator,
        rows: Ints,
        scheme: Ints,
        start: Ints,
    ) -> None:
        """Put benefits in force for the households ``rows`` from the days ``start``."""
        homes = world.homes
        rows, first = np.unique(rows, return_index=True)
        scheme, start = scheme[first], start[first]
        homes.scheme[rows] = scheme
        homes.benefit_id[rows] = world.ids.take("benefit", len(rows))
        homes.benefit_since[rows] = start
        homes.benefit_until[rows] = np.select(
            [scheme == TEMPORARY, scheme == RIGID],
            [start + 30 * TEMPORARY_MONTHS, start + _days(config.published.rigid_months)],
            NO_DAY,
        )
        homes.benefit_person[rows] = np.maximum(world.heads()[rows], 0)
        homes.benefit_amount[rows] = np.maximum(self.amount[rows], 120.0)
        size = world.per_home(np.ones(len(world.people)))[rows].astype(np.int64)
        alone = (scheme == DIBAO) & (rng.random(len(rows)) < 0.12)
        homes.benefit_members[rows] = np.where(alone, 1, np.maximum(size, 1))
        homes.benefit_amount[rows[alone]] /= np.maximum(size[alone], 1)
        homes.benefit_amount[rows] = np.round(homes.benefit_amount[rows])
        at_once = scheme == TEMPORARY
        homes.buffer[rows[at_once]] += (
            config.published.temporary_aid_months * self.amount[rows[at_once]]
        )
        self.report_benefits(world, desk, rows, np.full(len(rows), NO_DAY, np.int64))

    def report_benefits(self, world: World, desk: Desk, rows: Ints, until: Ints) -> None:
        """Hand in the covering benefits of the households ``rows`` with their end days."""
        homes = world.homes
        desk.report(
            "benefits",
            benefit_id=homes.benefit_id[rows],
            person_id=homes.benefit_person[rows],
            event_date=homes.benefit_since[rows],
            valid_to=until,
            scheme=homes.scheme[rows],
            monthly_amount=homes.benefit_amount[rows],
            members_covered=homes.benefit_members[rows],
        )


def _days(months: int) -> int:
    return months * 365 // 12


def _report_applications(desk: Desk, rows: Batch, *, decided: Flags) -> None:
    desk.report(
        "applications",
        application_id=rows["application_id"],
        person_id=rows["person_id"],
        event_date=rows["event_date"],
        scheme=rows["scheme"],
        decision=np.where(decided, rows["outcome"], PENDING),
        decided_on=np.where(decided, rows["decided_on"], NO_DAY),
        refusal_reason=np.where(decided, rows["refusal_reason"], NO_REASON),
    )
