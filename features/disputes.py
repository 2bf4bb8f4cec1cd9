"""Leave disputed facts out: unknown from the night a dispute is known until it is settled.

A fact's versions are cut where a dispute hides them, so every reader that asks what was known on a date
gets the answer of that date; a dispute opened later changes no earlier night.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

import ibis
import ibis.expr.types as ir

from features.point_in_time import Feed

DISPUTES = "disputes"
_TIME = "timestamp(6)"
_NEVER = datetime(9999, 1, 1)  # noqa: DTZ001 the lake keeps local time without a zone
_ALWAYS = datetime(1, 1, 2)  # noqa: DTZ001 as above


def disputed_feeds(disputes: ir.Table) -> list[str]:
    """Return the feeds that ever had a fact in dispute; asks the engine."""
    names = disputes.select("disputed_feed").distinct().to_pyarrow()
    return sorted(str(name) for name in names["disputed_feed"].to_pylist())


def withhold(
    feeds: Mapping[str, Feed], disputes: ir.Table, *, names: Collection[str]
) -> dict[str, Feed]:
    """Return ``feeds`` with the facts of feeds ``names`` hidden while they are in dispute.

    Args:
        feeds: facts by feed name.
        disputes: every version of every dispute; open ones have no ``valid_to``.
        names: feeds to look at; see :func:`disputed_feeds`. The others are returned as they are.
    """
    return {
        name: Feed(feed.contract, _free(feed, disputes)) if name in names else feed
        for name, feed in feeds.items()
    }


def _free(feed: Feed, disputes: ir.Table) -> ir.Table:
    fact_id, facts = feed.contract.fact_id, feed.facts
    open_ = disputes.filter(
        disputes.disputed_feed == feed.contract.feed, disputes.valid_to.isnull()
    )
    hidden = open_.select(
        fact="disputed_fact_id",
        begins=open_.known_from.cast(_TIME),
        ends=open_.known_until.fill_null(_NEVER).cast(_TIME),
    )
    before = ibis.window(group_by="fact", order_by=["begins", "ends"], rows=(None, -1))
    gaps = hidden.select(
        "fact",
        free_from=hidden.ends.max().over(before).fill_null(_ALWAYS).cast(_TIME),
        free_until="begins",
    )
    tails = hidden.group_by("fact").agg(free_from=hidden.ends.max())
    tails = tails.mutate(free_until=ibis.literal(_NEVER).cast(_TIME))
    columns = ("fact", "free_from", "free_until")
    free = gaps.select(*columns).union(tails.select(*columns))
    touched = facts.semi_join(hidden, facts[fact_id] == hidden.fact)
    joined = touched.join(free, touched[fact_id] == free.fact)
    until = ibis.least(joined.known_until.fill_null(_NEVER), joined.free_until)
    cut = joined.mutate(
        known_from=ibis.greatest(joined.known_from, joined.free_from),
        known_until=(until == ibis.literal(_NEVER)).ifelse(ibis.null("timestamp"), until),
    )
    begins_before_it_ends = cut.known_until.isnull() | (cut.known_from < cut.known_until)
    pieces = cut.filter(begins_before_it_ends, cut.known_from < ibis.literal(_NEVER))
    rest = facts.anti_join(hidden, facts[fact_id] == hidden.fact)
    schema = facts.schema()
    return ibis.union(*(part.select(*facts.columns).cast(dict(schema)) for part in (rest, pieces)))
