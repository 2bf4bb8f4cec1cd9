"""The catalogue: which deliveries were judged, and which files of the lake count.

``catalogue.db`` is the only thing that makes a file of the lake visible. A judgement and the files it brought
are recorded in one transaction; a file the catalogue does not know is the rest of a crash and is not read.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import sqlalchemy as sa

from data_contracts.arrival import Delivery, Stamp
from data_contracts.judgement import Judgement, Verdict

LOADED = (Verdict.ACCEPTED, Verdict.ACCEPTED_WITH_QUARANTINE)

_METADATA = sa.MetaData()
_DELIVERIES = sa.Table(
    "deliveries",
    _METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("delivery_id", sa.String, nullable=False, unique=True),
    sa.Column("feed", sa.String, nullable=False, index=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("received_at", sa.DateTime, nullable=False),
    sa.Column("content_sha256", sa.String, nullable=False),
    sa.Column("manifest_sha256", sa.String, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("modified_ns", sa.Integer, nullable=False),
    sa.Column("verdict", sa.String, nullable=False),
    sa.Column("reasons", sa.String, nullable=False),
    sa.Column("rows_in", sa.Integer, nullable=False),
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("quarantined", sa.Integer, nullable=False),
    sa.Column("exact_duplicates", sa.Integer, nullable=False),
    sa.Column("refused", sa.Integer, nullable=False),
)
_FILES = sa.Table(
    "lake_files",
    _METADATA,
    sa.Column("path", sa.String, primary_key=True),
    sa.Column("feed", sa.String, nullable=False, index=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("delivery_id", sa.String, nullable=False),
    sa.Column("received_at", sa.DateTime, nullable=False),
)


class Kind(StrEnum):
    """What a file written by the gate holds."""

    FACTS = "facts"
    SUPERSEDED = "superseded"
    QUARANTINE = "quarantine"


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


def _write_ahead(connection: sqlite3.Connection, _: object) -> None:
    # Without waiting for the disk a power cut may forget the last judgements, never part of one;
    # the deliveries are then judged again and their files overwritten.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


class Catalogue:
    """``catalogue.db`` of one home; created when absent."""

    def __init__(self, home: Path) -> None:
        """Open the catalogue of a home folder."""
        home.mkdir(parents=True, exist_ok=True)
        self._engine = sa.create_engine(f"sqlite:///{home / 'catalogue.db'}", poolclass=sa.NullPool)
        sa.event.listen(self._engine, "connect", _write_ahead)
        _METADATA.create_all(self._engine)

    def record(self, delivery: Delivery, judgement: Judgement, files: Sequence[LakeFile]) -> None:
        """Store a judgement and make its files visible, all or nothing."""
        with self._engine.begin() as transaction:
            transaction.execute(
                sa.insert(_DELIVERIES),
                {
                    "delivery_id": judgement.delivery_id,
                    "feed": judgement.feed,
                    "name": judgement.name,
                    "received_at": delivery.received_at,
                    "content_sha256": delivery.content_sha256,
                    "manifest_sha256": delivery.stamp.manifest_sha256,
                    "size": delivery.stamp.size,
                    "modified_ns": delivery.stamp.modified_ns,
                    "verdict": judgement.verdict.value,
                    "reasons": json.dumps(judgement.reasons, ensure_ascii=False),
                    "rows_in": judgement.rows_in,
                    "accepted": judgement.accepted,
                    "quarantined": judgement.quarantined,
                    "exact_duplicates": judgement.exact_duplicates,
                    "refused": judgement.refused,
                },
            )
            for file in files:
                transaction.execute(
                    sa.insert(_FILES),
                    {
                        "path": file.path,
                        "feed": file.feed,
                        "kind": file.kind.value,
                        "sha256": file.sha256,
                        "rows": file.rows,
                        "delivery_id": file.delivery_id,
                        "received_at": file.received_at,
                    },
                )

    def judged(self) -> tuple[frozenset[Stamp], frozenset[str]]:
        """Return the stamps and the ids of every delivery judged so far."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(_DELIVERIES)).all()
        stamps = (
            Stamp(row.feed, row.name, row.manifest_sha256, row.size, row.modified_ns)
            for row in rows
        )
        return frozenset(stamps), frozenset(row.delivery_id for row in rows)

    def judgements(self, *, feed: str | None = None) -> list[Judgement]:
        """Return the stored judgements in the order they were made."""
        wanted = sa.select(_DELIVERIES).order_by(_DELIVERIES.c.sequence)
        if feed is not None:
            wanted = wanted.where(_DELIVERIES.c.feed == feed)
        with self._engine.connect() as connection:
            rows = connection.execute(wanted).all()
        return [
            Judgement(
                delivery_id=row.delivery_id,
                feed=row.feed,
                name=row.name,
                received_at=row.received_at,
                verdict=Verdict(row.verdict),
                reasons=tuple(json.loads(row.reasons)),
                rows_in=row.rows_in,
                accepted=row.accepted,
                quarantined=row.quarantined,
                exact_duplicates=row.exact_duplicates,
                refused=row.refused,
            )
            for row in rows
        ]

    def loaded_before_as(self, *, feed: str, content_sha256: str) -> str | None:
        """Return the name under which this content was loaded, or None when it was not."""
        with self._engine.connect() as connection:
            return connection.execute(
                sa.select(_DELIVERIES.c.name).where(
                    _DELIVERIES.c.feed == feed,
                    _DELIVERIES.c.content_sha256 == content_sha256,
                    _DELIVERIES.c.verdict.in_(LOADED),
                )
            ).scalar()

    def arrivals(self, *, before: datetime | None = None) -> list[tuple[str, datetime]]:
        """Return feed and time of every delivery that was loaded, oldest first."""
        wanted = (
            sa.select(_DELIVERIES.c.feed, _DELIVERIES.c.received_at)
            .where(_DELIVERIES.c.verdict.in_(LOADED))
            .order_by(_DELIVERIES.c.received_at, _DELIVERIES.c.feed, _DELIVERIES.c.sequence)
        )
        if before is not None:
            wanted = wanted.where(_DELIVERIES.c.received_at < before)
        with self._engine.connect() as connection:
            return [(row.feed, row.received_at) for row in connection.execute(wanted)]

    def files(self, *, kind: Kind, feed: str | None = None) -> list[LakeFile]:
        """Return the visible files of a kind, in the order they became visible."""
        wanted = (
            sa.select(_FILES)
            .join(_DELIVERIES, _DELIVERIES.c.delivery_id == _FILES.c.delivery_id)
            .where(_FILES.c.kind == kind.value)
            .order_by(_DELIVERIES.c.sequence)
        )
        if feed is not None:
            wanted = wanted.where(_FILES.c.feed == feed)
        with self._engine.connect() as connection:
            return [
                LakeFile(
                    row.path,
                    row.feed,
                    Kind(row.kind),
                    row.sha256,
                    row.rows,
                    row.delivery_id,
                    row.received_at,
                )
                for row in connection.execute(wanted)
            ]
