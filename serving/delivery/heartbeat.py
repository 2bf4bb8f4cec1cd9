"""The watch over the night: the list that never came, and what of it went nowhere.

``zhaoren heartbeat`` calls it from its own scheduler; it needs nothing of the night but the store. What it
finds is told to operators once, and again only when it is something else.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, insert, select

from serving.access.members import in_force
from serving.delivery.balance import balances
from serving.store import Store
from serving.store.schema import (
    DELIVERIES,
    DIGESTS,
    LISTS,
    MEMBERS,
    OUTBOX,
    PUBLICATIONS,
    TOLD,
    UNNAMED,
    DeliveryState,
    DigestState,
)

LATE_AFTER = timedelta(hours=1)
"""A message that is not delivered an hour after it was due at the latest is told of."""


class Trouble(StrEnum):
    """What can be wrong in the morning."""

    LIST_MISSING = "list_missing"
    NOT_ANNOUNCED = "not_announced"
    MESSAGES_DEAD = "messages_dead"
    MESSAGES_LATE = "messages_late"
    DIGESTS_FAILED = "digests_failed"
    NOBODY_SIGNS_IN = "nobody_signs_in"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing an operator must know. ``sentence`` holds counts and dates only."""

    trouble: Trouble
    as_of_date: date
    sentence: str

    @property
    def about(self) -> str:
        """What makes it the same news as before."""
        return f"{self.trouble}/{self.as_of_date.isoformat()}"


def expected_date(*, now: datetime, zone: ZoneInfo, ready_hour: int) -> date:
    """Return the date whose list must be there ``now``: today's from ``ready_hour`` on."""
    local = now.astimezone(zone)
    return local.date() if local.hour >= ready_hour else local.date() - timedelta(days=1)


def look(store: Store, *, now: datetime, zone: ZoneInfo, ready_hour: int) -> list[Finding]:
    """Return what is wrong with the night whose list must be there now."""
    day = expected_date(now=now, zone=zone, ready_hour=ready_hour)
    with store.read() as read:
        if not _is_published(read, day):
            return [
                Finding(
                    trouble=Trouble.LIST_MISSING,
                    as_of_date=day,
                    sentence=f"the list of {day} is not there at {now.astimezone(zone):%H:%M};"
                    " see `zhaoren status`",
                )
            ]
        return [
            *_not_announced(read, day),
            *_undelivered(read, day, now=now),
            *_digests(read, day),
            *_unopened(read, day, now=now),
        ]


def not_told_yet(store: Store, findings: list[Finding]) -> list[Finding]:
    """Return those operators were not told of."""
    with store.read() as read:
        told = set(read.scalars(select(TOLD.c.about)))
    return [finding for finding in findings if finding.about not in told]


def note_told(store: Store, findings: list[Finding], *, now: datetime) -> None:
    """Remember that operators were told."""
    with store.write() as work:
        told = set(work.scalars(select(TOLD.c.about)))
        rows = [{"about": one.about, "told_at": now} for one in findings if one.about not in told]
        if rows:
            work.execute(insert(TOLD), rows)


def _is_published(read: Connection, day: date) -> bool:
    return (
        read.scalar(
            select(func.count())
            .select_from(PUBLICATIONS)
            .where(PUBLICATIONS.c.as_of_date == day, PUBLICATIONS.c.is_current)
        )
        == 1
    )


def _not_announced(read: Connection, day: date) -> list[Finding]:
    return [
        Finding(
            trouble=Trouble.NOT_ANNOUNCED,
            as_of_date=day,
            sentence=f"of {day}, {balance.published} grids have lists and {balance.announced} are"
            " announced; run `zhaoren outbox reconcile`",
        )
        for balance in balances(read, as_of_date=day)
        if balance.published != balance.announced
    ]


def _undelivered(read: Connection, day: date, *, now: datetime) -> list[Finding]:
    of_day = (
        select(func.count())
        .select_from(DELIVERIES.join(OUTBOX, OUTBOX.c.message_id == DELIVERIES.c.message_id))
        .where(OUTBOX.c.as_of_date == day)
    )
    dead = read.scalar(of_day.where(DELIVERIES.c.state == DeliveryState.DEAD)) or 0
    late = (
        read.scalar(
            of_day.where(
                DELIVERIES.c.state == DeliveryState.PENDING,
                OUTBOX.c.created_at <= now - LATE_AFTER,
            )
        )
        or 0
    )
    found = []
    if dead:
        found.append(
            Finding(
                trouble=Trouble.MESSAGES_DEAD,
                as_of_date=day,
                sentence=f"{dead} messages of {day} were given up on; see `zhaoren outbox show`",
            )
        )
    if late:
        found.append(
            Finding(
                trouble=Trouble.MESSAGES_LATE,
                as_of_date=day,
                sentence=f"{late} messages of {day} still wait; see `zhaoren outbox show`",
            )
        )
    return found


def _digests(read: Connection, day: date) -> list[Finding]:
    failed = read.scalar(
        select(func.count())
        .select_from(DIGESTS)
        .where(DIGESTS.c.as_of_date == day, DIGESTS.c.state == DigestState.FAILED)
    )
    if not failed:
        return []
    return [
        Finding(
            trouble=Trouble.DIGESTS_FAILED,
            as_of_date=day,
            sentence=f"{failed} digests of {day} reached nobody; see `zhaoren digests show`",
        )
    ]


def _unopened(read: Connection, day: date, *, now: datetime) -> list[Finding]:
    """Find lists named for people who cannot sign in; where nobody of their role does, lists go out on paper."""
    of_the_role = select(MEMBERS.c.member_id).where(MEMBERS.c.role == LISTS.c.role, in_force(now))
    theirs = of_the_role.where(MEMBERS.c.worker_id == LISTS.c.worker_id)
    lists = read.scalar(
        select(func.count())
        .select_from(LISTS)
        .where(
            LISTS.c.as_of_date == day,
            LISTS.c.worker_id != UNNAMED,
            of_the_role.exists(),
            ~theirs.exists(),
        )
    )
    if not lists:
        return []
    return [
        Finding(
            trouble=Trouble.NOBODY_SIGNS_IN,
            as_of_date=day,
            sentence=f"{lists} lists of {day} are named for people who are no members in that role; compare"
            " feed staff_capacity with `zhaoren members list`",
        )
    ]
