"""Draw the engine's conclusions of past and present nights and land them for the gate.

The order within a night: meters are linked to homes, contradictions are looked for, households are
concluded without the facts in dispute. Each is delivered like a department's file and only if something
changed, so a night that is repeated delivers nothing new.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa

from data_contracts.conclusions import deliver
from data_contracts.gate import pass_gate
from data_contracts.judgement import Judgement
from data_contracts.lake import Lake
from data_contracts.linkage.linking import link_accounts
from data_contracts.pseudonyms import Keyring
from features.coliving.conclude import MEMBERS
from features.conclusions import Conclusions, told_at
from features.connections import open_engine
from features.deployment import Deployment
from features.matrix import read_feeds

LINKS_EVERY_MONTHS = 3
"""In the past accounts are linked at the first night and then this often; on a live night, every night."""


@dataclass(frozen=True)
class Concluded:
    """What came of it: the gate's judgements of the engine's own deliveries, and the last night's conflicts.

    ``conflicts`` has ``kind, asked, subject, feed, fact_id, withheld``; empty where none was drawn.
    """

    judgements: tuple[Judgement, ...]
    households: int
    conflicts: pd.DataFrame


def conclude_night(
    home: Path,
    deployment: Deployment,
    *,
    as_of_date: date,
    keyring: Keyring | None,
    right: Mapping[str, str],
    progress: Callable[[str], None],
) -> Concluded:
    """Conclude one night and pass the conclusions through the gate.

    Args:
        home: folder with ``landing/`` and ``lake/``; the departments' deliveries are through the gate.
        deployment: one without a contract for ``household_members`` concludes nothing.
        as_of_date: the night.
        keyring: opens names and address texts; without it no account is linked.
        right: per conflict answered before the night, the feed that is right.
        progress: is told what is being done, in counts.
    """
    nights = _Nights(home, deployment, keyring, right, progress)
    return nights.draw([as_of_date], linked=[as_of_date])


def conclude_history(
    home: Path,
    deployment: Deployment,
    *,
    before: date,
    keyring: Keyring | None,
    progress: Callable[[str], None],
) -> Concluded:
    """Conclude the first night of every month up to ``before`` that was not concluded yet."""
    arrivals = Lake(home).arrivals(before=datetime.combine(before, datetime.min.time()))
    told, register = arrivals.get(MEMBERS, []), arrivals.get("residents", [])
    months = _months_after(max(told or register[:1], default=None), before)
    nights = _Nights(home, deployment, keyring, {}, progress)
    return nights.draw(months, linked=months[::LINKS_EVERY_MONTHS])


def _months_after(last: datetime | None, before: date) -> list[date]:
    if last is None:
        return []
    first = pd.Timestamp(last).normalize() + pd.offsets.MonthBegin(1)
    return [day.date() for day in pd.date_range(first, pd.Timestamp(before), freq="MS")]


@dataclass(frozen=True)
class _Nights:
    home: Path
    deployment: Deployment
    keyring: Keyring | None
    right: Mapping[str, str]
    progress: Callable[[str], None]

    def draw(self, nights: Sequence[date], *, linked: Sequence[date]) -> Concluded:
        nothing = Concluded((), 0, pd.DataFrame())
        if MEMBERS not in self.deployment.contracts or not nights:
            return nothing
        judgements = self._link(linked)
        households, conflicts = 0, pd.DataFrame()
        with open_engine(spill=self.home / "spill", encrypted=False) as engine:
            feeds = read_feeds(engine, Lake(self.home), self.deployment)
            conclusions = Conclusions(engine, feeds)
            for night in nights:
                drawn = conclusions.draw(night, right=self.right)
                households, conflicts = drawn.households, drawn.conflicts
                self.progress(f"{night}: {households} households concluded")
                for feed, rows in drawn.news.items():
                    self._deliver(feed, rows, night)
        judgements += self._gate(nights[-1])
        return Concluded(tuple(judgements), households, conflicts)

    def _link(self, nights: Sequence[date]) -> list[Judgement]:
        judgements: list[Judgement] = []
        if self.keyring is None or "account_links" not in self.deployment.contracts:
            return judgements
        for night in nights:
            midnight = datetime.combine(night, datetime.min.time())
            with open_engine(spill=self.home / "spill") as engine:
                landed = link_accounts(
                    self.home, self.deployment.contracts, self.keyring, engine,
                    before=midnight, progress=self.progress,
                )  # fmt: skip
            if landed is not None:
                judgements += self._gate(night)
        return judgements

    def _gate(self, night: date) -> list[Judgement]:
        return pass_gate(
            self.home,
            self.deployment.contracts,
            before=datetime.combine(night, datetime.min.time()),
            progress=self.progress,
            keyring=self.keyring,
        )

    def _deliver(self, feed: str, rows: pa.Table, night: date) -> None:
        if not rows.num_rows:
            return
        content = hashlib.sha256(repr(rows.to_pydict()).encode()).hexdigest()[:8]
        name = f"{feed}_{night:%Y%m%d}_{content}"
        deliver(self.home, feed, rows, received_at=told_at(night), name=name)
