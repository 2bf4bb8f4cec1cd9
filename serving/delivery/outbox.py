"""News waiting to be sent: written with the publication it announces, sent afterwards, at least once."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import Connection, delete, func, insert, select, update

from serving.canonical import Json, canonical_json
from serving.delivery.poster import Attempt, Poster, Result
from serving.failpoints import failpoint
from serving.lots import lot
from serving.store import Store
from serving.store.schema import DISABLED_TARGETS, OUTBOX, MessageState

_MESSAGES = UUID("2c4ad0a5-1f0b-5f7e-9c55-6f6a5a0a2c8e")
CLAIM = timedelta(minutes=2)
UNREACHABLE_IN_A_ROW = 5
RETRY_AFTER = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Waits between attempts; after the last one the message is dead and waits for a person."""

_JITTER = 0.2

Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message: which lists of which grid are ready. Nothing in it is about a household."""

    message_id: str
    grid_id: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What one round of sending came to. ``halted`` says why it stopped early, if it did."""

    delivered: int = 0
    to_retry: int = 0
    dead: int = 0
    waiting: int = 0
    halted: str | None = None

    @property
    def sentence(self) -> str:
        """One line for the operator."""
        told = f"{self.delivered} delivered, {self.to_retry} to retry, {self.dead} dead, {self.waiting} waiting"
        return f"{told}; {self.halted}" if self.halted else told


def announce(
    *,
    as_of_date: date,
    publish_seq: int,
    published_at: datetime,
    counts: Mapping[str, Mapping[str, int]],
) -> list[Message]:
    """Return one message per grid; ``counts`` is entries by role by grid."""
    return [
        Message(
            message_id=f"msg_{uuid5(_MESSAGES, f'{as_of_date}/{publish_seq}/{grid_id}').hex}",
            grid_id=grid_id,
            body=_body(as_of_date, publish_seq, published_at, grid_id, roles),
        )
        for grid_id, roles in sorted(counts.items())
    ]


def enqueue(
    work: Connection,
    messages: Sequence[Message],
    *,
    as_of_date: date,
    publish_seq: int,
    now: datetime,
) -> None:
    """Write the messages in the caller's transaction: with the publication, or not at all."""
    if not messages:
        return
    work.execute(
        insert(OUTBOX),
        [
            {
                "message_id": message.message_id,
                "as_of_date": as_of_date,
                "publish_seq": publish_seq,
                "grid_id": message.grid_id,
                "body": message.body,
                "state": MessageState.PENDING,
                "created_at": now,
                "attempts": 0,
                "next_attempt_at": now,
            }
            for message in messages
        ],
    )


def send_due(
    store: Store, *, poster: Poster | None, clock: Clock, progress: Callable[[str], None]
) -> Sent:
    """Try every message that is due once, in the order they were written.

    A message is claimed before it is sent: a second sender leaves it alone, and a crash between
    sending and marking repeats it after :data:`CLAIM` under the same id. Several unreachable answers
    in a row end the round: the receiver is down, and the others can wait with it.
    """
    if poster is None:
        return Sent(waiting=_pending(store), halted="no webhook target is configured")
    disabled = _disabled(store, poster.url)
    if disabled:
        return Sent(waiting=_pending(store), halted=f"the target is disabled ({disabled})")
    return asyncio.run(_send_due(store, poster, clock, progress))


async def _send_due(
    store: Store, poster: Poster, clock: Clock, progress: Callable[[str], None]
) -> Sent:
    delivered = to_retry = dead = unreachable = 0
    halted = None
    async with poster:
        while (claimed := _claim(store, now=clock())) is not None:
            message_id, body, attempts = claimed
            failpoint("send.claimed")
            attempt = await poster.post(message_id=message_id, body=body.encode(), now=clock())
            failpoint("send.delivered")
            state = _settle(store, message_id, attempt, attempts=attempts, now=clock())
            failpoint("send.marked")
            delivered += state is MessageState.DELIVERED
            dead += state is MessageState.DEAD
            to_retry += state is MessageState.PENDING
            progress(f"webhooks: {delivered} delivered, {to_retry} to retry, {dead} dead")
            if attempt.result is Result.GONE:
                _disable(store, poster.url, reason=attempt.told, now=clock())
                halted = "the receiver answered 410 Gone: the target is disabled"
                break
            unreachable = unreachable + 1 if attempt.result is Result.UNREACHABLE else 0
            if unreachable == UNREACHABLE_IN_A_ROW:
                halted = f"the receiver was unreachable {unreachable} times in a row"
                break
    return Sent(
        delivered=delivered, to_retry=to_retry, dead=dead, waiting=_pending(store), halted=halted
    )


def revive(store: Store, *, url: str | None, now: datetime) -> int:
    """Queue every dead message again, in order, and enable ``url``; return how many."""
    with store.write() as connection:
        if url is not None:
            connection.execute(delete(DISABLED_TARGETS).where(DISABLED_TARGETS.c.url == url))
        revived = connection.execute(
            update(OUTBOX)
            .where(OUTBOX.c.state == MessageState.DEAD)
            .values(state=MessageState.PENDING, attempts=0, next_attempt_at=now, settled_at=None)
        )
        return revived.rowcount


def wait_before(*, attempts: int, message_id: str, asked: timedelta | None) -> timedelta | None:
    """Return how long to wait after the ``attempts``-th attempt failed; None: give up.

    The wait is stretched by up to a fifth, differently for every message, so that a receiver that
    comes back is not met by all of them at once. ``asked`` is the receiver's Retry-After.
    """
    if attempts > len(RETRY_AFTER):
        return None
    planned = RETRY_AFTER[attempts - 1]
    share = lot(seed="retry", as_of_date=date.min, key=f"{message_id}/{attempts}")
    stretched = planned * (1 + _JITTER * share)
    return max(stretched, asked) if asked is not None else stretched


def _claim(store: Store, *, now: datetime) -> tuple[str, str, int] | None:
    with store.write() as connection:
        row = connection.execute(
            select(OUTBOX.c.message_id, OUTBOX.c.body, OUTBOX.c.attempts)
            .where(OUTBOX.c.state == MessageState.PENDING, OUTBOX.c.next_attempt_at <= now)
            .order_by(OUTBOX.c.created_at, OUTBOX.c.grid_id)
            .limit(1)
        ).one_or_none()
        if row is None:
            return None
        connection.execute(
            update(OUTBOX)
            .where(OUTBOX.c.message_id == row.message_id)
            .values(attempts=row.attempts + 1, next_attempt_at=now + CLAIM)
        )
        return row.message_id, row.body, row.attempts + 1


def _settle(
    store: Store, message_id: str, attempt: Attempt, *, attempts: int, now: datetime
) -> MessageState:
    state, next_attempt_at = MessageState.DELIVERED, now
    if attempt.result is not Result.DELIVERED:
        wait = wait_before(attempts=attempts, message_id=message_id, asked=attempt.retry_after)
        hopeless = attempt.result in (Result.GONE, Result.FORBIDDEN) or wait is None
        state = MessageState.DEAD if hopeless else MessageState.PENDING
        next_attempt_at = now + wait if wait is not None and not hopeless else now
    with store.write() as connection:
        connection.execute(
            update(OUTBOX)
            .where(OUTBOX.c.message_id == message_id)
            .values(
                state=state,
                next_attempt_at=next_attempt_at,
                last_result=attempt.told[:64],
                settled_at=None if state is MessageState.PENDING else now,
            )
        )
    return state


def _pending(store: Store) -> int:
    with store.read() as connection:
        return (
            connection.scalar(
                select(func.count())
                .select_from(OUTBOX)
                .where(OUTBOX.c.state == MessageState.PENDING)
            )
            or 0
        )


def _disabled(store: Store, url: str) -> str | None:
    with store.read() as connection:
        reason: str | None = connection.scalar(
            select(DISABLED_TARGETS.c.reason).where(DISABLED_TARGETS.c.url == url)
        )
        return reason


def _disable(store: Store, url: str, *, reason: str, now: datetime) -> None:
    with store.write() as connection:
        connection.execute(
            insert(DISABLED_TARGETS).values(url=url, disabled_at=now, reason=reason[:64])
        )


def _body(
    as_of_date: date,
    publish_seq: int,
    published_at: datetime,
    grid_id: str,
    roles: Mapping[str, int],
) -> str:
    lists: list[Json] = [
        {"role": role, "entries": entries} for role, entries in sorted(roles.items())
    ]
    return canonical_json(
        {
            "type": "list.published",
            "timestamp": published_at.isoformat(timespec="seconds"),
            "data": {
                "as_of_date": as_of_date.isoformat(),
                "grid_id": grid_id,
                "lists": lists,
                "path": f"/v1/lists/{as_of_date.isoformat()}/{grid_id}",
                "publish_seq": publish_seq,
            },
        }
    ).decode()
