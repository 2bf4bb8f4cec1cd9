"""The engine as a department: what it concludes is delivered as a file with a manifest, like anybody's.

So the gate checks it, corrections append, and a night in the past sees the conclusions of that night.
"""

from datetime import datetime
from pathlib import Path

import pyarrow as pa

from data_contracts.dropping import drop


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
    return drop(home, feed, rows, received_at=received_at, name=name)
