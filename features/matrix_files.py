"""Writing rows as Parquet from either engine, and reading their schema back.

A single sorted file is what every reader expects, so that is what Spark's part files are put together into
while one process can still do it in minutes. Above :data:`ONE_FILE_ROWS` rows they stay a folder at the same
path: its parts follow one another in the order promised, and pandas, Arrow, DuckDB and Spark read it as one table.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    # The process that scores reads a schema with this and needs no engine.
    import ibis.expr.types as ir

    from data_contracts.engines import Engine

ONE_FILE_ROWS = 2_000_000
"""Rows up to which Spark's part files become one; about two minutes of one core."""

ROW_GROUP = 122_880
"""Rows per row group, as DuckDB writes them: the same rows are the same bytes however they were parted."""

_DICTIONARY = 16 * 1024
"""Bytes of different values from which on a column is written as it is. At the megabyte that is usual, amounts are looked
up one by one first, which takes longer, for larger files."""


def parquet_writer(out: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """Return what writes the row groups of a matrix to ``out``, to be used as a context."""
    return pq.ParquetWriter(out, schema, compression="zstd", dictionary_pagesize_limit=_DICTIONARY)


def write_rows(engine: "Engine", rows: "ir.Table", out: Path) -> None:
    """Write ``rows``, in the order they have, to ``out``; what is there is replaced."""
    if engine.name != "pyspark":
        engine.to_parquet(rows, out, compression="zstd")
        return
    parts = out.with_name(f"{out.name}.parts")
    shutil.rmtree(parts, ignore_errors=True)
    engine.to_parquet(rows, parts, compression="zstd")
    found = _parts(parts)
    if sum(pq.read_metadata(part).num_rows for part in found) > ONE_FILE_ROWS:
        move_over(parts, out)
        return
    with parquet_writer(out, schema_of(parts)) as writer:
        for group in _row_groups(found):
            writer.write_table(group, row_group_size=ROW_GROUP)
    shutil.rmtree(parts)


def move_over(written: Path, out: Path) -> None:
    """Put what was written in the place of ``out``, be either a file or a folder."""
    if out.is_dir():
        shutil.rmtree(out)
    os.replace(written, out)


def schema_of(path: Path) -> pa.Schema:
    """Return the columns of a Parquet file, or of a folder of part files."""
    return pq.read_schema(_parts(path)[0] if path.is_dir() else path).remove_metadata()


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.parquet"))


def _row_groups(parts: Sequence[Path]) -> Iterator[pa.Table]:
    """Return the rows of ``parts`` in order, in tables of :data:`ROW_GROUP` rows but for the last."""
    waiting: list[pa.RecordBatch] = []
    rows = 0
    for part in parts:
        for batch in pq.ParquetFile(part).iter_batches(batch_size=ROW_GROUP):
            waiting.append(batch)
            rows += batch.num_rows
            if rows >= ROW_GROUP:
                table = pa.Table.from_batches(waiting)
                yield table.slice(0, ROW_GROUP)
                waiting, rows = table.slice(ROW_GROUP).to_batches(), rows - ROW_GROUP
    if rows:
        yield pa.Table.from_batches(waiting)
