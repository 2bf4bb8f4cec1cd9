"""What the list page shows of a visitor's lists: the cards in order, and what was answered already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from serving.store.schema import OUTCOMES, OutcomeState

MOST_HOUSEHOLDS = 40
"""A phone never holds more, whoever's it is."""

MOST_LISTS = 5
"""A supervisor of a street opens one list after the other, not all of them on a phone."""

ORDERS = ("urgency", "route")


@dataclass(frozen=True, kw_only=True)
class Answered:
    """The latest outcome received for an alert; ``at`` is the bureau's time in words."""

    finding: str
    at: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """One door. ``outcome_id`` is what a browser without script sends its form under."""

    entry: Mapping[str, Any]
    answered: Answered | None
    outcome_id: str


@dataclass(frozen=True, kw_only=True)
class ShownList:
    """One list as published, with its cards in the order asked for."""

    header: Mapping[str, Any]
    cards: tuple[Card, ...]


def my_lists(
    read: Connection, lists: Sequence[Mapping[str, Any]], *, order: str, zone: ZoneInfo
) -> tuple[ShownList, ...]:
    """Return ``lists`` (as published, for the caller) with :data:`MOST_HOUSEHOLDS` cards at most in all."""
    shown: list[ShownList] = []
    left = MOST_HOUSEHOLDS
    for found in lists:
        entries: list[Mapping[str, Any]] = found["entries"][:left]
        shown.append(
            ShownList(header=found["header"], cards=_cards(read, entries, order=order, zone=zone))
        )
        left -= len(entries)
        if left == 0:
            break
    return tuple(shown)


def _cards(
    read: Connection, entries: list[Mapping[str, Any]], *, order: str, zone: ZoneInfo
) -> tuple[Card, ...]:
    answered = _answered(read, [entry["alert_id"] for entry in entries], zone)
    if order == "route":
        entries = sorted(entries, key=lambda entry: (entry["address_id"] or "", entry["rank"]))
    return tuple(
        Card(entry=entry, answered=answered.get(entry["alert_id"]), outcome_id=str(uuid4()))
        for entry in entries
    )


def _answered(read: Connection, alerts: list[str], zone: ZoneInfo) -> dict[str, Answered]:
    rows = read.execute(
        select(OUTCOMES.c.alert_id, OUTCOMES.c.finding, OUTCOMES.c.recorded_at)
        .where(OUTCOMES.c.alert_id.in_(alerts), OUTCOMES.c.state == OutcomeState.ACCEPTED)
        .order_by(OUTCOMES.c.recorded_at)
    )
    return {
        row.alert_id: Answered(finding=row.finding, at=_told(row.recorded_at, zone)) for row in rows
    }


def _told(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%m-%d %H:%M}"
