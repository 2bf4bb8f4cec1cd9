"""The one place that opens an Ibis connection."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ibis
from ibis.backends.duckdb import Backend


@contextmanager
def open_engine(*, spill: Path | None = None, memory: str = "3GB") -> Iterator[Backend]:
    """Open an in-memory DuckDB with network extensions off; closed on exit.

    Args:
        spill: folder for what does not fit in ``memory``; None keeps everything in memory.
        memory: the most DuckDB may hold, in its own notation.
    """
    settings = {
        "memory_limit": memory,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "false",
    }
    if spill is not None:
        spill.mkdir(parents=True, exist_ok=True)
        settings["temp_directory"] = str(spill)
    engine = ibis.duckdb.connect(**settings)
    try:
        yield engine
    finally:
        engine.disconnect()
