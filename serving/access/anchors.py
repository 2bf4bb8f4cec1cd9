"""Heads of the audit chain kept outside the store, so that cutting off its end shows.

Each night and ``zhaoren audit anchor`` add a line to a file meant to be copied off the machine. Checking
compares every line with the store.
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from serving.access.audit import Head, first_break, hash_at, head
from serving.canonical import canonical_line


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What came of checking. ``broken`` is the sentence about what is wrong; None when all holds."""

    entries: int
    anchors: int
    broken: str | None


def anchor_file(home: Path) -> Path:
    """Return where anchors are kept."""
    return home / "audit" / "anchors.jsonl"


def write_anchor(read: Connection, file: Path, *, now: datetime) -> Head:
    """Add the newest entry's number and hash to ``file``, and return them."""
    newest = head(read)
    line = canonical_line(
        {
            "at": now.astimezone(UTC).isoformat(timespec="seconds"),
            "hash": newest.hash,
            "seq": newest.seq,
        }
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as opened:
        opened.write(f"{line}\n".encode())
        opened.flush()
        os.fsync(opened.fileno())
    return newest


def verify(read: Connection, file: Path) -> Verdict:
    """Check the chain from its first entry, and every anchor against it."""
    newest = head(read)
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    broken = first_break(read)
    told = None if broken is None else f"{broken.told}; all entries before it hold"
    if told is None:
        told = next(filter(None, (_against(read, line, newest) for line in lines)), None)
    return Verdict(entries=newest.seq, anchors=len(lines), broken=told)


def _against(read: Connection, line: str, newest: Head) -> str | None:
    """Return what is wrong with the store, going by one anchor; None if they agree."""
    try:
        anchor = json.loads(line)
        seq, digest, at = int(anchor["seq"]), str(anchor["hash"]), str(anchor["at"])
    except (ValueError, KeyError, TypeError):
        return f"a line of the anchors cannot be read: {line[:80]!r}"
    if seq > newest.seq:
        return (
            f"the end is cut off: on {at} there were {seq} entries, now there are {newest.seq};"
            f" entries {newest.seq + 1} to {seq} are gone"
        )
    if seq and hash_at(read, seq) != digest:
        return f"the chain was written anew: entry {seq} is not the one that was anchored on {at}"
    return None
