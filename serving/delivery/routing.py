"""Which target gets which message: one delivery per message and target, written once per message.

The relay routes before it sends. A message is routed to the targets there are then: one that is added
later gets what comes later, unless a person replays (:mod:`serving.delivery.replaying`).
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from serving.delivery.targets import Target
from serving.store import Store
from serving.store.schema import DELIVERIES, OUTBOX, DeliveryState

BATCH = 1000


def route(store: Store, *, targets: Sequence[Target], now: datetime) -> int:
    """Write the deliveries of every message that has none yet; return how many were written.

    Without any target the messages stay as they are and wait for one.
    """
    written = 0
    while targets:
        with store.write() as work:
            messages = work.execute(
                select(OUTBOX)
                .where(OUTBOX.c.routed_at.is_(None))
                .order_by(OUTBOX.c.created_at, OUTBOX.c.grid_id)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            if not messages:
                break
            for target in targets:
                wanted = [row for row in messages if target.wants(row.kind, row.place)]
                written += deliver_to(work, target.name, wanted, now=now)
            work.execute(
                update(OUTBOX)
                .where(OUTBOX.c.message_id.in_([row.message_id for row in messages]))
                .values(routed_at=now)
            )
    return written


def deliver_to(
    work: Connection, target: str, messages: Sequence[Row[Any]], *, now: datetime
) -> int:
    """Write a delivery to ``target`` for each of ``messages`` (rows of the outbox).

    Its turn is the number of its grid's messages still waiting before it, so that every grid's first
    message goes before any grid's second: a grid with many does not hold up the others.
    """
    if not messages:
        return 0
    grids = {row.grid_id for row in messages}
    ahead = Counter(
        {
            row.grid_id: row.waiting
            for row in work.execute(
                select(DELIVERIES.c.grid_id, func.count().label("waiting"))
                .where(
                    DELIVERIES.c.target == target,
                    DELIVERIES.c.state == DeliveryState.PENDING,
                    DELIVERIES.c.grid_id.in_(grids),
                )
                .group_by(DELIVERIES.c.grid_id)
            )
        }
    )
    rows = []
    for message in messages:
        rows.append(
            {
                "message_id": message.message_id,
                "target": target,
                "grid_id": message.grid_id,
                "turn": ahead[message.grid_id],
                "state": DeliveryState.PENDING,
                "created_at": message.created_at,
                "attempts": 0,
                "next_attempt_at": now,
            }
        )
        ahead[message.grid_id] += 1
    work.execute(insert(DELIVERIES), rows)
    return len(rows)
