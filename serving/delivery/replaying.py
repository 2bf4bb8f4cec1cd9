"""A person sends again what was given up on, or everything of a night; ``zhaoren outbox replay`` calls it."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import delete, select, update

from serving.delivery.routing import deliver_to
from serving.delivery.targets import Target
from serving.store import Store
from serving.store.schema import DELIVERIES, DISABLED_TARGETS, OUTBOX, DeliveryState


def revive(store: Store, *, targets: Sequence[Target], now: datetime) -> int:
    """Queue every dead delivery to ``targets`` again, in order, and enable them; return how many."""
    names = [target.name for target in targets]
    with store.write() as work:
        work.execute(delete(DISABLED_TARGETS).where(DISABLED_TARGETS.c.target.in_(names)))
        revived = work.execute(
            update(DELIVERIES)
            .where(DELIVERIES.c.state == DeliveryState.DEAD, DELIVERIES.c.target.in_(names))
            .values(state=DeliveryState.PENDING, attempts=0, next_attempt_at=now, settled_at=None)
        )
        return revived.rowcount


def catch_up(store: Store, *, target: Target, since: date, now: datetime) -> int:
    """Queue what ``target`` takes of the nights from ``since`` on and never had; return how many.

    For a target that was added after those nights.
    """
    with store.write() as work:
        had = select(DELIVERIES.c.message_id).where(DELIVERIES.c.target == target.name)
        missed = work.execute(
            select(OUTBOX)
            .where(
                OUTBOX.c.as_of_date >= since,
                OUTBOX.c.routed_at.is_not(None),
                OUTBOX.c.message_id.not_in(had),
            )
            .order_by(OUTBOX.c.created_at, OUTBOX.c.grid_id)
        ).all()
        wanted = [row for row in missed if target.wants(row.kind, row.place)]
        return deliver_to(work, target.name, wanted, now=now)
