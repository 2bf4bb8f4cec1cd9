"""Of those in need who came by another channel: what had the engine made of them before? Asked by ``zhaoren missed``.

They are no sample of all in need. A share here says where to look, not how many are missed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from sqlalchemy import Connection, Row, func, select

from models.resampling import Interval, wilson
from serving.explaining.answers import known_nights
from serving.store.tables.channels import INTAKE_FINDINGS, INTAKES, IntakeState
from serving.store.tables.lists import DECISIONS, EVENT_DECISIONS, EVENT_LISTS
from serving.store.tables.night import PUBLICATIONS

LOOK_BACK_DAYS = 90
"""Nights before a household came to us that count; earlier ones knew another household."""

IN_NEED = ("need_aid_started", "need_no_entitlement")


class Fate(StrEnum):
    """What the engine had made of a household, the most that it did in the look-back."""

    LISTED = "listed"
    ESCALATED = "escalated"
    SUPPRESSED = "suppressed"
    BELOW_THE_LINE = "below_the_line"
    NEVER_SCORED = "never_scored"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """A household confirmed in need that another channel brought. ``household_id`` None: not in the register."""

    channel: str
    came_on: date
    household_id: str | None


@dataclass(frozen=True, kw_only=True)
class Share:
    """How many had one fate, and the share of all with its 95 % Wilson interval."""

    channel: str
    fate: Fate
    why: str
    households: int
    interval: Interval


@dataclass(frozen=True, kw_only=True)
class Missed:
    """The review of a period. ``of`` are the confirmed by channel; ``unconfirmed`` nobody has looked at yet.

    ``unknown`` counts, among all, those whose household nobody knows: they have no case.
    """

    first: date
    last: date
    of: Mapping[str, int]
    unconfirmed: int
    unknown: int
    shares: tuple[Share, ...]


def missed(read: Connection, *, home: Path, first: date, last: date) -> Missed:
    """Review who came by other channels from ``first`` to ``last``, both included.

    A household that came several times by one channel counts once, on its first day.
    """
    rows = _newest(read, first=first, last=last)
    confirmed = _confirmed(rows)
    nights = known_nights(home)
    fates: Counter[tuple[str, Fate, str]] = Counter()
    for one in confirmed:
        fate, why = _fate(read, one, home=home, nights=nights)
        fates[one.channel, fate, why] += 1
    of = Counter(one.channel for one in confirmed)
    return Missed(
        first=first,
        last=last,
        of=dict(sorted(of.items())),
        unconfirmed=sum(row.finding is None for row in rows),
        unknown=sum(row.household_id is None for row in rows),
        shares=tuple(
            Share(
                channel=channel,
                fate=fate,
                why=why,
                households=count,
                interval=wilson(count, of=of[channel]),
            )
            for (channel, fate, why), count in sorted(fates.items())
        ),
    )


def _newest(read: Connection, *, first: date, last: date) -> Sequence[Row[Any]]:
    """Return the newest finding of every intake of the period."""
    newest = (
        select(INTAKE_FINDINGS.c.intake_id, func.max(INTAKE_FINDINGS.c.version).label("version"))
        .group_by(INTAKE_FINDINGS.c.intake_id)
        .subquery()
    )
    return read.execute(
        select(INTAKES.c.channel, INTAKES.c.came_on, INTAKES.c.intake_id, INTAKE_FINDINGS)
        .join(INTAKE_FINDINGS, INTAKE_FINDINGS.c.intake_id == INTAKES.c.intake_id)
        .join(
            newest,
            (newest.c.intake_id == INTAKE_FINDINGS.c.intake_id)
            & (newest.c.version == INTAKE_FINDINGS.c.version),
        )
        .where(INTAKES.c.state == IntakeState.ACCEPTED, INTAKES.c.came_on.between(first, last))
        .order_by(INTAKES.c.came_on, INTAKES.c.intake_id)
    ).all()


def _confirmed(rows: Sequence[Row[Any]]) -> list[Confirmed]:
    found: dict[tuple[str, str], Confirmed] = {}
    for row in rows:
        if row.finding in IN_NEED:
            key = (row.channel, row.household_id or f"intake {row.intake_id}")
            found.setdefault(
                key,
                Confirmed(channel=row.channel, came_on=row.came_on, household_id=row.household_id),
            )
    return list(found.values())


def _fate(
    read: Connection, one: Confirmed, *, home: Path, nights: Sequence[date]
) -> tuple[Fate, str]:
    """Return what was made of a household on the nights before it came to us, and why."""
    since = one.came_on - timedelta(days=LOOK_BACK_DAYS)
    before = [night for night in nights if since <= night < one.came_on]
    if one.household_id is None or not before:
        return Fate.UNKNOWN, "no_number" if one.household_id is None else "no_night"
    rows = read.execute(
        select(DECISIONS.c.decision, DECISIONS.c.reason, DECISIONS.c.as_of_date)
        .join(
            PUBLICATIONS,
            (PUBLICATIONS.c.as_of_date == DECISIONS.c.as_of_date)
            & (PUBLICATIONS.c.publish_seq == DECISIONS.c.publish_seq),
        )
        .where(
            PUBLICATIONS.c.is_current,
            DECISIONS.c.household_id == one.household_id,
            DECISIONS.c.as_of_date >= since,
            DECISIONS.c.as_of_date < one.came_on,
        )
        .order_by(DECISIONS.c.as_of_date.desc())
    ).all()
    for fate, decisions in _OF_DECISIONS.items():
        for row in rows:
            if row.decision in decisions:
                return fate, str(row.reason)
    if _listed_for_event(read, one.household_id, since=since, until=one.came_on):
        return Fate.LISTED, "event"
    if any(_was_scored(home, night, one.household_id) for night in reversed(before)):
        return Fate.BELOW_THE_LINE, rows[0].reason if rows else "ranked_too_low"
    return Fate.NEVER_SCORED, ""


_OF_DECISIONS: Mapping[Fate, tuple[str, ...]] = {
    Fate.LISTED: ("alerted", "explored"),
    Fate.ESCALATED: ("escalated",),
    Fate.SUPPRESSED: ("suppressed",),
}


def _listed_for_event(read: Connection, household_id: str, *, since: date, until: date) -> bool:
    found = read.scalar(
        select(EVENT_DECISIONS.c.household_id)
        .join(EVENT_LISTS, EVENT_LISTS.c.list_id == EVENT_DECISIONS.c.list_id)
        .where(
            EVENT_DECISIONS.c.household_id == household_id,
            EVENT_DECISIONS.c.decision == "listed",
            EVENT_LISTS.c.as_of_date >= since,
            EVENT_LISTS.c.as_of_date < until,
        )
        .limit(1)
    )
    return found is not None


def _was_scored(home: Path, night: date, household_id: str) -> bool:
    path = home / "matrices" / f"{night.isoformat()}.parquet"
    wanted = [("household_id", "==", household_id)]
    return bool(pq.read_table(path, columns=["household_id"], filters=wanted).num_rows)
