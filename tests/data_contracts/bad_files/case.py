"""What a case is, and the good rows its one defect is put into.

Every id and free text of the good rows begins with ``zq``: a message that holds it has quoted a cell.
"""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

CANARY = "zq"
RECEIVED = datetime.fromisoformat("2024-08-05 02:10")
ROWS = 12
BAD = 5
"""The row, counted from 1, that single-cell cases spoil."""


@dataclass(frozen=True)
class Refused:
    """The file is refused whole and the reason holds these words."""

    because: str


@dataclass(frozen=True)
class Quarantined:
    """Exactly these rows (from 1) go to quarantine under this check; all others are loaded."""

    check: str
    rows: tuple[int, ...] = (BAD,)


@dataclass(frozen=True)
class Loaded:
    """Every row is loaded; ``cells`` of row ``BAD`` are stored like this; the reasons hold ``told``."""

    cells: Mapping[str, object] = field(default_factory=dict)
    told: str = ""
    repeats: int = 0


@dataclass(frozen=True)
class LeftAlone:
    """It is not a delivery yet; the reason holds these words."""

    because: str


@dataclass(frozen=True)
class Case:
    """One file with one defect. ``manifest`` replaces fields of a right manifest; None leaves one out."""

    name: str
    content: bytes
    must: Refused | Quarantined | Loaded | LeftAlone
    feed: str = "utility_bills"
    suffix: str = "csv"
    rows: int = ROWS
    manifest: Mapping[str, object] = field(default_factory=dict)
    raw_manifest: bytes | None = None
    file_name: str | None = None
    secret: tuple[str, ...] = ()

    def land(self, landing: Path) -> Path:
        """Drop the file with its manifest as a department would."""
        path = landing / self.feed / (self.file_name or f"{self.name}.{self.suffix}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.content)
        told = {
            "feed": self.feed,
            "received_at": RECEIVED.isoformat(),
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "rows": self.rows,
            "format": self.suffix,
        } | dict(self.manifest)
        written = json.dumps({name: value for name, value in told.items() if value is not None})
        manifest = path.with_name(path.name + ".manifest.json")
        manifest.write_bytes(written.encode() if self.raw_manifest is None else self.raw_manifest)
        return path


Rows = list[dict[str, str]]


def bills(case: str, count: int = ROWS) -> Rows:
    """Return good rows of feed utility_bills with ids of their own."""
    return [
        {
            "bill_id": f"{CANARY}-{case}-{number}",
            "account_id": f"{CANARY}-a-{case}-{number}",
            "service": "power",
            "event_date": "2024-07-01",
            "usage": f"{120 + number}.5",
            "amount_due": f"{60 + number}.25",
            "subsidy_amount": "0",
            "due_date": "2024-07-16",
            "paid_on": "2024-07-11",
        }
        for number in range(1, count + 1)
    ]


def grids(case: str, count: int = ROWS) -> Rows:
    """Return good rows of feed grid_tree, which has Chinese names in it."""
    return [
        {
            "grid_version_id": f"{CANARY}-{case}-{number}",
            "grid_id": f"{CANARY}-g-{case}-{number}",
            "grid_name": f"第{number}网格",
            "community_id": "zq-c1",
            "community_name": "东社区",
            "street_id": "zq-s1",
            "street_name": "东街道",
            "district_id": "zq-d1",
            "event_date": "2020-01-01",
            "valid_to": "",
        }
        for number in range(1, count + 1)
    ]


def changed(rows: Rows, column: str, written: str, *, row: int = BAD) -> Rows:
    """Return the rows with one cell changed."""
    return [
        {**one, column: written} if number == row else one for number, one in enumerate(rows, 1)
    ]


def as_csv(rows: Sequence[Mapping[str, str]], *, quoting: int = csv.QUOTE_MINIMAL) -> str:
    """Return the rows as CSV with a header."""
    sink = io.StringIO()
    writer = csv.DictWriter(sink, list(rows[0]), quoting=quoting, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()


def as_json_lines(rows: Sequence[Mapping[str, object]]) -> str:
    """Return the rows as one JSON object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def slug(words: str) -> str:
    """Return words as part of an id and a file name."""
    return "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in words)
