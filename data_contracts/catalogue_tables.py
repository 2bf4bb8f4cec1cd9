"""The tables of ``catalogue.db``, how it is opened, and what its rows stand for."""

import sqlite3
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data_contracts.lake_files import LakeFile
from data_contracts.order import Order

METADATA = sa.MetaData()

DELIVERIES = sa.Table(
    "deliveries",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("delivery_id", sa.String, nullable=False, unique=True),
    sa.Column("feed", sa.String, nullable=False, index=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("received_at", sa.DateTime, nullable=False),
    # Where it stands among the deliveries of its feed, see data_contracts.order.
    sa.Column("ordered_at", sa.DateTime, nullable=False),
    sa.Column("ordered_as", sa.String, nullable=False),
    sa.Column("releases", sa.String),
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
    # Which rows of the file were good; null when it was refused whole.
    sa.Column("told", sa.String),
)

FILES = sa.Table(
    "lake_files",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("path", sa.String, nullable=False, unique=True),
    sa.Column("feed", sa.String, nullable=False, index=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("sha256", sa.String, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    # The delivery that brought it, or the name of the compaction or expiry that rewrote it.
    sa.Column("delivery_id", sa.String, nullable=False),
    sa.Column("received_at", sa.DateTime, nullable=False),
)

RELEASED_ROWS = sa.Table(
    "released_rows",
    METADATA,
    sa.Column("original", sa.String, primary_key=True),
    # Row number in the original file, 1 is the first after the header.
    sa.Column("source_row", sa.Integer, primary_key=True),
    sa.Column("delivery_id", sa.String, primary_key=True),
)

REMOVALS = sa.Table(
    "removals",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("as_of_date", sa.Date, nullable=False),
    sa.Column("feed", sa.String, nullable=False, index=True),
    # What kind of thing left: a kind of lake file, or "landing".
    sa.Column("kind", sa.String, nullable=False),
    # The file that left, or lost rows.
    sa.Column("path", sa.String, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    # Facts whose last day lies before this one left.
    sa.Column("cutoff", sa.Date, nullable=False),
)

EXAMINATIONS = sa.Table(
    "examinations",
    METADATA,
    sa.Column("delivery_id", sa.String, primary_key=True),
    # What the checks found and what later deliveries are compared with, see data_contracts.examination.
    sa.Column("found", sa.String, nullable=False),
)


def _write_ahead(connection: sqlite3.Connection, _: object) -> None:
    # Without waiting for the disk a power cut may forget the last judgements, never part of one;
    # the deliveries are then judged again and their files overwritten.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


@lru_cache(maxsize=8)
def open_catalogue(path: Path) -> sa.Engine:
    """Return the engine of one catalogue file."""
    # Nothing stays open; what is kept are the compiled statements.
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)
    sa.event.listen(engine, "connect", _write_ahead)
    return engine


def row_of(file: LakeFile) -> dict[str, object]:
    """Return a file as a row of the files table."""
    return {**asdict(file), "kind": file.kind.value}


def order_of(row: sa.Row[Any]) -> Order:
    """Return the place a row of the deliveries table tells."""
    return Order(
        ordered_at=row.ordered_at,
        ordered_as=row.ordered_as,
        received_at=row.received_at,
        told_as=f"{row.name}/{row.delivery_id}",
        delivery_id=row.delivery_id,
    )
