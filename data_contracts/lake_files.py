"""What the catalogue counts: the files of the lake, and what has left it."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a file written by the gate holds."""

    FACTS = "facts"
    SUPERSEDED = "superseded"
    RETOLD = "retold"
    """Which delivery told again what the lake already held: decides when an older one comes late."""
    QUARANTINE = "quarantine"
    SEALED = "sealed"
    """What the sealed store keeps of the facts."""


@dataclass(frozen=True)
class LakeFile:
    """One file written by the gate. ``path`` is relative to home."""

    path: str
    feed: str
    kind: Kind
    sha256: str
    rows: int
    delivery_id: str
    received_at: datetime


@dataclass(frozen=True)
class Removal:
    """One file that expired, or lost rows: told for good, never taken back.

    ``kind`` is a kind of lake file or ``landing``; what is older than ``cutoff`` left.
    """

    as_of_date: date
    feed: str
    kind: str
    path: str
    rows: int
    cutoff: date
