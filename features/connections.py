"""The one place that opens an Ibis connection, and what Ibis 12 needs help with on DuckDB 2."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

if TYPE_CHECKING:
    from ibis.backends.pyspark import Backend as SparkBackend


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
        # Linking has names in memory, and what does not fit there goes to disk. DuckDB calls its built-in
        # cipher unsafe for want of a better source of randomness; the safe one is an extension to download.
        settings["force_mbedtls_unsafe"] = "true"
        settings["temp_file_encryption"] = "true"
    engine = ibis.duckdb.connect(**settings)
    try:
        yield engine
    finally:
        engine.disconnect()


@contextmanager
def open_spark(*, cores: int = 2, spill: Path | None = None) -> Iterator["SparkBackend"]:
    """Open a local Spark session in UTC behind Ibis; stopped on exit. Needs the extra ``spark`` and Java 17.

    Args:
        cores: how many of this machine it may use.
        spill: folder for what does not fit in memory; None for Java's own.
    """
    from pyspark.sql import SparkSession

    settings: dict[str, bool | float | int | str | None] = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(cores),
        "spark.sql.ansi.enabled": "true",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
    }
    if spill is not None:
        spill.mkdir(parents=True, exist_ok=True)
        settings["spark.local.dir"] = str(spill)
    builder = SparkSession.builder.master(f"local[{cores}]").appName("zhaoren")
    session = builder.config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield ibis.pyspark.connect(session)
    finally:
        session.stop()


def keep(engine: Backend, name: str, table: ir.Table) -> ir.Table:
    """Compute ``table`` once and return it as the temporary table ``name``, replacing an older one.

    ``create_table(overwrite=True)`` cannot do it: with sqlglot 30, Ibis 12 writes a DROP without a name.
    """
    engine.raw_sql(f'DROP TABLE IF EXISTS temp.main."{name}"')
    return engine.create_table(name, table, temp=True)


class Shelf:
    """Names for expressions that many groups share, so that each is compiled (or computed) once.

    Compiling, not computing, is what costs on a small district: without names every group would carry
    the whole path from files to households in its own expression.
    """

    def __init__(self, engine: Backend | None = None) -> None:
        """Put names into ``engine``; without one, expressions stay as they are."""
        self._engine = engine
        self._named: dict[str, ir.Table] = {}

    def view(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """Return ``make()`` under a name; nothing is computed."""
        if name not in self._named:
            table = make()
            if self._engine is not None:
                table = self._engine.create_view(name, table, overwrite=True)
            self._named[name] = table
        return self._named[name]

    def table(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """Return ``make()`` under a name, computed now; for what is small and asked for often."""
        if name not in self._named:
            table = make()
            self._named[name] = table if self._engine is None else keep(self._engine, name, table)
        return self._named[name]
