"""What the page of health draws: how each feed does, how the nights went, which features moved most."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from features.drift import PSI_BLOCK, PSI_WARN
from serving.ledger.runs import PastRun, Publication
from serving.upstream.drifting import DriftLine, DriftReport

MOVED_SHOWN = 6
PSI_SHOWN = 0.5
"""Where the picture of a shift ends; larger ones fill it."""
BARS = (PSI_WARN / PSI_SHOWN, PSI_BLOCK / PSI_SHOWN)
"""Where in the picture somebody should look, and where nothing should be published before somebody did."""


class FeedState(StrEnum):
    """How a feed did by the last published night, the worst first."""

    REFUSED = "refused"
    LATE = "late"
    DEGRADED = "degraded"
    FRESH = "fresh"


@dataclass(frozen=True, kw_only=True)
class Feed:
    """One feed. ``days`` have passed from its newest accepted delivery to the night; None: there is none.

    ``said``: why it was refused or what is unusual, in the words of the gate.
    """

    name: str
    department: str
    received_on: date | None
    days: int | None
    state: FeedState
    said: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Night:
    """One run; ``minutes`` is None while it runs."""

    as_of_date: date
    attempt: int
    state: str
    minutes: int | None


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One feature that moved; ``width`` is how far of what the picture shows, None: nothing to compare."""

    line: DriftLine
    width: float | None


def feeds_of(publication: Publication) -> list[Feed]:
    """Return every feed as the lists of ``publication`` knew it, the worst first."""
    told: Iterable[Mapping[str, object]] = json.loads(publication.inputs)["feeds"]
    feeds = [_feed(one, publication.as_of_date) for one in told]
    order = list(FeedState)
    return sorted(feeds, key=lambda feed: (order.index(feed.state), feed.name))


def _feed(told: Mapping[str, object], as_of_date: date) -> Feed:
    received = told["last_received_at"]
    received_on = None if received is None else datetime.fromisoformat(str(received)).date()
    refused, degraded = _sentences(told["refused"]), _sentences(told["degraded"])
    if refused:
        state = FeedState.REFUSED
    elif told["late"]:
        state = FeedState.LATE
    else:
        state = FeedState.DEGRADED if degraded else FeedState.FRESH
    return Feed(
        name=str(told["feed"]),
        department=str(told["department"]),
        received_on=received_on,
        days=None if received_on is None else (as_of_date - received_on).days,
        state=state,
        said=[*refused, *degraded],
    )


def _sentences(told: object) -> list[str]:
    return [str(one) for one in told] if isinstance(told, list) else []


def counts(feeds: Iterable[Feed]) -> Mapping[FeedState, int]:
    """Return how many feeds are in each state."""
    states = [feed.state for feed in feeds]
    return {state: states.count(state) for state in FeedState}


def nights(runs: Iterable[PastRun]) -> list[Night]:
    """Return the runs in the order given, with how long each took."""
    return [
        Night(
            as_of_date=run.as_of_date,
            attempt=run.attempt,
            state=run.state,
            minutes=None
            if run.finished_at is None
            else round((run.finished_at - run.started_at).total_seconds() / 60),
        )
        for run in runs
    ]


def most_moved(report: DriftReport) -> list[Moved]:
    """Return the score and the features that moved most."""
    return [_moved(line) for line in (report.score, *report.features[:MOVED_SHOWN])]


def _moved(line: DriftLine) -> Moved:
    return Moved(line=line, width=None if line.psi is None else min(1.0, line.psi / PSI_SHOWN))
