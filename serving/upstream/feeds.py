"""How fresh the feeds are, which deliveries were loaded, and how far each feed speaks."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

from data_contracts.freshness import FeedFreshness, Freshness, freshness
from data_contracts.judgement import LOADED, Verdict
from data_contracts.lake import Lake
from features.deployment import Deployment
from models.reasons import FeedState as ReasonsFeed
from serving.lists.inputs import EXPIRED
from serving.upstream.protocol import FeedState
from serving.upstream.registers import read_reach

ON_CHANGE_CADENCE_DAYS = 366
"""A feed that is promised once a year comes when something changes: having it at all is enough."""


def feed_states(home: Path, deployment: Deployment, *, as_of_date: date) -> Sequence[FeedState]:
    """Return how fresh each feed is, and why its newest delivery was refused if it was."""
    midnight = _midnight(as_of_date)
    states = freshness(home, deployment.contracts, before=midnight)
    refused = _refused_since(
        Lake(home), {state.feed: state.last_received_at for state in states}, before=midnight
    )
    return [
        FeedState(
            feed=state.feed,
            department=state.department,
            last_received_at=state.last_received_at,
            late=_is_late(state, deployment),
            refused=refused.get(state.feed, ()),
            degraded=state.degraded,
        )
        for state in states
    ]


def loaded_deliveries(lake: Lake, *, as_of_date: date) -> Mapping[str, Sequence[str]]:
    """Return the ids of the loaded deliveries by feed, and what has expired since."""
    loaded: dict[str, list[str]] = {}
    for judgement in lake.catalogue.judgements():
        received = judgement.received_at
        if judgement.verdict.value not in LOADED or received is None:
            continue
        if received < _midnight(as_of_date):
            loaded.setdefault(judgement.feed, []).append(judgement.delivery_id)
    for removal in lake.catalogue.removals():
        expired = f"{EXPIRED}{removal.cutoff}"
        if removal.feed in loaded and expired not in loaded[removal.feed]:
            loaded[removal.feed].append(expired)
    return {feed: sorted(ids) for feed, ids in sorted(loaded.items())}


def reach_of(
    home: Path, deployment: Deployment, *, as_of_date: date, spill: Path
) -> dict[str, ReasonsFeed]:
    """Return how far each feed reaches, and whether it is overdue."""
    states = freshness(home, deployment.contracts, before=_midnight(as_of_date))
    reach = read_reach(Lake(home), deployment, as_of_date=as_of_date, spill=spill)
    return {
        state.feed: ReasonsFeed(
            department=state.department,
            data_until=_until(state, reach[state.feed], deployment, as_of_date=as_of_date),
            is_silent=_is_late(state, deployment),
        )
        for state in states
    }


def _until(
    state: FeedFreshness, reach: date | None, deployment: Deployment, *, as_of_date: date
) -> date | None:
    """Return how far a feed speaks; a register sent on change holds until it is changed."""
    if reach is not None and _comes_on_change(state, deployment):
        return as_of_date - timedelta(days=1)
    return reach


def _is_late(state: FeedFreshness, deployment: Deployment) -> bool:
    if state.status is Freshness.LATE:
        return not _comes_on_change(state, deployment)
    return state.status is Freshness.NEVER


def _comes_on_change(state: FeedFreshness, deployment: Deployment) -> bool:
    return deployment.contracts[state.feed].cadence_days >= ON_CHANGE_CADENCE_DAYS


def _refused_since(
    lake: Lake, last: Mapping[str, datetime | None], *, before: datetime
) -> dict[str, tuple[str, ...]]:
    """Return why the newest delivery of a feed was refused, for feeds where that is so."""
    refused: dict[str, tuple[str, ...]] = {}
    for judgement in lake.catalogue.judgements():
        received, known = judgement.received_at, last.get(judgement.feed)
        if judgement.verdict is not Verdict.REFUSED or received is None or received >= before:
            continue
        if known is None or received > known:
            refused[judgement.feed] = judgement.reasons
    return refused


def _midnight(as_of_date: date) -> datetime:
    return datetime.combine(as_of_date, datetime.min.time())
