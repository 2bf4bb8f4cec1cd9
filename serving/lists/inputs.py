"""What the lists of a date depend on, and whether that is enough to draw up an honest one."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from importlib.metadata import PackageNotFoundError, version

from serving.canonical import Json, canonical_json
from serving.cases.standing import Standing
from serving.cases.working_days import edition
from serving.lists.list_policy import ListPolicy
from serving.refusals import ExitCode, Refusal
from serving.upstream.protocol import FeedState, Upstream

EXPIRED = "expired before "
"""How the inputs of a night tell, among a feed's deliveries, that facts of it are gone for good."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything the lists of a date depend on. Equal inputs mean equal lists."""

    deliveries: Mapping[str, Sequence[str]]
    feeds: Sequence[FeedState]
    champion: str
    policy: str
    rules: str
    safety: str
    standing: str
    calendar: str
    engine: str

    @property
    def content(self) -> dict[str, Json]:
        """The inputs as they are stored with the publication."""
        return {
            "champion": self.champion,
            "deliveries": {feed: sorted(ids) for feed, ids in sorted(self.deliveries.items())},
            "calendar": self.calendar,
            "engine": self.engine,
            "feeds": json.loads(json.dumps([asdict(state) for state in self.feeds], default=str)),
            "policy": self.policy,
            "rules": self.rules,
            "safety": self.safety,
            "standing": self.standing,
        }

    @property
    def sha256(self) -> str:
        """Hash over all of it."""
        return hashlib.sha256(canonical_json(self.content)).hexdigest()


def gather_inputs(
    upstream: Upstream,
    *,
    policy: ListPolicy,
    standing: Standing,
    as_of_date: date,
    champion: str,
) -> Inputs:
    """Return what the lists of ``as_of_date`` would be drawn up from now."""
    safety = sorted(upstream.safety_rules(as_of_date=as_of_date).items())
    return Inputs(
        deliveries=upstream.inputs(as_of_date=as_of_date),
        feeds=upstream.feeds(as_of_date=as_of_date),
        champion=champion,
        policy=policy.sha256,
        rules=upstream.rules(as_of_date=as_of_date),
        safety=hashlib.sha256(repr(safety).encode()).hexdigest(),
        standing=standing.sha256,
        calendar=edition(),
        engine=_engine(),
    )


def check_feeds(feeds: Sequence[FeedState], *, policy: ListPolicy, as_of_date: date) -> None:
    """Make sure that the feeds without which there is no honest list are there.

    Raises:
        Refusal: one was never delivered, is too old, or its newest delivery was refused.
    """
    states = {state.feed: state for state in feeds}
    for feed, most_days in sorted(policy.needed_feeds.items()):
        state = states.get(feed)
        if state is None:
            raise _unusable(f"feed {feed} is needed but has no contract here.", feed)
        if state.refused:
            said = "; ".join(state.refused)
            raise _unusable(f"the newest delivery of feed {feed} was refused: {said}.", feed)
        if state.last_received_at is None:
            raise _unusable(f"feed {feed} has never been delivered.", feed)
        oldest = as_of_date - timedelta(days=most_days) if most_days is not None else date.min
        if state.last_received_at.date() < oldest:
            raise _unusable(
                f"feed {feed} was last delivered on {state.last_received_at:%Y-%m-%d}, more than"
                f" {most_days} days before {as_of_date}.",
                feed,
            )


def expired_since(before: Mapping[str, Json], now: Mapping[str, Json]) -> list[str]:
    """Say which facts have expired since a publication drew upon them."""
    old, new = _deliveries(before), _deliveries(now)
    return [
        f"facts of feed {feed} from before {one.removeprefix(EXPIRED)}"
        for feed in sorted(new)
        for one in sorted(new[feed] - old.get(feed, set()))
        if one.startswith(EXPIRED)
    ]


def changes(before: Mapping[str, Json], now: Mapping[str, Json]) -> list[str]:
    """Say in words what differs between the inputs of a publication and the present ones."""
    said = [
        f"{what} changed"
        for what in (
            "champion",
            "policy",
            "rules",
            "safety",
            "engine",
            "calendar",
            "standing",
            "feeds",
        )
        if before.get(what) != now.get(what)
    ]
    old, new = _deliveries(before), _deliveries(now)
    for feed in sorted({*old, *new}):
        added, gone = (
            new.get(feed, set()) - old.get(feed, set()),
            old.get(feed, set()) - new.get(feed, set()),
        )
        if added or gone:
            said.append(f"feed {feed}: {len(added)} deliveries more, {len(gone)} fewer")
    return said


def _deliveries(content: Mapping[str, Json]) -> dict[str, set[str]]:
    found = content.get("deliveries")
    if not isinstance(found, dict):
        return {}
    return {
        feed: {str(item) for item in ids} for feed, ids in found.items() if isinstance(ids, list)
    }


def _unusable(found: str, feed: str) -> Refusal:
    return Refusal(
        ExitCode.FEED_NOT_USABLE,
        found=found,
        to_do=f"Ask the department for a correct delivery of {feed}, put it into landing/{feed} and run"
        " again; until then the earlier list stands.",
    )


def _engine() -> str:
    try:
        return version("zhaoren")
    except PackageNotFoundError:
        return "not installed"
