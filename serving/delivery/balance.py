"""Whether the books of a night close: published = announced, announced = delivered + dead + waiting.

``zhaoren outbox audit`` and the heartbeat read the counts; ``zhaoren outbox reconcile`` makes good what is
missing (:func:`reconcile`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from serving.delivery.outbox import PublishedGrid, announce, enqueue
from serving.delivery.replaying import catch_up
from serving.delivery.routing import route
from serving.delivery.targets import Target
from serving.store import Store
from serving.store.schema import (
    ALERTS,
    DELIVERIES,
    LISTS,
    ON_ITS_LIST,
    OUTBOX,
    PUBLICATIONS,
    DeliveryState,
)


@dataclass(frozen=True, kw_only=True)
class Balance:
    """One night's counts. ``published`` and ``announced`` count grids; the rest count by target."""

    as_of_date: date
    published: int
    announced: int
    unrouted: int
    by_target: Mapping[str, Mapping[str, int]]

    @property
    def is_closed(self) -> bool:
        """Whether every published grid is announced and nothing waits or was given up on."""
        open_states = (DeliveryState.PENDING.value, DeliveryState.DEAD.value)
        return (
            self.published == self.announced
            and not self.unrouted
            and not any(
                counts.get(state) for counts in self.by_target.values() for state in open_states
            )
        )


@dataclass(frozen=True, kw_only=True)
class Reconciled:
    """What was missing and was written: messages of published lists, deliveries of messages."""

    messages: int
    deliveries: int


def balances(
    read: Connection, *, as_of_date: date | None = None, since: date | None = None
) -> list[Balance]:
    """Return the counts of one night, or of all nights from ``since`` on, oldest first."""
    nights = select(PUBLICATIONS.c.as_of_date, PUBLICATIONS.c.publish_seq).where(
        PUBLICATIONS.c.is_current
    )
    if as_of_date is not None:
        nights = nights.where(PUBLICATIONS.c.as_of_date == as_of_date)
    if since is not None:
        nights = nights.where(PUBLICATIONS.c.as_of_date >= since)
    return [
        _balance(read, row.as_of_date, row.publish_seq)
        for row in read.execute(nights.order_by(PUBLICATIONS.c.as_of_date))
    ]


def reconcile(store: Store, *, targets: Sequence[Target], since: date, now: datetime) -> Reconciled:
    """Write the messages that published lists lack and the deliveries that messages lack."""
    messages = 0
    with store.write() as work:
        for night in balances(work, since=since):
            missing = _missing(work, night.as_of_date)
            for (publish_seq, published_at), grids in missing.items():
                messages += len(grids)
                enqueue(
                    work,
                    announce(
                        as_of_date=night.as_of_date,
                        publish_seq=publish_seq,
                        published_at=published_at,
                        grids=grids,
                    ),
                    now=now,
                )
    deliveries = route(store, targets=targets, now=now)
    deliveries += sum(catch_up(store, target=target, since=since, now=now) for target in targets)
    return Reconciled(messages=messages, deliveries=deliveries)


def _balance(read: Connection, as_of_date: date, publish_seq: int) -> Balance:
    of_night = (OUTBOX.c.as_of_date == as_of_date) & (OUTBOX.c.publish_seq == publish_seq)
    by_target: dict[str, dict[str, int]] = {}
    for target, state, count in read.execute(
        select(DELIVERIES.c.target, DELIVERIES.c.state, func.count())
        .join(OUTBOX, OUTBOX.c.message_id == DELIVERIES.c.message_id)
        .where(of_night)
        .group_by(DELIVERIES.c.target, DELIVERIES.c.state)
        .order_by(DELIVERIES.c.target)
    ):
        by_target.setdefault(target, {})[state] = count
    published = read.scalar(
        select(func.count(LISTS.c.grid_id.distinct())).where(
            LISTS.c.as_of_date == as_of_date, LISTS.c.publish_seq == publish_seq
        )
    )
    announced = read.scalar(select(func.count()).select_from(OUTBOX).where(of_night))
    unrouted = read.scalar(
        select(func.count()).select_from(OUTBOX).where(of_night, OUTBOX.c.routed_at.is_(None))
    )
    return Balance(
        as_of_date=as_of_date,
        published=published or 0,
        announced=announced or 0,
        unrouted=unrouted or 0,
        by_target=by_target,
    )


def _missing(read: Connection, as_of_date: date) -> dict[tuple[int, datetime], list[PublishedGrid]]:
    """Return what was published for grids that no message tells of."""
    entries = select(func.count()).select_from(ALERTS).where(ON_ITS_LIST).scalar_subquery()
    is_announced = (
        select(OUTBOX.c.message_id)
        .where(
            OUTBOX.c.as_of_date == LISTS.c.as_of_date,
            OUTBOX.c.publish_seq == LISTS.c.publish_seq,
            OUTBOX.c.grid_id == LISTS.c.grid_id,
        )
        .exists()
    )
    rows = read.execute(
        select(
            LISTS.c.publish_seq,
            PUBLICATIONS.c.published_at,
            LISTS.c.grid_id,
            LISTS.c.role,
            LISTS.c.area_path,
            entries.label("entries"),
        )
        .join(
            PUBLICATIONS,
            (PUBLICATIONS.c.as_of_date == LISTS.c.as_of_date)
            & (PUBLICATIONS.c.publish_seq == LISTS.c.publish_seq),
        )
        .where(LISTS.c.as_of_date == as_of_date, PUBLICATIONS.c.is_current, ~is_announced)
        .order_by(LISTS.c.grid_id, LISTS.c.role)
    )
    grids: dict[tuple[int, datetime, str, str], Counter[str]] = {}
    for row in rows:
        key = (row.publish_seq, row.published_at, row.grid_id, row.area_path)
        grids.setdefault(key, Counter())[row.role] += row.entries
    missing: dict[tuple[int, datetime], list[PublishedGrid]] = {}
    for (publish_seq, published_at, grid_id, place), counted in grids.items():
        missing.setdefault((publish_seq, published_at), []).append(
            PublishedGrid(grid_id=grid_id, place=place, entries=counted)
        )
    return missing
