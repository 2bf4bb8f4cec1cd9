"""Look for every declared kind of conflict, as known on one night."""

from datetime import date

import ibis
import ibis.expr.types as ir

from features.coliving.evidence import Known
from features.conflicts.kinds import COLUMNS, KINDS
from features.deployment import Feeds


def find_conflicts(feeds: Feeds, as_of_date: date) -> ir.Table:
    """Return ``kind, asked, subject, feed, fact_id, withheld``, one row per fact in conflict.

    Args:
        feeds: facts, those under dispute included: a conflict lasts as long as its facts do.
        as_of_date: the night.
    """
    known = Known(feeds, as_of_date)
    found = []
    for kind in KINDS:
        if all(known.has(feed) for feed in kind.reads):
            rows = kind.find(known)
            found.append(
                rows.select(kind=ibis.literal(kind.kind), asked=ibis.literal(kind.asked),
                            **{name: rows[name] for name in COLUMNS})
            )  # fmt: skip
    return ibis.union(*found)
