"""News waiting to be sent: written with what it announces, in the same transaction, and never changed.

:mod:`serving.lists.publishing` announces lists here; :mod:`serving.delivery.routing` gives each message its
deliveries and :mod:`serving.delivery.relay` sends them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from sqlalchemy import Connection, insert

from serving.canonical import Json
from serving.delivery.envelopes import Kind, enveloped
from serving.store.schema import OUTBOX

_MESSAGES = UUID("2c4ad0a5-1f0b-5f7e-9c55-6f6a5a0a2c8e")


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message. ``place`` is the path of what it is about, ``grid_id`` whose turn it takes.

    ``as_of_date`` and ``publish_seq`` are those of the publication it announces; None: it announces none.
    """

    message_id: str
    kind: str
    grid_id: str
    place: str
    body: str
    as_of_date: date | None = None
    publish_seq: int | None = None


@dataclass(frozen=True, kw_only=True)
class PublishedGrid:
    """What was published for one grid: entries by role."""

    grid_id: str
    place: str
    entries: Mapping[str, int]


def message_id(*parts: object) -> str:
    """Return the id of the message about ``parts``, however often it is written."""
    return f"msg_{uuid5(_MESSAGES, '/'.join(map(str, parts))).hex}"


def announce(
    *, as_of_date: date, publish_seq: int, published_at: datetime, grids: Sequence[PublishedGrid]
) -> list[Message]:
    """Return one message per grid: which lists are ready, and where."""
    return [
        _announcement(as_of_date, publish_seq, published_at, grid)
        for grid in sorted(grids, key=lambda grid: grid.grid_id)
    ]


def enqueue(work: Connection, messages: Sequence[Message], *, now: datetime) -> None:
    """Write the messages in the caller's transaction: with what they announce, or not at all."""
    if messages:
        work.execute(
            insert(OUTBOX),
            [
                {
                    "message_id": message.message_id,
                    "kind": message.kind,
                    "as_of_date": message.as_of_date,
                    "publish_seq": message.publish_seq,
                    "grid_id": message.grid_id,
                    "place": message.place,
                    "body": message.body,
                    "created_at": now,
                }
                for message in messages
            ],
        )


def _announcement(
    as_of_date: date, publish_seq: int, published_at: datetime, grid: PublishedGrid
) -> Message:
    known_as = message_id(as_of_date, publish_seq, grid.grid_id)
    lists: list[Json] = [
        {"role": role, "entries": entries} for role, entries in sorted(grid.entries.items())
    ]
    body = enveloped(
        message_id=known_as,
        kind=Kind.LIST_PUBLISHED,
        at=published_at,
        place=grid.place,
        data={
            "as_of_date": as_of_date.isoformat(),
            "grid_id": grid.grid_id,
            "lists": lists,
            "path": f"/v1/lists/{as_of_date.isoformat()}/{grid.grid_id}",
            "publish_seq": publish_seq,
        },
    )
    return Message(
        message_id=known_as,
        kind=Kind.LIST_PUBLISHED,
        grid_id=grid.grid_id,
        place=grid.place,
        body=body,
        as_of_date=as_of_date,
        publish_seq=publish_seq,
    )
