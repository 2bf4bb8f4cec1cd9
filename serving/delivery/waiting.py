"""What was not delivered yet, counted; the relay, ``zhaoren status`` and ``zhaoren outbox show`` ask."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from serving.store import Store
from serving.store.schema import DELIVERIES, OUTBOX, DeliveryState

NO_TARGET = "none yet"


@dataclass(frozen=True, kw_only=True)
class Undelivered:
    """Messages of one night that one target does not have. ``as_of_date`` None: about no night."""

    as_of_date: date | None
    target: str
    state: str
    messages: int
    attempts: int
    next_attempt_at: datetime | None
    last_result: str | None


def waiting(store: Store) -> int:
    """Return how many deliveries are pending or were never written."""
    with store.read() as read:
        pending = read.scalar(
            select(func.count())
            .select_from(DELIVERIES)
            .where(DELIVERIES.c.state == DeliveryState.PENDING)
        )
        unrouted = read.scalar(
            select(func.count()).select_from(OUTBOX).where(OUTBOX.c.routed_at.is_(None))
        )
    return (pending or 0) + (unrouted or 0)


def undelivered(store: Store) -> list[Undelivered]:
    """Return what is not delivered, oldest night first."""
    of_message = OUTBOX.join(DELIVERIES, DELIVERIES.c.message_id == OUTBOX.c.message_id)
    with store.read() as read:
        unrouted = read.execute(
            select(OUTBOX.c.as_of_date, func.count().label("messages"))
            .where(OUTBOX.c.routed_at.is_(None))
            .group_by(OUTBOX.c.as_of_date)
        )
        lines = [
            Undelivered(
                as_of_date=row.as_of_date,
                target=NO_TARGET,
                state=DeliveryState.PENDING,
                messages=row.messages,
                attempts=0,
                next_attempt_at=None,
                last_result=None,
            )
            for row in unrouted
        ]
        counted = read.execute(
            select(
                OUTBOX.c.as_of_date,
                DELIVERIES.c.target,
                DELIVERIES.c.state,
                func.count().label("messages"),
                func.max(DELIVERIES.c.attempts).label("attempts"),
                func.min(DELIVERIES.c.next_attempt_at).label("next_attempt_at"),
                func.max(DELIVERIES.c.last_result).label("last_result"),
            )
            .select_from(of_message)
            .where(DELIVERIES.c.state != DeliveryState.DELIVERED)
            .group_by(OUTBOX.c.as_of_date, DELIVERIES.c.target, DELIVERIES.c.state)
        ).mappings()
        lines += [Undelivered(**row) for row in counted]
    return sorted(lines, key=lambda line: (str(line.as_of_date or ""), line.target, line.state))
