"""Visits before the engine came: a routine random slice, thresholds, calls, cadence.

A visitor sees the truth with realistic error. The routine slice is drawn at random with a known
propensity, so that something unbiased exists to learn from and to judge by.
"""

from dataclasses import dataclass, field

import numpy as np

from experiments.district.config import DistrictConfig
from experiments.district.desk import Desk
from experiments.district.feeds import FEEDS
from experiments.district.help import Relief
from experiments.district.months import Flags, Floats, Ints, Month
from experiments.district.streams import Streams
from experiments.district.world import CAUSES, World

MEDICAL_THRESHOLD = 10_000.0
"""Self-paid yuan in twelve months that makes staff look (Changzhou, Tongling)."""
QUIET_MONTHS = 6
"""A household is not visited on a threshold again within so many months."""
SHUT_STIGMA, STIGMA_MIDDLE, STIGMA_HIDES = 0.6, 0.4, 0.2
"""Above the first doors stay shut more often; around the second need is hidden by shame, by the third per unit."""


@dataclass
class Visitors:
    """Sends staff to doors; remembers twelve months of self-paid bills as staff would."""

    _self_paid: list[Floats] = field(default_factory=list)

    def month(
        self,
        world: World,
        desk: Desk,
        config: DistrictConfig,
        streams: Streams,
        month: Month,
        relief: Relief,
        bereaved: Ints,
    ) -> None:
        """Visit for one month; families found entitled usually get aid."""
        rng = streams.at("visits", month.index)
        homes = world.homes
        here = np.flatnonzero(homes.present)
        rates = config.visits
        alerted = self._alerts(world, month, bereaved)
        # The threshold lists of last month are worked off this month.
        goes_out = rates.own_rounds_end is None or month.index < rates.own_rounds_end
        capacity = round(rates.trigger * len(here)) if goes_out else 0
        by_trigger = rng.permutation(alerted)[:capacity]
        homes.alerted_month[by_trigger] = month.index
        at_random = here[rng.random(len(here)) < rates.routine_random]
        hidden = homes.in_hardship & (homes.scheme < 0) & ~homes.never_applies
        calls = here[
            rng.random(len(here))
            < np.where(hidden[here], rates.self_report, rates.self_report_idle)
        ]
        covered = here[homes.scheme[here] >= 0]
        due = covered[rng.random(len(covered)) < rates.cadence_covered]
        for channel, rows, propensity in (
            ("routine_random", at_random, rates.routine_random),
            ("trigger", by_trigger, np.nan),
            ("self_report", calls, np.nan),
            ("cadence", due, np.nan),
        ):
            if goes_out or channel == "self_report":
                self._knock(world, desk, config, rng, month, relief, rows, channel, propensity)

    def _alerts(self, world: World, month: Month, bereaved: Ints) -> Ints:
        homes, people = world.homes, world.people
        self._self_paid = [*self._self_paid[-11:], people.self_paid_month.copy()]
        yearly = np.zeros(len(people))
        for paid in self._self_paid:
            yearly[: len(paid)] += paid
        homes.self_paid_year[:] = world.per_home(yearly)
        sick = homes.self_paid_year >= MEDICAL_THRESHOLD
        lost = np.zeros(len(homes), np.bool_)
        lost[bereaved] = True
        fires = (sick | homes.new_signal | lost) & homes.present & (homes.scheme < 0)
        return np.flatnonzero(fires & (month.index - homes.alerted_month > QUIET_MONTHS))

    def _knock(
        self,
        world: World,
        desk: Desk,
        config: DistrictConfig,
        rng: np.random.Generator,
        month: Month,
        relief: Relief,
        rows: Ints,
        channel: str,
        propensity: float,
    ) -> None:
        count = len(rows)
        days = month.first + rng.integers(0, month.days, count)
        finding, helped = _findings(world, config, rng, relief, rows, month.first)
        role_cell = FEEDS["visits"].cell("worker_role")
        roles = rng.choice(
            [role_cell.code(r) for r in ("grid_worker", "street_officer", "social_worker")],
            count,
            p=[0.7, 0.1, 0.2],
        )
        channel_code = FEEDS["visits"].code("channel", channel)
        desk.report(
            "visits",
            visit_id=world.ids.take("visit", count),
            household_id=rows,
            event_date=days,
            channel=np.full(count, channel_code, np.int64),
            propensity=np.full(count, propensity),
            finding=finding,
            needs=_needs(world, rng, rows, finding),
            worker_role=roles,
        )
        unentitled = rows[finding == FEEDS["visits"].code("finding", "need_no_entitlement")]
        referred = unentitled[rng.random(len(unentitled)) < config.visits.referral]
        world.homes.side_income[referred] += rng.lognormal(7.6, 0.5, len(referred))
        world.homes.debt_service[referred] *= 0.4
        relief.take_applications(
            world, desk, config, rng, month, rows[helped], days[helped], sponsored=True
        )


def _findings(
    world: World,
    config: DistrictConfig,
    rng: np.random.Generator,
    relief: Relief,
    rows: Ints,
    today: int,
) -> tuple[Ints, Flags]:
    """What each visit finds, and which families' aid it starts."""
    homes, rates, count = world.homes, config.visits, len(rows)
    code = FEEDS["visits"].cell("finding").code
    true_need = homes.in_hardship[rows]
    near = ~true_need & (homes.pressure[rows] < 1.2)
    seen = rng.random(count) < np.select(
        [true_need, near],
        [
            rates.sees_need - STIGMA_HIDES * (homes.stigma[rows] - STIGMA_MIDDLE),
            rates.imagines_near_line,
        ],
        rates.imagines_need,
    )
    covered = homes.scheme[rows] >= 0
    entitled = relief.scheme[rows] >= 0
    helped = seen & ~covered & entitled & (rng.random(count) < rates.aid_after_visit)
    dice = rng.random(count)
    shut = np.where(homes.stigma[rows] > SHUT_STIGMA, 2.0, 0.8)
    refused = dice < rates.refused * shut
    absent = ~refused & (dice > 1 - rates.not_found)
    unsafe = ~refused & ~absent & (rng.random(count) < rates.unsafe)
    helped &= ~(refused | absent | unsafe) & (homes.waiting_until[rows] < today + 120)
    finding = np.select(
        [refused, absent, unsafe, covered, helped, seen],
        [
            code("refused"),
            code("not_found"),
            code("unsafe"),
            code("already_met"),
            code("need_aid_started"),
            code("need_no_entitlement"),
        ],
        code("no_need"),
    )
    return finding.astype(np.int64), helped


def _needs(
    world: World, rng: np.random.Generator, rows: Ints, finding: Ints
) -> np.typing.NDArray[np.object_]:
    """Coded needs of the families found in need, joined by semicolons; else empty."""
    cell = FEEDS["visits"].cell("finding")
    in_need = np.isin(finding, [cell.code("need_aid_started"), cell.code("need_no_entitlement")])
    cause = [CAUSES[c] for c in world.homes.cause[rows]]
    dice = rng.random((len(rows), 3))
    out = np.full(len(rows), None, dtype=object)
    for position in np.flatnonzero(in_need):
        needs = ["cash"]
        why = cause[position]
        if why in ("major_illness", "chronic_illness", "disability") or dice[position, 0] < 0.2:
            needs.append("care")
        if why in ("job_loss", "informal_work_lost") and dice[position, 1] < 0.7:
            needs.append("job")
        if why == "dangerous_housing":
            needs.append("housing")
        if dice[position, 2] < 0.08:
            needs.append("mental")
        out[position] = ";".join(needs)
    return out
