"""Look for every declared kind of conflict, as known on one night."""

import ibis
import ibis.expr.types as ir

from features.conflicts.kinds import COLUMNS, KINDS
from features.known import Known

READS = frozenset(feed for kind in KINDS for feed in kind.reads)


def find_conflicts(known: Known) -> ir.Table:
    """Return ``kind, asked, subject, feed, fact_id, withheld``, one row per fact in conflict.

    ``known`` has the facts of the night, those under dispute included: a conflict lasts as long as
    its facts do.
    """
    found = []
    for kind in KINDS:
        if all(known.has(feed) for feed in kind.reads):
            rows = kind.find(known)
            found.append(
                rows.select(kind=ibis.literal(kind.kind), asked=ibis.literal(kind.asked),
                            **{name: rows[name] for name in COLUMNS})
            )  # fmt: skip
    return ibis.union(*found)
