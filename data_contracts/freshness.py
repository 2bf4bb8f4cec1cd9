"""Which feeds are late: a department that has gone silent is told apart from one with nothing to report."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from data_contracts.lake import Lake
from data_contracts.odcs import Contract


class Freshness(StrEnum):
    """How a feed stands against what its contract promises."""

    FRESH = "fresh"
    LATE = "late"
    NEVER = "never"


@dataclass(frozen=True)
class FeedFreshness:
    """One feed as of a time. ``last_received_at`` and ``due_by`` are None when it never delivered.

    ``degraded`` says what is unusual about its last loaded delivery; empty when nothing is.
    """

    feed: str
    department: str
    status: Freshness
    last_received_at: datetime | None
    due_by: datetime | None
    degraded: tuple[str, ...] = ()

    def __str__(self) -> str:
        """One line for the operator, with what to do."""
        if self.last_received_at is None or self.due_by is None:
            return (
                f"feed {self.feed}: never delivered; ask {self.department} for it. Until then everything that rests"
                " on it is unknown, not zero"
            )
        if self.status is Freshness.LATE:
            return (
                f"feed {self.feed}: last received {self.last_received_at:%Y-%m-%d}, the next was due by"
                f" {self.due_by:%Y-%m-%d}; ask {self.department}"
            )
        told = f"feed {self.feed}: last received {self.last_received_at:%Y-%m-%d}"
        if self.degraded:
            told += f", degraded: {'; '.join(self.degraded)}; ask {self.department}"
        return told


def freshness(
    home: Path, contracts: Mapping[str, Contract], *, before: datetime
) -> list[FeedFreshness]:
    """Return how every feed stands, by feed.

    A feed is late when ``before`` is later than its last loaded delivery plus cadence plus latency. An
    optional feed is left out until it has delivered once.
    """
    lake = Lake(home)
    arrivals = lake.arrivals(before=before)
    return [
        replace(
            _of(contract, arrivals.get(feed, []), before=before),
            degraded=lake.catalogue.unusual(feed, before=before),
        )
        for feed, contract in sorted(contracts.items())
        if feed in arrivals or not contract.optional
    ]


def _of(contract: Contract, received: list[datetime], *, before: datetime) -> FeedFreshness:
    if not received:
        return FeedFreshness(contract.feed, contract.department, Freshness.NEVER, None, None)
    due_by = received[-1] + timedelta(days=contract.cadence_days + contract.latency_days)
    status = Freshness.LATE if before > due_by else Freshness.FRESH
    return FeedFreshness(contract.feed, contract.department, status, received[-1], due_by)
