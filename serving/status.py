"""What an operator wants to know in the morning: what ran, what is late, what was not delivered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from serving.ledger.runs import Publication, latest_publication
from serving.store import Store
from serving.store.schema import (
    CASES,
    DELIVERIES,
    DISABLED_TARGETS,
    OUTBOX,
    OUTCOMES,
    RUN_STEPS,
    RUNS,
    CaseState,
    DeliveryState,
)

RUNS_SHOWN = 5


@dataclass(frozen=True, kw_only=True)
class RunLine:
    """One run of the ledger. ``step`` is the last one begun; ``error`` says why it ended early."""

    as_of_date: date
    attempt: int
    state: str
    started_at: datetime
    finished_at: datetime | None
    step: str | None
    error: str | None


@dataclass(frozen=True, kw_only=True)
class Status:
    """The state of one deployment, read from the store alone."""

    last: Publication | None
    runs: tuple[RunLine, ...]
    messages: Mapping[str, int]
    oldest_waiting: datetime | None
    disabled_targets: Mapping[str, str]
    outcomes: Mapping[str, int]

    @property
    def dead(self) -> int:
        """Messages given up on: they wait for a person."""
        return self.messages.get(DeliveryState.DEAD.value, 0)


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Cases that are open, and those nobody came to in time, by who holds them now."""

    open: Mapping[str, int]
    overdue: Mapping[str, int]
    oldest_due: datetime | None


def read_backlog(store: Store, *, now: datetime) -> Backlog:
    """Count the open cases and the overdue ones."""
    by_level = (
        select(CASES.c.level, func.count())
        .where(CASES.c.state != CaseState.CLOSED)
        .group_by(CASES.c.level)
    )
    is_overdue = CASES.c.due_at <= now
    with store.read() as read:
        return Backlog(
            open={row[0]: row[1] for row in read.execute(by_level)},
            overdue={row[0]: row[1] for row in read.execute(by_level.where(is_overdue))},
            oldest_due=read.scalar(
                select(func.min(CASES.c.due_at)).where(
                    CASES.c.state != CaseState.CLOSED, is_overdue
                )
            ),
        )


def read_status(store: Store) -> Status:
    """Return the status."""
    last = latest_publication(store)
    last_step = (
        select(RUN_STEPS.c.step)
        .where(RUN_STEPS.c.run_id == RUNS.c.run_id)
        .order_by(RUN_STEPS.c.place.desc())
        .limit(1)
        .scalar_subquery()
    )
    columns = [RUNS.c[name] for name in RunLine.__dataclass_fields__ if name != "step"]
    with store.read() as connection:
        runs = connection.execute(
            select(*columns, last_step.label("step"))
            .order_by(RUNS.c.fence.desc())
            .limit(RUNS_SHOWN)
        ).mappings()
        return Status(
            last=last,
            runs=tuple(RunLine(**row) for row in runs),
            messages=_messages(connection),
            oldest_waiting=connection.scalar(
                select(func.min(OUTBOX.c.created_at))
                .outerjoin(DELIVERIES, DELIVERIES.c.message_id == OUTBOX.c.message_id)
                .where(OUTBOX.c.routed_at.is_(None) | (DELIVERIES.c.state == DeliveryState.PENDING))
            ),
            disabled_targets={
                row.target: row.reason for row in connection.execute(select(DISABLED_TARGETS))
            },
            outcomes={
                row[0]: row[1]
                for row in connection.execute(
                    select(OUTCOMES.c.state, func.count()).group_by(OUTCOMES.c.state)
                )
            },
        )


def _messages(read: Connection) -> Mapping[str, int]:
    """Count deliveries by state; messages that no target was there for yet are ``unrouted``."""
    counts = {
        row[0]: row[1]
        for row in read.execute(
            select(DELIVERIES.c.state, func.count()).group_by(DELIVERIES.c.state)
        )
    }
    unrouted = read.scalar(
        select(func.count()).select_from(OUTBOX).where(OUTBOX.c.routed_at.is_(None))
    )
    return counts | ({"unrouted": unrouted} if unrouted else {})
