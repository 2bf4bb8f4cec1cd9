"""Outcomes: what turned out to be true after an ``as_of_date``. Closed to serving by an import rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from features.deployment import Feeds
from features.point_in_time import REGISTERED, PointInTime, UnknownFeedError
from features.registry import KEYS

LABEL_COLUMNS = (*KEYS, "label", "label_source", "random_label", "random_propensity")
STREAM_COLUMNS = ("discovered_label", "self_reported_label")
"""The label apart by how it came to light: we came to them, or they to us."""


@dataclass(frozen=True)
class OutcomeWindow:
    """The half-open period ``[as_of_date, as_of_date + days)`` behind every spine row.

    Facts are read as they were known on ``known_before``, the day the labels are drawn up: one day for every
    row, or so long after the ``as_of_date`` of each. ``past`` is what was known at the start, for exclusions such as "already covered".
    """

    spine: ir.Table
    feeds: Feeds
    links: Mapping[str, ir.Table]
    past: PointInTime
    days: int
    known_before: date | timedelta

    def drawn_up(self, rows: ir.Table) -> ir.DateValue:
        """Return the day the label of each of ``rows`` is drawn up."""
        if isinstance(self.known_before, date):
            return ibis.date(self.known_before.isoformat())
        return (rows.as_of_date + ibis.interval(days=self.known_before.days)).cast("date")

    def facts(self, feed: str, *, days_before: int = 0, link: str | None = None) -> ir.Table:
        """Return ``household_id, as_of_date`` and the facts that happened inside the window.

        Args:
            feed: name of the feed.
            days_before: facts of so many days before the window too, to see what led to those inside it.
            link: how facts find their household; None for the entity of the contract.

        Raises:
            UnknownFeedError: the deployment has no such feed or link.
        """
        if feed not in self.feeds:
            raise UnknownFeedError(f"no feed {feed!r}; this deployment has {sorted(self.feeds)}")
        contract = self.feeds[feed].contract
        facts = self.feeds[feed].facts.rename(entity_id=contract.entity_column)
        if "household_id" in facts.columns:
            facts = facts.rename({REGISTERED: "household_id"})
        members = self.past.members(link or contract.entity)
        joined = members.join(facts, "entity_id").drop("entity_id")
        drawn_up = self.drawn_up(joined).cast("timestamp")
        return joined.filter(
            joined.known_from < drawn_up,
            joined.known_until.isnull() | (joined.known_until >= drawn_up),
            joined.event_date >= joined.as_of_date - ibis.interval(days=days_before),
            joined.event_date < joined.as_of_date + ibis.interval(days=self.days),
        ).drop("known_from", "known_until")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A target: its window in days, and how it is read from the facts of that window.

    ``define`` returns the columns of ``LABEL_COLUMNS``: ``label`` is 1, 0 or null (null: nobody
    knows; never a negative), ``label_source`` says where it comes from, ``random_label`` repeats it
    where the household was looked at by lot, with the ``random_propensity`` of that lot: the chance of one
    draw, of which a window may hold several. It weighs rows against each other; as a count of households
    it would be too large. Where it is known how answers came to light, ``define`` also returns
    ``STREAM_COLUMNS``: the label in the stream that told it first, null in the other.
    ``settle_days`` is how long after the window its last facts arrive: labels are drawn up then, and
    a test date must lie that much later still.
    """

    name: str
    window_days: int
    settle_days: int = 0
    description: str
    define: Callable[[OutcomeWindow], ir.Table]

    @property
    def closed_after_days(self) -> int:
        """Days from an ``as_of_date`` until its labels can be drawn up."""
        return self.window_days + self.settle_days


def label_spine(
    spine: ir.Table,
    feeds: Feeds,
    links: Mapping[str, ir.Table],
    *,
    outcome: Outcome,
    known_before: date | timedelta,
) -> ir.Table:
    """Return one label row per spine row, streams included; see :class:`Outcome` and :class:`OutcomeWindow`.

    Rows whose window is not over when their label is drawn up get no label at all: a half-seen window would
    read as "nothing happened".
    """
    window = OutcomeWindow(
        spine=spine,
        feeds=feeds,
        links=links,
        past=PointInTime(spine, feeds, links),
        days=outcome.window_days,
        known_before=known_before,
    )
    labels = outcome.define(window)
    untold = {name: ibis.null("int64") for name in STREAM_COLUMNS if name not in labels.columns}
    labels = labels.mutate(**untold).select(*LABEL_COLUMNS, *STREAM_COLUMNS)
    over = labels.as_of_date + ibis.interval(days=outcome.window_days)
    return labels.filter(over <= window.drawn_up(labels))
