"""``<name>.done`` instead of a manifest, for departments that can write a file but not its hash.

The department drops the data file, then ``<name>.csv.done``: empty, or holding one line of local time such as
``2026-03-08T02:10:00``. What a manifest would promise is then found out once and written down as a manifest, and
from there on the delivery is like any other. ``received_at`` is the time in the marker, else the marker's
time of change in the bureau's zone. That time is not reproducible (copying a file changes it), which is why it
is written down: a second look never asks again.

A file is left alone while it may be growing: when file or marker changed less than a minute ago, or while it
is being read. A marker whose file already has a manifest says nothing new, unless that manifest came from an
earlier marker and the file is another one by now (a correction under the same name).
"""

import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.arrival import MANIFEST_SUFFIX, MARKER_SUFFIX, Delivery, LeftAlone, Stamp
from data_contracts.csv_files import header_of, parse_csv
from data_contracts.dropping import write_manifest
from data_contracts.files import sha256_of
from data_contracts.json_lines import parse_json_lines
from data_contracts.manifests import FORMATS
from data_contracts.refusal import DeliveryRefused
from data_contracts.text_files import Utf8Stream, encoding_of
from data_contracts.workbooks import parse_workbook

MARKED = "marked"
"""Field of a manifest that was written for a marker."""
SETTLED_AFTER = timedelta(seconds=60)
"""How long file and marker must not have changed. Copies over a network stall for seconds, not for a minute."""


def accept_marked(
    landing: Path, contracts: Collection[str], *, now: datetime, zone: tzinfo
) -> list[LeftAlone]:
    """Write a manifest for every marked file that has none; return what was left alone, and why.

    Args:
        landing: the folder of feeds.
        contracts: feeds that have a contract; other folders are not looked at.
        now: the present, with a zone.
        zone: whose local time ``received_at`` is.
    """
    left = []
    for feed in sorted(contracts):
        for marker in sorted((landing / feed).glob(f"*{MARKER_SUFFIX}")):
            path = marker.with_name(marker.name.removesuffix(MARKER_SUFFIX))
            if not _is_news(path, marker):
                continue
            reason = _accept(feed, path, marker, now=now, zone=zone)
            if reason is not None:
                left.append(LeftAlone(feed, path.name, reason))
    return left


def _is_news(path: Path, marker: Path) -> bool:
    manifest = path.with_name(path.name + MANIFEST_SUFFIX)
    if not manifest.exists():
        return True
    if not path.exists() or marker.stat().st_mtime_ns <= manifest.stat().st_mtime_ns:
        return False
    told = json.loads(manifest.read_bytes())
    return bool(told.get(MARKED)) and told.get("sha256") != sha256_of(path)


def _accept(feed: str, path: Path, marker: Path, *, now: datetime, zone: tzinfo) -> str | None:
    """Write the manifest of one file, or say why not."""
    suffix = path.suffix.lstrip(".").lower()
    if suffix not in FORMATS:
        return f"is marked as done, but is none of {', '.join(FORMATS)}; rename it"
    if not path.exists():
        return "is marked as done, but is not there; send it, or take the marker away"
    before = path.stat()
    changed = max(before.st_mtime, marker.stat().st_mtime)
    if datetime.fromtimestamp(changed, UTC) > now - SETTLED_AFTER:
        return "changed less than a minute ago, so it may still be being written"
    try:
        received_at = _received_at(marker, zone)
    except ValueError:
        return (
            "the marker holds something else than local time such as 2026-03-08T02:10:00; empty it"
        )
    digest = sha256_of(path)
    told = Stamp(feed, path.name, "", before.st_size, before.st_mtime_ns)
    rows = _rows(Delivery(feed, path, received_at, digest, 0, suffix, None, digest, told))
    after = path.stat()
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        return "changed while it was read, so it is still being written"
    write_manifest(
        path,
        {
            "feed": feed,
            "received_at": received_at.isoformat(timespec="seconds"),
            "sha256": digest,
            "rows": rows,
            "format": suffix,
            MARKED: True,
        },
    )
    return None


def _rows(delivery: Delivery) -> int:
    """Return how many rows a file holds; 0 for one the gate will refuse as unreadable."""
    path = delivery.path
    try:
        match delivery.format:
            case "csv":
                names = header_of(Utf8Stream(path, encoding_of(delivery)))
                text = Utf8Stream(path, encoding_of(delivery))
                return int(parse_csv(text, names, wanted=names).num_rows)
            case "jsonl":
                return int(parse_json_lines(Utf8Stream(path, encoding_of(delivery))).num_rows)
            case "xlsx":
                return int(parse_workbook(path.read_bytes()).num_rows)
            case _:
                return int(pq.read_metadata(path).num_rows)
    except (DeliveryRefused, pa.ArrowException, OSError):
        return 0


def _received_at(marker: Path, zone: tzinfo) -> datetime:
    written = marker.read_text(encoding="utf-8").strip()
    if not written:
        changed = datetime.fromtimestamp(marker.stat().st_mtime, zone)
        return changed.replace(tzinfo=None, microsecond=0)
    received_at = datetime.fromisoformat(written)
    if received_at.tzinfo is not None:
        raise ValueError("local time without a zone is expected")
    return received_at
