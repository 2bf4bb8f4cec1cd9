"""Checks that need more than the file itself: when it arrived, and what other feeds have delivered."""

from collections.abc import Callable, Collection

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.arrival import Delivery
from data_contracts.checks import Breach, Check, KnownIn, NotAfterArrival
from data_contracts.odcs import Contract

KnownValues = Callable[[str, str], Collection[str]]
"""(feed, column) -> every value accepted so far."""


def cross_breaches(
    delivery: Delivery, contract: Contract, rows: pa.Table, *, known_values: KnownValues
) -> list[Breach]:
    """Return the breaches of ``notAfterArrival`` and ``knownIn`` checks."""
    breaches = []
    for check in contract.checks:
        match check.rule:
            case NotAfterArrival(column=column):
                # A release speaks of the days its original could speak of.
                arrived = pa.scalar(delivery.order.ordered_at.date(), pa.date32())
                bad = pc.greater(rows[column].cast(pa.date32()), arrived)
                detail = f"lies after {delivery.order.ordered_at:%Y-%m-%d}, the day the file was received"
            case KnownIn(column=column, feed=feed, feed_column=feed_column):
                known = pa.array(sorted(known_values(feed, feed_column)), pa.string())
                bad = pc.and_(
                    pc.is_valid(rows[column]), pc.invert(pc.is_in(rows[column], value_set=known))
                )
                detail = (
                    f"is no {feed_column} that feed {feed} has delivered; if it is new, have {feed}"
                    " delivered first"
                )
            case _:
                continue
        breaches += _breach(check, column, bad, detail)
    return breaches


def _breach(check: Check, column: str, bad: pa.ChunkedArray, detail: str) -> list[Breach]:
    positions = np.flatnonzero(pc.fill_null(bad, False).to_numpy())
    if not positions.size:
        return []
    return [Breach(check.check_id, column, check.severity, tuple(positions.tolist()), detail)]
