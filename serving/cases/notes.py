"""Short notes a visitor leaves on a case: kept once, changing nothing about it. Written and read by the pages.

Idempotent like outcomes: the same id and text give the same receipt, another text under it is kept beside
the first one. A note may say anything, so who may read it is decided by :func:`readable_notes`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from serving.canonical import Json, canonical_json
from serving.store.tables.cases import NOTES


class NoteConflict(Exception):
    """The note's id was used before for something else. Both are kept; the first one counts."""


@dataclass(frozen=True, kw_only=True)
class Note:
    """One note as written. ``note_id`` is made by the client when the note is saved."""

    note_id: str
    case_id: str
    text: str
    device_at: datetime | None
    worker_id: str
    worker_role: str

    @property
    def body_sha256(self) -> str:
        """Hash of what was written, whoever sends it."""
        body: dict[str, Json] = {
            "case_id": self.case_id,
            "device_at": None if self.device_at is None else self.device_at.isoformat(),
            "text": self.text,
        }
        return hashlib.sha256(canonical_json(body)).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Written:
    """A note that is kept."""

    recorded_at: datetime
    worker_role: str
    text: str


def record_note(work: Connection, *, note: Note, now: datetime, today: date) -> datetime:
    """Keep a note and return when it was kept: the same moment for every resend.

    Raises:
        NoteConflict: the id was used before for something else. Commit all the same: the conflicting
            text has just been added.
    """
    rows = work.execute(
        select(NOTES.c.body_sha256, NOTES.c.recorded_at)
        .where(NOTES.c.note_id == note.note_id)
        .order_by(NOTES.c.is_first.desc())
    ).all()
    if rows and rows[0].body_sha256 == note.body_sha256:
        first: datetime = rows[0].recorded_at
        return first
    if not any(row.body_sha256 == note.body_sha256 for row in rows):
        work.execute(
            insert(NOTES).values(
                note_id=note.note_id,
                body_sha256=note.body_sha256,
                case_id=note.case_id,
                is_first=not rows,
                text=note.text,
                device_at=note.device_at,
                recorded_at=now,
                recorded_on=today,
                worker_id=note.worker_id,
                worker_role=note.worker_role,
            )
        )
    if rows:
        raise NoteConflict(f"note {note.note_id} was kept before with another text; both are kept")
    return now


def readable_notes(
    read: Connection, *, case_ids: Sequence[str], worker_id: str, sees_all: bool
) -> list[Written]:
    """Return the notes on these cases, oldest first: one's own, and everybody's for who ``sees_all``."""
    mine = () if sees_all else (NOTES.c.worker_id == worker_id,)
    rows = read.execute(
        select(NOTES.c.recorded_at, NOTES.c.worker_role, NOTES.c.text)
        .where(NOTES.c.case_id.in_(case_ids), NOTES.c.is_first, *mine)
        .order_by(NOTES.c.recorded_at, NOTES.c.note_id)
    )
    return [
        Written(recorded_at=row.recorded_at, worker_role=row.worker_role, text=row.text)
        for row in rows
    ]
