"""A table or view of a department's PostgreSQL, read by high-water mark into an ordinary delivery.

One read-only transaction sees one moment of the database (repeatable read). Rows whose mark is at least the last
one minus the overlap are read through a server-side cursor in batches, written as Parquet with a manifest into
the landing folder, and only then the mark moves. A crash in between reads the same rows again; so does the
overlap: the gate finds rows the lake holds already. What is the same as last time is not delivered again.

Every cell travels as text, so the gate types it like the cells of any file. This is the one place that talks to
psycopg on behalf of sources.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from psycopg import sql

from data_contracts.dropping import write_manifest
from data_contracts.files import sha256_of, write_atomically
from data_contracts.source_settings import Source, SourceError

BATCH_ROWS = 50_000
_MARK_TYPES = {
    20: ("bigint", "bigint"),
    23: ("bigint", "bigint"),
    1114: ("timestamp", "interval"),
    1184: ("timestamptz", "interval"),
}
"""Type oid of a mark -> its type, and the type of an overlap."""


@dataclass(frozen=True)
class Pulled:
    """What came of one pull. ``path`` is None when nothing was new; ``unmarked`` rows have no mark."""

    feed: str
    rows: int
    path: Path | None
    mark: str | None
    unmarked: int


def pull(home: Path, source: Source, *, received_at: datetime) -> Pulled:
    """Read what is new in a source and land it.

    Args:
        home: folder with ``landing/`` and ``sources/``, where the mark is kept.
        source: what to read.
        received_at: local time of the pull, becomes ``known_from``.

    Raises:
        SourceError: the database, table or mark cannot be read as told.
    """
    state = home / "sources" / f"{source.feed}.json"
    before = json.loads(state.read_bytes()) if state.exists() else {}
    staged = home / "landing" / source.feed / f"pull_of_{source.feed}.tmp"
    staged.parent.mkdir(parents=True, exist_ok=True)
    try:
        rows, mark, unmarked, digest = _read(source, before.get("mark"), staged)
        if not rows or digest == before.get("rows_sha256"):
            return Pulled(source.feed, 0, None, before.get("mark"), unmarked)
        path = _land(staged, source, digest, rows, received_at)
    finally:
        staged.unlink(missing_ok=True)
    told = {"mark": mark, "rows_sha256": digest}
    write_atomically(state, (json.dumps(told, sort_keys=True) + "\n").encode())
    return Pulled(source.feed, rows, path, mark, unmarked)


def _land(staged: Path, source: Source, digest: str, rows: int, received_at: datetime) -> Path:
    path = staged.with_name(f"pulled_{received_at:%Y%m%dT%H%M%S}_{digest[:8]}.parquet")
    with staged.open("rb") as handle:
        os.fsync(handle.fileno())
    staged.replace(path)
    write_manifest(
        path,
        {
            "feed": source.feed,
            "received_at": received_at.isoformat(timespec="seconds"),
            "sha256": sha256_of(path),
            "rows": rows,
            "format": "parquet",
        },
    )
    return path


def _read(source: Source, last: str | None, staged: Path) -> tuple[int, str | None, int, str]:
    """Write the rows to ``staged``; return how many, the new mark, rows without one, and a hash."""
    try:
        with psycopg.connect(source.dsn, connect_timeout=10) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            connection.execute("SET LOCAL TIME ZONE 'UTC'")
            kind, width = _mark_type(connection, source)
            mark, unmarked = _newest_mark(connection, source)
            digest, rows = hashlib.sha256(), 0
            schema = pa.schema([(name, pa.string()) for name in source.columns])
            with pq.ParquetWriter(staged, schema, compression="zstd") as writer:
                for batch in _batches(connection, source, last, kind, width):
                    table = pa.table([list(cells) for cells in zip(*batch, strict=True)], schema)
                    digest.update(repr(batch).encode())
                    writer.write_table(table)
                    rows += len(batch)
    except psycopg.Error as error:
        told = (error.diag.message_primary or type(error).__name__) if error.diag else str(error)
        raise SourceError(
            f"feed {source.feed}: {'.'.join(source.table)} cannot be read: {told}; the mark stays where it was"
        ) from error
    return rows, mark, unmarked, digest.hexdigest()


def _mark_type(connection: psycopg.Connection, source: Source) -> tuple[str, str]:
    query = sql.SQL("SELECT {} FROM {} LIMIT 0")
    cursor = connection.execute(query.format(sql.Identifier(source.mark), _table(source)))
    oid = cursor.description[0].type_code if cursor.description else 0
    if oid not in _MARK_TYPES:
        raise SourceError(
            f"feed {source.feed}: column {source.mark} is neither a timestamp nor a whole number; name one that"
            " rises with every change"
        )
    return _MARK_TYPES[oid]


def _newest_mark(connection: psycopg.Connection, source: Source) -> tuple[str | None, int]:
    query = sql.SQL("SELECT max({0})::text, count(*) FILTER (WHERE {0} IS NULL) FROM {1}")
    row = connection.execute(query.format(sql.Identifier(source.mark), _table(source))).fetchone()
    return (None, 0) if row is None else (row[0], int(row[1]))


def _batches(
    connection: psycopg.Connection, source: Source, last: str | None, kind: str, width: str
) -> Iterator[list[tuple[str | None, ...]]]:
    cells = sql.SQL(", ").join(
        sql.SQL("{}::text").format(sql.Identifier(name)) for name in source.columns.values()
    )
    mark = sql.Identifier(source.mark)
    # Where marks tie the order is settled by the row itself, so the same rows give the same file.
    query = sql.SQL("SELECT {} FROM {} AS source WHERE {} ORDER BY {}, source::text").format(
        cells,
        _table(source),
        sql.SQL("{} IS NOT NULL").format(mark)
        if last is None
        else sql.SQL("{} >= {}::{} - {}::{}").format(
            mark, sql.Literal(last), sql.SQL(kind), sql.Literal(source.overlap), sql.SQL(width)
        ),
        mark,
    )
    with connection.cursor(name="pull") as cursor:
        cursor.execute(query)
        while batch := cursor.fetchmany(BATCH_ROWS):
            yield batch


def _table(source: Source) -> sql.Identifier:
    return sql.Identifier(*source.table)
