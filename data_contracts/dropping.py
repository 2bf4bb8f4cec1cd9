"""Writing a delivery as a department would: the data file whole, then its manifest."""

import io
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.arrival import MANIFEST_SUFFIX
from data_contracts.files import write_atomically


def parquet_bytes(rows: pa.Table) -> bytes:
    """Return rows as a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(rows, sink, compression="zstd")
    return sink.getvalue()


def drop(
    home: Path,
    feed: str,
    rows: pa.Table,
    *,
    received_at: datetime,
    name: str,
    also: Mapping[str, object] | None = None,
) -> Path:
    """Write ``landing/<feed>/<name>.parquet``, then its manifest; a crash in between leaves no delivery.

    Args:
        home: folder with ``landing/``.
        feed: a feed with a contract.
        rows: its columns, at least one row.
        received_at: local time; becomes ``known_from``.
        name: file name without suffix; the same name and rows again are the same delivery.
        also: further fields of the manifest.

    Returns:
        The path of the data file.
    """
    path = home / "landing" / feed / f"{name}.parquet"
    digest = write_atomically(path, parquet_bytes(rows))
    write_manifest(
        path,
        {
            "feed": feed,
            "received_at": received_at.isoformat(timespec="seconds"),
            "sha256": digest,
            "rows": rows.num_rows,
            "format": "parquet",
            **(also or {}),
        },
    )
    return path


def write_manifest(path: Path, manifest: Mapping[str, object]) -> None:
    """Write the manifest of a data file beside it, whole or not at all."""
    written = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    write_atomically(path.with_name(path.name + MANIFEST_SUFFIX), written.encode())
