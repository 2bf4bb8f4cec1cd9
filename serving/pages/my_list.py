"""What the list page shows of a visitor's lists: the cards in order, and what was recorded already."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Select, null, select

from serving.store.schema import (
    ALERTS,
    ATTEMPTS,
    CASES,
    NOTES,
    OUTCOMES,
    AttemptState,
    CaseState,
    OutcomeState,
)

MOST_HOUSEHOLDS = 40
"""A phone never holds more, whoever's it is."""

MOST_LISTS = 5
"""A supervisor of a street opens one list after the other, not all of them on a phone."""

ORDERS = ("urgency", "route")


class Kind(StrEnum):
    """What can be recorded from a card, in the order its forms stand there."""

    OUTCOME = "outcome"
    ATTEMPT = "attempt"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """The latest of a kind received for a door. ``code`` is the finding or the try, None for a note;
    ``at`` is the bureau's time in words."""

    code: str | None
    at: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """One door. ``ids`` are what a browser without script sends its forms under."""

    entry: Mapping[str, Any]
    recorded: Mapping[Kind, Recorded]
    ids: Mapping[Kind, str]


@dataclass(frozen=True, kw_only=True)
class ShownList:
    """One list as published, with its cards in the order asked for."""

    header: Mapping[str, Any]
    cards: tuple[Card, ...]


def my_lists(
    whole: Connection,
    lists: Sequence[Mapping[str, Any]],
    *,
    worker_id: str,
    order: str,
    zone: ZoneInfo,
) -> tuple[ShownList, ...]:
    """Return ``lists`` (as published, for the caller) with :data:`MOST_HOUSEHOLDS` cards at most in all.

    Of notes, only those of ``worker_id`` are told: who else may read one is decided household by household.
    """
    shown: list[ShownList] = []
    left = MOST_HOUSEHOLDS
    for found in lists:
        entries: list[Mapping[str, Any]] = found["entries"][:left]
        recorded = _recorded(whole, [entry["alert_id"] for entry in entries], worker_id, zone)
        if order == "route":
            entries = sorted(entries, key=lambda entry: (entry["address_id"] or "", entry["rank"]))
        cards = tuple(
            Card(
                entry=entry,
                recorded=recorded.get(entry["alert_id"], {}),
                ids={kind: str(uuid4()) for kind in Kind},
            )
            for entry in entries
        )
        shown.append(ShownList(header=found["header"], cards=cards))
        left -= len(entries)
        if left == 0:
            break
    return tuple(shown)


def _recorded(
    whole: Connection, alerts: list[str], worker_id: str, zone: ZoneInfo
) -> dict[str, dict[Kind, Recorded]]:
    found: dict[str, dict[Kind, Recorded]] = {}
    for kind, query in _latest(alerts, worker_id):
        for alert_id, code, at in whole.execute(query):
            told = Recorded(code=code, at=f"{at.astimezone(zone):%m-%d %H:%M}")
            found.setdefault(alert_id, {})[kind] = told
    return found


def _latest(alerts: list[str], worker_id: str) -> Iterator[tuple[Kind, Select[Any]]]:
    """Yield what asks for everything of a kind recorded for ``alerts``: alert, code and time, oldest first."""
    outcomes = select(OUTCOMES.c.alert_id, OUTCOMES.c.finding, OUTCOMES.c.recorded_at)
    yield (
        Kind.OUTCOME,
        outcomes.where(
            OUTCOMES.c.alert_id.in_(alerts), OUTCOMES.c.state == OutcomeState.ACCEPTED
        ).order_by(OUTCOMES.c.recorded_at),
    )
    # Tries and notes are kept with the household's open case, whichever of its alerts they came from.
    open_case = (CASES.c.household_id == ALERTS.c.household_id) & (
        CASES.c.state != CaseState.CLOSED
    )
    tried = ATTEMPTS.c.channel + "." + ATTEMPTS.c.result
    yield (
        Kind.ATTEMPT,
        select(ALERTS.c.alert_id, tried, ATTEMPTS.c.recorded_at)
        .join(CASES, open_case)
        .join(ATTEMPTS, ATTEMPTS.c.case_id == CASES.c.case_id)
        .where(ALERTS.c.alert_id.in_(alerts), ATTEMPTS.c.state == AttemptState.ACCEPTED)
        .order_by(ATTEMPTS.c.recorded_at),
    )
    yield (
        Kind.NOTE,
        select(ALERTS.c.alert_id, null(), NOTES.c.recorded_at)
        .join(CASES, open_case)
        .join(NOTES, NOTES.c.case_id == CASES.c.case_id)
        .where(ALERTS.c.alert_id.in_(alerts), NOTES.c.worker_id == worker_id)
        .order_by(NOTES.c.recorded_at),
    )
