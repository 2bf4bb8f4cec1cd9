"""The one place that opens an Ibis connection, and what Ibis 12 needs help with on DuckDB 2."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ibis
import ibis.expr.types as ir
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


def keep(engine: Backend, name: str, table: ir.Table) -> ir.Table:
    """Compute ``table`` once and return it as the temporary table ``name``, replacing an older one.

    ``create_table(overwrite=True)`` cannot do it: with sqlglot 30, Ibis 12 writes a DROP without a name.
    """
    engine.raw_sql(f'DROP TABLE IF EXISTS temp.main."{name}"')
    return engine.create_table(name, table, temp=True)
