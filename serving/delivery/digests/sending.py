"""One digest per visitor and night: how many households are on their lists, and where to read them.

``zhaoren digests`` calls :func:`prepare` and :func:`send_due_digests`. A digest is marked before it is
handed over: if the process dies in between, nobody knows whether it arrived, and it is shown to an
operator rather than sent twice. Each failure is retried on its own.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection, Row, func, insert, select, update

from serving.access.members import memberships_of
from serving.delivery.digests.apprise_desk import Said
from serving.delivery.digests.gateways import Gateways
from serving.failpoints import failpoint
from serving.ledger.runs import Publication
from serving.store import Store
from serving.store.schema import ALERTS, DIGESTS, LISTS, ON_ITS_LIST, UNNAMED, DigestState
from serving.store.scopes import within

AT_ONCE = 8
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
UNCERTAIN_AFTER = timedelta(minutes=10)
"""A digest that is ``sending`` for longer belongs to a process that died."""

TITLE = "走访清单"


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What a digest says: households on the person's lists, and how many of them cannot wait."""

    lists: int
    entries: int
    urgent: int

    def text(self, *, as_of_date: date, link: str) -> str:
        """Return the digest: counts and a link, nothing about a household."""
        if not self.entries:
            return f"{as_of_date}：今日没有需要走访的家庭。{link}"
        urgent = f"，其中紧急 {self.urgent} 户" if self.urgent else ""
        return f"{as_of_date}：请走访 {self.entries} 户{urgent}。{link}"


@dataclass(frozen=True, kw_only=True)
class Handed:
    """What one round came to."""

    sent: int = 0
    to_retry: int = 0
    failed: int = 0


def counts_of(read: Connection, *, worker_id: str, night: Publication, now: datetime) -> Counts:
    """Count what is on the lists of a person's roles and places in ``night``."""
    lists = entries = urgent = 0
    for membership in memberships_of(read, worker_id=worker_id, now=now):
        if membership.path is None:
            continue
        of_night = (
            (LISTS.c.as_of_date == night.as_of_date)
            & (LISTS.c.publish_seq == night.publish_seq)
            & (LISTS.c.role == membership.role)
            & LISTS.c.worker_id.in_((UNNAMED, worker_id))
            & within(LISTS.c.area_path, (membership.path,))
        )
        lists += read.scalar(select(func.count()).select_from(LISTS).where(of_night)) or 0
        for lane, count in read.execute(
            select(ALERTS.c.lane, func.count())
            .join(LISTS, ON_ITS_LIST)
            .where(of_night)
            .group_by(ALERTS.c.lane)
        ):
            entries += count
            urgent += count if lane == "urgent" else 0
    return Counts(lists=lists, entries=entries, urgent=urgent)


def prepare(store: Store, gateways: Gateways, *, night: Publication, now: datetime) -> int:
    """Queue a digest for every contact who has a list in ``night`` and no digest yet; return how many."""
    with store.write() as work:
        had = set(
            work.scalars(
                select(DIGESTS.c.worker_id).where(DIGESTS.c.as_of_date == night.as_of_date)
            )
        )
        rows = [
            {
                "as_of_date": night.as_of_date,
                "worker_id": worker_id,
                "state": DigestState.PENDING,
                "attempts": 0,
                "next_attempt_at": now,
            }
            for worker_id in sorted(gateways.contacts.keys() - had)
            if counts_of(work, worker_id=worker_id, night=night, now=now).lists
        ]
        if rows:
            work.execute(insert(DIGESTS), rows)
    return len(rows)


def send_due_digests(
    store: Store, gateways: Gateways, *, night: Publication, clock: Callable[[], datetime]
) -> Handed:
    """Hand over the digests of ``night`` that are due, a few at a time.

    A gateway that takes so many a minute gets that many; the others wait for the next call.
    """
    states: Counter[DigestState] = Counter()
    with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
        for gateway in gateways.urls:
            people = gateways.people_of(gateway)
            room = gateways.per_minute.get(gateway, len(people))
            while room and (
                claimed := _claim(
                    store, night=night, people=people, most=min(room, AT_ONCE), now=clock()
                )
            ):
                room -= len(claimed)
                failpoint("digests.claimed")
                texts = [_text(store, gateways, row, night=night, now=clock()) for row in claimed]
                said = list(threads.map(partial(_tell, gateways), claimed, texts))
                failpoint("digests.handed_over")
                with store.write() as work:
                    for row, answer in zip(claimed, said, strict=True):
                        states[_settle(work, row, answer, now=clock())] += 1
    return Handed(
        sent=states[DigestState.SENT],
        to_retry=states[DigestState.PENDING],
        failed=states[DigestState.FAILED],
    )


def _claim(
    store: Store, *, night: Publication, people: set[str], most: int, now: datetime
) -> Sequence[Row[tuple[object, ...]]]:
    with store.write() as work:
        claimed = work.execute(
            select(DIGESTS)
            .where(
                DIGESTS.c.as_of_date == night.as_of_date,
                DIGESTS.c.state == DigestState.PENDING,
                DIGESTS.c.next_attempt_at <= now,
                DIGESTS.c.worker_id.in_(people),
            )
            .order_by(DIGESTS.c.worker_id)
            .limit(most)
            .with_for_update(skip_locked=True)
        ).all()
        if claimed:
            work.execute(
                update(DIGESTS)
                .where(
                    DIGESTS.c.as_of_date == night.as_of_date,
                    DIGESTS.c.worker_id.in_([row.worker_id for row in claimed]),
                )
                .values(
                    state=DigestState.SENDING,
                    attempts=DIGESTS.c.attempts + 1,
                    next_attempt_at=now,
                )
            )
        return claimed


def _text(
    store: Store,
    gateways: Gateways,
    row: Row[tuple[object, ...]],
    *,
    night: Publication,
    now: datetime,
) -> str:
    with store.read() as read:
        counts = counts_of(read, worker_id=row.worker_id, night=night, now=now)
    return counts.text(as_of_date=night.as_of_date, link=gateways.link)


def _tell(gateways: Gateways, row: Row[tuple[object, ...]], text: str) -> Said:
    return gateways.tell(row.worker_id, title=TITLE, body=text)


def _settle(
    work: Connection, row: Row[tuple[object, ...]], said: Said, *, now: datetime
) -> DigestState:
    state, again = DigestState.SENT, now
    if not said.is_accepted:
        is_last = row.attempts >= len(RETRY_AFTER)
        state = DigestState.FAILED if is_last else DigestState.PENDING
        again = now if is_last else now + RETRY_AFTER[row.attempts]
    work.execute(
        update(DIGESTS)
        .where(DIGESTS.c.as_of_date == row.as_of_date, DIGESTS.c.worker_id == row.worker_id)
        .values(
            state=state,
            last_result=said.told[:64],
            next_attempt_at=again,
            settled_at=None if state is DigestState.PENDING else now,
        )
    )
    return state
