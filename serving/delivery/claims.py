"""Deliveries are claimed before they are tried and settled after; the relay does both in one transaction.

A claim moves the next attempt two minutes away: another relay leaves the delivery alone, and if this one
dies between sending and settling, the delivery is tried again under the same id. ``attempts`` is the
fence: what came of an attempt counts only while no later attempt has begun.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update

from serving.delivery.poster import Attempt, Result
from serving.delivery.schedule import wait_before
from serving.store.schema import DELIVERIES, OUTBOX, DeliveryState

CLAIM = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One delivery that is ours for :data:`CLAIM`. ``attempt`` counts from 1."""

    message_id: str
    target: str
    body: str
    attempt: int


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What came of one attempt, and what follows."""

    claim: Claim
    attempt: Attempt
    state: DeliveryState
    settled_at: datetime
    next_attempt_at: datetime


def judge(claim: Claim, attempt: Attempt, *, now: datetime) -> Settlement:
    """Return what follows from ``attempt``: delivered, tried again later, or given up."""
    state, next_attempt_at = DeliveryState.DELIVERED, now
    if attempt.result is not Result.DELIVERED:
        wait = wait_before(
            attempts=claim.attempt, message_id=claim.message_id, asked=attempt.retry_after
        )
        if wait is None or attempt.result is Result.GONE:
            state = DeliveryState.DEAD
        else:
            state, next_attempt_at = DeliveryState.PENDING, now + wait
    return Settlement(
        claim=claim,
        attempt=attempt,
        state=state,
        settled_at=now,
        next_attempt_at=next_attempt_at,
    )


def claim_due(work: Connection, *, wanted: Mapping[str, int], now: datetime) -> list[Claim]:
    """Claim up to ``wanted[target]`` due deliveries of each target, lowest turns first."""
    claims = []
    for target, most in wanted.items():
        rows = work.execute(
            select(DELIVERIES.c.message_id, DELIVERIES.c.attempts, OUTBOX.c.body)
            .join(OUTBOX, OUTBOX.c.message_id == DELIVERIES.c.message_id)
            .where(
                DELIVERIES.c.target == target,
                DELIVERIES.c.state == DeliveryState.PENDING,
                DELIVERIES.c.next_attempt_at <= now,
            )
            .order_by(DELIVERIES.c.turn, DELIVERIES.c.created_at, DELIVERIES.c.grid_id)
            .limit(most)
            .with_for_update(skip_locked=True, of=DELIVERIES)
        )
        claims += [
            Claim(
                message_id=row.message_id,
                target=target,
                body=row.body,
                attempt=row.attempts + 1,
            )
            for row in rows
        ]
    if claims:
        work.execute(
            update(DELIVERIES)
            .where(
                DELIVERIES.c.message_id == bindparam("claimed"),
                DELIVERIES.c.target == bindparam("of_target"),
            )
            .values(attempts=bindparam("attempt"), next_attempt_at=now + CLAIM),
            [
                {"claimed": claim.message_id, "of_target": claim.target, "attempt": claim.attempt}
                for claim in claims
            ],
        )
    return claims


def settle(work: Connection, settlements: Sequence[Settlement]) -> None:
    """Write down what came of attempts; those that were overtaken by a later one change nothing.

    A delivery that arrived is delivered whoever else is trying it.
    """
    for fenced in (True, False):
        rows = [
            {
                "claimed": one.claim.message_id,
                "of_target": one.claim.target,
                "attempt": one.claim.attempt,
                "to_state": one.state,
                "due": one.next_attempt_at,
                "told": one.attempt.told[:64],
                "at": None if one.state is DeliveryState.PENDING else one.settled_at,
            }
            for one in settlements
            if (one.state is not DeliveryState.DELIVERED) == fenced
        ]
        if not rows:
            continue
        statement = update(DELIVERIES).where(
            DELIVERIES.c.message_id == bindparam("claimed"),
            DELIVERIES.c.target == bindparam("of_target"),
            DELIVERIES.c.state != DeliveryState.DELIVERED,
        )
        if fenced:
            statement = statement.where(DELIVERIES.c.attempts == bindparam("attempt"))
        else:
            rows = [{key: row[key] for key in row if key != "attempt"} for row in rows]
        work.execute(
            statement.values(
                state=bindparam("to_state"),
                next_attempt_at=bindparam("due"),
                last_result=bindparam("told"),
                settled_at=bindparam("at"),
            ),
            rows,
        )
