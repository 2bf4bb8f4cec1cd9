"""Who looked at what, as a chain of hashes: written by the API before an answer leaves, checked by operators.

Every entry holds the hash of the one before, so a changed or missing entry breaks the chain at its place.
A chain alone does not show that its end was cut off; the anchors (:mod:`serving.access.anchors`) do.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from serving.canonical import Json, canonical_line
from serving.store.schema import AUDIT_ENTRIES
from serving.store.turns import take_turn

FIRST_HASH = "0" * 64
_AT_ONCE = 5_000

# Written once: every change and every view ends with them.
_NEWEST = (
    select(AUDIT_ENTRIES.c.seq, AUDIT_ENTRIES.c.hash).order_by(AUDIT_ENTRIES.c.seq.desc()).limit(1)
)
_ADD = insert(AUDIT_ENTRIES)


class Action(StrEnum):
    """What was done. ``list``: every household of a published list was shown at once."""

    LIST = "list"
    HOUSEHOLD = "household"
    REASONS = "reasons"
    EXPLAIN = "explain"
    SCORE = "score"
    CASE = "case"
    RECORDED = "recorded"
    REASSIGNED = "reassigned"
    DECIDED = "decided"
    AGGREGATES = "aggregates"
    AUDIT_READ = "audit_read"
    EXPORTED = "exported"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One entry to be. ``detail`` holds codes and counts, never a name or a fact about a household."""

    at: datetime
    actor: str
    action: Action
    household_id: str | None = None
    detail: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Head:
    """The newest entry: how many there are, and the hash that stands for all of them."""

    seq: int
    hash: str


@dataclass(frozen=True, kw_only=True)
class Break:
    """Where the chain breaks first, and how."""

    seq: int
    told: str


def saw_list(
    *, actor: str, as_of_date: date, grid_id: str, role: str, entries: int, at: datetime
) -> Seen:
    """Return the entry for a published list that was shown; its alerts say which households those are."""
    return Seen(
        at=at,
        actor=actor,
        action=Action.LIST,
        detail={
            "as_of_date": as_of_date.isoformat(),
            "entries": entries,
            "grid_id": grid_id,
            "role": role,
        },
    )


def saw_household(*, actor: str, action: Action, household_id: str, at: datetime) -> Seen:
    """Return the entry for one household that was shown."""
    return Seen(at=at, actor=actor, action=action, household_id=household_id)


def append(work: Connection, seen: Sequence[Seen]) -> None:
    """Add entries to the end of the chain."""
    take_turn(work, "audit")
    newest = head(work)
    seq, prev = newest.seq, newest.hash
    rows: list[dict[str, object]] = []
    for one in seen:
        seq += 1
        detail = canonical_line(one.detail)
        digest = _hash(prev, seq, one.at, one.actor, one.action.value, one.household_id, detail)
        rows.append(
            {
                "seq": seq,
                "at": one.at,
                "actor": one.actor,
                "action": one.action.value,
                "household_id": one.household_id,
                "detail": detail,
                "prev_hash": prev,
                "hash": digest,
            }
        )
        prev = digest
    if rows:
        work.execute(_ADD, rows)


def head(read: Connection) -> Head:
    """Return the newest entry's number and hash; number 0 before the first."""
    row = read.execute(_NEWEST).one_or_none()
    return Head(seq=0, hash=FIRST_HASH) if row is None else Head(seq=row.seq, hash=row.hash)


def first_break(read: Connection) -> Break | None:
    """Return where the chain breaks first; None if it holds from the first entry to the newest."""
    expected, prev = 1, FIRST_HASH
    for row in _entries(read):
        if row.seq != expected:
            gone = f"{expected}" if row.seq == expected + 1 else f"{expected} to {row.seq - 1}"
            return Break(seq=expected, told=f"entry {gone} is missing")
        if row.prev_hash != prev:
            return Break(seq=row.seq, told=f"entry {row.seq} does not follow from the one before")
        made = _hash(prev, row.seq, row.at, row.actor, row.action, row.household_id, row.detail)
        if row.hash != made:
            return Break(seq=row.seq, told=f"entry {row.seq} was changed after it was written")
        expected, prev = expected + 1, row.hash
    return None


def hash_at(read: Connection, seq: int) -> str | None:
    """Return the hash of an entry; None if there is none of this number."""
    found: str | None = read.scalar(select(AUDIT_ENTRIES.c.hash).where(AUDIT_ENTRIES.c.seq == seq))
    return found


@dataclass(frozen=True)
class _Entry:
    seq: int
    at: datetime
    actor: str
    action: str
    household_id: str | None
    detail: str
    prev_hash: str
    hash: str


def _entries(read: Connection) -> Iterator[_Entry]:
    names = tuple(_Entry.__dataclass_fields__)
    columns = [AUDIT_ENTRIES.c[name] for name in names]
    after = 0
    while True:
        rows = read.execute(
            select(*columns)
            .where(AUDIT_ENTRIES.c.seq > after)
            .order_by(AUDIT_ENTRIES.c.seq)
            .limit(_AT_ONCE)
        ).all()
        for row in rows:
            yield _Entry(*row)
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].seq


def _hash(
    prev: str,
    seq: int,
    at: datetime,
    actor: str,
    action: str,
    household_id: str | None,
    detail: str,
) -> str:
    content = canonical_line(
        {
            "action": action,
            "actor": actor,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "detail": detail,
            "household_id": household_id,
            "seq": seq,
        }
    )
    return hashlib.sha256((prev + content).encode()).hexdigest()
