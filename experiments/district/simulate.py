"""Simulate a district: from a configuration to departments' files and the truth apart.

    simulate(DistrictConfig(households=2000, months=24, seed=7), Path("out"), print)

writes ``out/landing/<feed>/...`` with manifests, ``out/truth/*.parquet`` and a made-up map of the grids.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.district.allowances import Allowances
from experiments.district.asset_checks import report_asset_checks
from experiments.district.config import DistrictConfig
from experiments.district.deliver import Courier
from experiments.district.desk import Desk
from experiments.district.family import family_month
from experiments.district.feeds import FEEDS
from experiments.district.hardship import budget, hardship_month
from experiments.district.help import Relief
from experiments.district.housing import RentOffice, report_tenure
from experiments.district.means import Means
from experiments.district.medical import Clinics, report_insurance
from experiments.district.months import NO_DAY, Month, calendar
from experiments.district.offices import Offices, open_offices
from experiments.district.people import settle
from experiments.district.places import Grids, lay_out, report_places
from experiments.district.reporting import Parcel, Post
from experiments.district.shapes import Feed
from experiments.district.shocks import report_certificates, report_danger, shock_month
from experiments.district.staff import report_leave, report_posts
from experiments.district.streams import Streams
from experiments.district.street_plan import write_street_plan
from experiments.district.truth import Chronicle
from experiments.district.utilities import Utilities, connect, report_accounts
from experiments.district.visits import Visitors
from experiments.district.work import report_claims, report_pensions, work_month
from experiments.district.world import World

SEEN_BEFORE_ARRIVAL_DAYS = 3
"""A department extracts its data some days before the delivery arrives."""
Progress = Callable[[str], None]


class DistrictExists(Exception):
    """The output folder already holds a district."""


@dataclass(frozen=True)
class SimulationSummary:
    """What was simulated; shares are of households present, means over recorded months."""

    households: int
    persons: int
    months: int
    deliveries: int
    rows: int
    hardship_share: float
    hidden_share: float
    covered_share: float
    dibao_people_share: float
    arrears_signals_per_1000: float


@dataclass
class _Tally:
    months: int = 0
    deliveries: int = 0
    rows: int = 0
    hardship: float = 0.0
    hidden: float = 0.0
    covered: float = 0.0
    dibao: float = 0.0
    signals: float = 0.0


class _District:
    """The departments and the world they look at, one month after the other."""

    def __init__(self, config: DistrictConfig, out: Path) -> None:
        self.config = config
        self.streams = Streams(config.seed)
        self.world = World()
        self.desk = Desk()
        self.post = Post(config.dirt, self.streams)
        self.courier = Courier(
            out / "landing", config.seed, self.streams, prompt=config.dirt.prompt
        )
        self.chronicle = Chronicle(config.seed)
        self.clinics, self.utilities, self.rents = Clinics(), Utilities(), RentOffice()
        self.relief, self.allowances, self.visitors = Relief(), Allowances(), Visitors()
        self.means = Means(config)
        self.tally = _Tally()
        self.grids: Grids
        self.offices: Offices

    def found(self, first: Month) -> None:
        """Build places and people as of the first (burn-in) month."""
        config, streams = self.config, self.streams
        self.grids = lay_out(
            self.world,
            streams,
            households=config.households,
            rural_share=config.means.rural_communities,
        )
        settle(self.world, self.grids, config, streams, day=first.first)
        connect(self.world, self.grids, streams, day=first.first)

    def live(self, month: Month) -> None:
        """Let one month pass, and deliver what departments recorded of it."""
        world, desk, config, streams = self.world, self.desk, self.config, self.streams
        events = family_month(world, desk, config, streams, month)
        work_month(world, desk, config, streams, month)
        shock_month(world, desk, config, streams, month)
        self.clinics.month(world, desk, config, streams, month, events.mothers)
        latent = budget(world, config, month)
        hardship_month(world, config, month, latent)
        bills_seen = month.after + FEEDS["utility_bills"].lag_days - SEEN_BEFORE_ARRIVAL_DAYS
        self.utilities.month(world, desk, config, streams, month, seen_until=bills_seen)
        rents_seen = month.after + FEEDS["public_rent_ledger"].lag_days - SEEN_BEFORE_ARRIVAL_DAYS
        self.rents.month(world, desk, streams, month, seen_until=rents_seen)
        self.relief.month(world, desk, config, streams, month, latent, events.closed)
        self.allowances.month(world, desk, config, streams, month)
        self.visitors.month(world, desk, config, streams, month, self.relief, events.bereaved)
        self.chronicle.note(
            world,
            streams,
            month,
            entitled=self.relief.scheme,
            unable_to_pay=self.utilities.hardship_arrears,
        )
        self.means.remember(world, month, self.clinics.bills)
        if month.index >= 0:
            self._count()
            self.offices.month(world, desk, streams, month)
            report_leave(desk, streams, month, grids=len(self.grids))
            self._check_means(month)
            self._deliver(month)
            if month.index == config.dirt.danger_begins:
                known = np.flatnonzero(world.addresses.danger >= 0)
                report_danger(world, desk, known, np.full(len(known), month.first))

    def _check_means(self, month: Month) -> None:
        """Write down the true means of the month, and let those who signed be checked."""
        world, offices = self.world, self.offices
        self.means.note(world, self.grids, self.streams, month, offices.schools, offices.holdings)
        report_asset_checks(
            world,
            self.desk,
            self.config,
            self.streams,
            month,
            self.relief.decided,
            self.means.now,
        )

    def open_books(self, month: Month) -> None:
        """Let every department deliver what stands in its books when sharing begins."""
        world, desk, config = self.world, self.desk, self.config
        desk.is_open = True
        day = month.first
        self.offices = open_offices(world, self.grids, config, self.streams, day=day)
        self.courier.lookups.update(self.offices.lookups)
        report_places(world, desk, self.grids, self.offices.doors.is_room, day=day - 1)
        report_posts(desk, grids=len(self.grids), day=day - 1)
        people = world.people
        here = world.members()
        self.offices.report_stock(world, desk, self.streams, month)
        report_insurance(world, desk, here)
        report_pensions(world, desk, here[people.pension_id[here] >= 0])
        report_claims(world, desk, here[people.claim_id[here] >= 0])
        certified = here[people.certificate_id[here] >= 0]
        report_certificates(world, desk, certified)
        homes = np.flatnonzero(world.homes.present)
        report_tenure(world, desk, homes, world.heads()[homes])
        report_accounts(world, desk, np.arange(len(world.accounts)))
        covered = np.flatnonzero(world.homes.scheme >= 0)
        self.relief.report_benefits(world, desk, covered, np.full(len(covered), NO_DAY, np.int64))
        self.allowances.report_stock(desk)
        for feed in FEEDS.values():
            before = month.shifted(-1)
            parcel = self.post.pack(feed, desk.collect(feed), before)
            if len(parcel.rows[feed.fact_id]):
                self._send(feed, before, parcel, "stock")

    def _deliver(self, month: Month) -> None:
        resent_feed, resent_month = self.config.dirt.resent
        for feed in FEEDS.values():
            parcel = self.post.pack(feed, self.desk.collect(feed), month)
            if not len(parcel.rows[feed.fact_id]):
                continue
            self._send(feed, month, parcel, month.label)
            if (feed.name, month.index) == (resent_feed, resent_month):
                self._send(feed, month.shifted(1), parcel, f"{month.label}_again")

    def _send(self, feed: Feed, month: Month, parcel: Parcel, label: str) -> None:
        self.courier.deliver(
            feed,
            parcel,
            name=f"{feed.name}_{label}",
            received_at=self.courier.received_at(feed, month),
        )
        self.tally.deliveries += 1
        self.tally.rows += len(parcel.rows[feed.fact_id])

    def _count(self) -> None:
        homes, people = self.world.homes, self.world.people
        here = homes.present
        covered = homes.scheme >= 0
        on_dibao = homes.benefit_members[(homes.scheme == 0) & here].sum()
        tally = self.tally
        tally.months += 1
        tally.hardship += homes.in_hardship[here].mean()
        tally.hidden += (homes.in_hardship & ~covered)[here].mean()
        tally.covered += covered[here].mean()
        tally.dibao += on_dibao / people.present.sum()
        tally.signals += 1000 * (self.utilities.signals + self.rents.signals) / people.present.sum()


def simulate(config: DistrictConfig, out: Path, progress: Progress) -> SimulationSummary:
    """Simulate a district into ``out``; the same configuration gives the same bytes.

    Args:
        config: what to simulate.
        out: folder to be filled with ``landing`` and ``truth``; neither may exist yet.
        progress: told in a few words about each month.

    Raises:
        DistrictExists: ``out`` already holds a landing or truth folder.
    """
    for folder in (out / "landing", out / "truth"):
        if folder.exists():
            raise DistrictExists(
                f"{folder} already exists; a district is written once. Give another folder"
                " or remove this one"
            )
    district = _District(config, out)
    months = list(
        calendar(config.last_year, config.last_month, config.months, config.burn_in_months)
    )
    district.found(months[0])
    for month in months:
        if month.index == 0:
            district.open_books(month)
        district.live(month)
        progress(f"{month.label}{' (before recording)' if month.index < 0 else ''}")
    district.chronicle.write(out / "truth", district.world)
    district.means.write(out / "truth")
    district.offices.write_truth(out / "truth", district.world, seed=config.seed)
    write_street_plan(out, district.streams, grids=len(district.grids), seed=config.seed)
    return _summary(district)


def _summary(district: _District) -> SimulationSummary:
    tally, world = district.tally, district.world
    return SimulationSummary(
        households=int(world.homes.present.sum()),
        persons=int(world.people.present.sum()),
        months=tally.months,
        deliveries=tally.deliveries,
        rows=tally.rows,
        hardship_share=float(tally.hardship / tally.months),
        hidden_share=float(tally.hidden / tally.months),
        covered_share=float(tally.covered / tally.months),
        dibao_people_share=float(tally.dibao / tally.months),
        arrears_signals_per_1000=float(tally.signals / tally.months),
    )
