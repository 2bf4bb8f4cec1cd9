"""The engine as a department: what it concludes is delivered as a file with a manifest, like anybody's.

So the gate checks it, corrections append, and a night in the past sees the conclusions of that night.
"""

import io
import json
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.arrival import MANIFEST_SUFFIX
from data_contracts.files import write_atomically


def deliver(home: Path, feed: str, rows: pa.Table, *, received_at: datetime, name: str) -> Path:
    """Land ``rows`` as ``landing/<feed>/<name>.parquet`` with its manifest; the gate does the rest.

    Args:
        home: folder with ``landing/``.
        feed: a feed with a contract.
        rows: the columns of that contract, at least one row.
        received_at: local time the conclusion counts from; becomes ``known_from``.
        name: file name without suffix; the same name and rows again are the same delivery.

    Returns:
        The path of the data file.
    """
    sink = io.BytesIO()
    pq.write_table(rows, sink, compression="zstd")
    content = sink.getvalue()
    path = home / "landing" / feed / f"{name}.parquet"
    digest = write_atomically(path, content)
    manifest = {
        "feed": feed,
        "received_at": received_at.isoformat(timespec="seconds"),
        "sha256": digest,
        "rows": rows.num_rows,
        "format": "parquet",
    }
    written = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
    write_atomically(path.with_name(path.name + MANIFEST_SUFFIX), written.encode())
    return path
