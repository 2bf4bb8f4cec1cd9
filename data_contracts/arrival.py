"""What has arrived: files with a manifest are deliveries, everything else is left alone and named.

A department drops ``landing/<feed>/<name>.csv`` (or xlsx, parquet, jsonl) and, when that file is complete,
``landing/<feed>/<name>.csv.manifest.json``::

    {"feed": "benefits", "received_at": "2026-03-08T02:10:00", "sha256": "...", "rows": 123,
     "format": "csv", "encoding": "gbk"}

``received_at`` is local time without a zone; it becomes ``known_from`` of every row. ``encoding`` is optional
and only for text. ``releases`` is the id of an earlier delivery of the feed whose refused rows the file brings
back corrected, and ``source_rows`` which row of that file each of its rows was (see
:mod:`data_contracts.releases`). A department that cannot write a manifest drops an empty
``<name>.done`` instead (see :mod:`data_contracts.markers`).
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data_contracts.files import sha256_of
from data_contracts.manifests import (
    FORMATS,
    SHOWN,
    ManifestError,
    field_in,
    format_in,
    received_at_in,
    rows_in,
    sha256_in,
    shown,
    source_rows_in,
    told_in,
)
from data_contracts.odcs import Contract, did_you_mean
from data_contracts.order import Order
from data_contracts.raw_identifiers import holds_raw_identifier

MANIFEST_SUFFIX = ".manifest.json"
MARKER_SUFFIX = ".done"

_NAMES_A_PERSON = (
    "the file's name holds an identity number or a mobile number, and names of files are kept; rename it and"
    " send it with its manifest again"
)


@dataclass(frozen=True)
class Stamp:
    """What a file looked like from outside; the same stamp need not be read again."""

    feed: str
    name: str
    manifest_sha256: str
    size: int
    modified_ns: int


@dataclass(frozen=True)
class Delivery:
    """One file with its manifest.

    ``sha256`` and ``rows`` are what the manifest promises, ``content_sha256`` what is really there.
    ``delivery_id`` follows from feed, name, manifest and content: the same delivery has the same id on every
    machine and every night, a corrected one has another. ``releases`` names the delivery whose refused rows
    this one brings back, ``original`` is where that delivery stands; both None for ordinary deliveries.
    """

    feed: str
    path: Path
    received_at: datetime
    sha256: str
    rows: int
    format: str
    encoding: str | None
    content_sha256: str
    stamp: Stamp
    releases: str | None = None
    source_rows: tuple[int, ...] = ()
    original: Order | None = None

    @property
    def name(self) -> str:
        """File name, for messages."""
        return self.path.name

    @property
    def delivery_id(self) -> str:
        """Sixteen hex digits."""
        told = f"{self.feed}|{self.name}|{self.stamp.manifest_sha256}|{self.content_sha256}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def order(self) -> Order:
        """Where the delivery stands among those of its feed: a release stands right behind its original."""
        told_as = f"{self.name}/{self.delivery_id}"
        return Order(
            ordered_at=self.original.ordered_at if self.original else self.received_at,
            ordered_as=self.original.ordered_as if self.original else told_as,
            received_at=self.received_at,
            told_as=told_as,
            delivery_id=self.delivery_id,
        )


@dataclass(frozen=True)
class LeftAlone:
    """Something in the landing folder that cannot be judged yet, and why."""

    feed: str
    name: str
    reason: str


def waiting(
    landing: Path,
    contracts: Mapping[str, Contract],
    *,
    before: datetime,
    judged: Collection[Stamp] = frozenset(),
) -> tuple[list[Delivery], list[LeftAlone]]:
    """Return the deliveries received before a time, oldest first, and what is left alone.

    Deliveries whose stamp is in ``judged`` are skipped without being read. A delivery whose ``received_at``
    is not before ``before`` belongs to a later night and is in neither list.

    Returns:
        Deliveries sorted by ``received_at``, feed and name; things left alone sorted by feed and name.
    """
    deliveries: list[Delivery] = []
    left: list[LeftAlone] = []
    for folder in sorted(path for path in landing.iterdir() if path.is_dir()):
        if folder.name not in contracts:
            left.append(
                LeftAlone(
                    folder.name,
                    "",
                    f"no contract for feed {folder.name!r}{did_you_mean(folder.name, contracts)}",
                )
            )
            continue
        for path, manifest in _pairs(folder):
            if holds_raw_identifier(path.name):
                left.append(
                    LeftAlone(folder.name, f"(name withheld){path.suffix}", _NAMES_A_PERSON)
                )
                continue
            odd = _oddly_named(path)
            if odd is not None:
                left.append(LeftAlone(folder.name, ascii(path.name)[1:-1][:SHOWN], odd))
                continue
            try:
                delivery = _delivery(folder.name, path, manifest, before=before, judged=judged)
            except ManifestError as error:
                left.append(LeftAlone(folder.name, path.name, str(error)))
                continue
            if delivery is not None:
                deliveries.append(delivery)
    deliveries.sort(key=lambda delivery: (delivery.received_at, delivery.feed, delivery.name))
    return deliveries, left


def _oddly_named(path: Path) -> str | None:
    """Return why a file is not opened at all: it is a way to another place, or its name breaks messages."""
    if path.is_symlink():
        return "it is a link to another file; send the file itself"
    if not path.name.isprintable():
        return "its name holds a line break or invisible characters; give it a plain name and send it again"
    return None


def _pairs(folder: Path) -> Iterator[tuple[Path, Path | None]]:
    """Return data files with their manifests, and manifests without a file paired with themselves."""
    present = {
        path.name: path for path in sorted(folder.iterdir()) if path.is_file() or path.is_symlink()
    }
    for name, path in present.items():
        if name.endswith(MANIFEST_SUFFIX):
            if name.removesuffix(MANIFEST_SUFFIX) not in present:
                yield path, path
        elif path.suffix.lstrip(".").lower() in FORMATS:
            yield path, present.get(name + MANIFEST_SUFFIX)


def _delivery(
    feed: str, path: Path, manifest: Path | None, *, before: datetime, judged: Collection[Stamp]
) -> Delivery | None:
    if manifest is None:
        raise ManifestError(
            f"no manifest yet, so the file may still be being written; when it is complete, send"
            f" {path.name}{MANIFEST_SUFFIX} or {path.name}{MARKER_SUFFIX}"
        )
    if manifest == path:
        raise ManifestError("a manifest without its file; send the file, or take the manifest away")
    content = manifest.read_bytes()
    told = told_in(content)
    if told.get("feed") != feed:
        raise ManifestError(
            f"the manifest is for feed {shown(told.get('feed'))} but lies in folder {feed!r}; move it"
        )
    received_at = received_at_in(told)
    if received_at >= before:
        return None
    stat = path.stat()
    stamp = Stamp(
        feed, path.name, hashlib.sha256(content).hexdigest(), stat.st_size, stat.st_mtime_ns
    )
    if stamp in judged:
        return None
    content_sha256 = sha256_of(path)
    if (path.stat().st_size, path.stat().st_mtime_ns) != (stamp.size, stamp.modified_ns):
        raise ManifestError("the file changed while it was read; it is looked at again next time")
    return Delivery(
        feed=feed,
        path=path,
        received_at=received_at,
        sha256=sha256_in(told),
        rows=rows_in(told),
        format=format_in(told, path),
        encoding=None if told.get("encoding") is None else field_in(told, "encoding", str),
        content_sha256=content_sha256,
        stamp=stamp,
        releases=None if told.get("releases") is None else field_in(told, "releases", str),
        source_rows=source_rows_in(told),
    )
