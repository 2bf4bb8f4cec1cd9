"""The one place that opens an engine: DuckDB, or Spark where one machine is not enough, both behind Ibis.

A *kept* table is computed once and read often. DuckDB keeps it as a temporary table; Spark as Parquet files in
a folder of the session, because a cached view would hold memory that grows with the district and would carry
the whole plan beneath it into every query above it. Both are gone when the session ends.
"""

import shutil
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend as DuckDB
from ibis.expr.operations import Relation

from data_contracts.engines import Engine
from features.engine_names import DUCKDB, EngineError, check_engine, is_local
from features.scratch import scratch_folder
from features.spark_dialect import speaks_as_duckdb

if TYPE_CHECKING:
    from ibis.backends.pyspark import Backend as Spark

_KEPT = "spark.zhaoren.kept"


@contextmanager
def open_named(name: str, *, spill: Path | None = None, memory: str = "3GB") -> Iterator[Engine]:
    """Open the engine a deployment names, for what reads the lake and no sealed store; closed on exit.

    Args:
        name: see :func:`features.engine_names.check_engine`.
        spill: folder for what does not fit in memory and for kept tables. Every worker of a cluster must
            see it under the same path. None for the system's own.
        memory: the most DuckDB, or Spark's process on this machine, may hold: ``3GB``, ``800MB``.

    Raises:
        EngineError: no engine of that name, or Spark is not installed.
    """
    if check_engine(name) == DUCKDB:
        with open_engine(spill=spill, memory=memory, encrypted=False) as duckdb:
            yield duckdb
    else:
        with open_spark(name, spill=spill, memory=memory) as spark:
            yield spark


@contextmanager
def open_engine(
    *, spill: Path | None = None, memory: str = "3GB", encrypted: bool = True
) -> Iterator[DuckDB]:
    """Open an in-memory DuckDB with network extensions off; closed on exit.

    Args:
        spill: folder for what does not fit in ``memory``; None leaves that to DuckDB, which makes ``.tmp`` where
            the process was started.
        memory: the most DuckDB may hold, in its own notation.
        encrypted: whether what goes to ``spill`` is. Not needed for what comes from the lake, where it lies
            unencrypted itself.
    """
    settings = {
        "memory_limit": memory,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "preserve_insertion_order": "false",
    }
    with nullcontext() if spill is None else scratch_folder(spill, prefix="duckdb-") as scratch:
        if scratch is not None:
            settings["temp_directory"] = str(scratch)
        if scratch is not None and encrypted:
            # Where linking is at work, names must not reach the disk, whoever puts them into an engine one day. DuckDB
            # calls its built-in cipher unsafe for want of a better source of randomness; the safe one is an
            # extension to download.
            settings["force_mbedtls_unsafe"] = "true"
            settings["temp_file_encryption"] = "true"
        engine = ibis.duckdb.connect(**settings)
        try:
            yield engine
        finally:
            engine.disconnect()


@contextmanager
def open_spark(
    master: str = "local[2]",
    *,
    spill: Path | None = None,
    memory: str = "3GB",
    settings: Mapping[str, str] | None = None,
) -> Iterator["Spark"]:
    """Open a Spark session in UTC behind Ibis; stopped on exit. Needs the extra ``spark`` and Java 17.

    Args:
        master: ``local[N]`` or ``spark://host:port``.
        spill: see :func:`open_named`.
        memory: heap of the process on this machine; under ``spark-submit`` its ``--driver-memory`` counts.
        settings: Spark's own settings, over the ones here.

    Raises:
        EngineError: Spark or Java is not installed.
    """
    try:
        from pyspark.errors import PySparkRuntimeError
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise EngineError(
            f"the engine {master} needs Spark: `make spark`, or pip install 'zhaoren[spark]'"
        ) from error
    prefix = "spark-"
    with (
        TemporaryDirectory(prefix=prefix) if spill is None else scratch_folder(spill, prefix=prefix)
    ) as scratch:
        builder = SparkSession.builder.master(master).appName("zhaoren")
        wanted = _spark_settings(master, memory, Path(scratch)) | dict(settings or {})
        try:
            session = builder.config(map=wanted).getOrCreate()
        except PySparkRuntimeError as error:
            raise EngineError(
                f"Spark did not start ({error.getCondition()}); it needs Java 17 on the path:"
                " `make apt-test-tools`"
            ) from error
        session.sparkContext.setLogLevel("ERROR")
        if is_local(master):
            # Otherwise workers are whatever `python3` is on the path, which has none of our packages.
            session.sparkContext.pythonExec = sys.executable
        try:
            yield speaks_as_duckdb(ibis.pyspark.connect(session))
        finally:
            session.stop()


def _spark_settings(
    master: str, memory: str, scratch: Path
) -> dict[str, bool | float | int | str | None]:
    settings: dict[str, bool | float | int | str | None] = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.memory": memory.removesuffix("B").lower(),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        # Workers of a cluster may lie elsewhere than the lake: what is shuffled and spilled is enciphered.
        "spark.io.encryption.enabled": "true",
        _KEPT: str(scratch / "kept"),
    }
    if is_local(master):
        settings |= {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.local.dir": str(scratch / "shuffle"),
            # A table of a district shuffled into the default 200 pieces is 200 files of a few rows.
            "spark.sql.shuffle.partitions": master[len("local[") : -1],
        }
    return settings


def keep(engine: Engine, name: str, table: ir.Table) -> ir.Table:
    """Compute ``table`` once and return it as the temporary table ``name``, replacing an older one."""
    if engine.name == "pyspark":
        return _kept_in_files(engine, name, table)
    # `create_table(overwrite=True)` cannot: with sqlglot 30, Ibis 12 writes a DROP without a name.
    engine.raw_sql(f'DROP TABLE IF EXISTS temp.main."{name}"')
    return engine.create_table(name, table, temp=True)


def _kept_in_files(engine: "Spark", name: str, table: ir.Table) -> ir.Table:
    session = engine._session
    kept = Path(session.conf.get(_KEPT))
    older = list(kept.glob(f"{name}-*"))
    files = kept / f"{name}-{uuid.uuid4().hex}"
    engine.to_parquet(table, files)
    session.read.parquet(str(files)).createOrReplaceTempView(name)
    for folder in older:
        shutil.rmtree(folder)
    return engine.table(name)


def computed(engine: DuckDB, table: ir.Table) -> pa.Table:
    """Return the rows of ``table``. What Ibis has for it loads pandas, a second, to hand them over as they are."""
    view = engine.create_view("_computed", table, overwrite=True)
    rows = engine.con.sql(f'FROM "{view.get_name()}"').to_arrow_table()
    # DuckDB adds whole numbers up as 128-bit ones, whatever Ibis takes the sum for.
    return rows.cast(table.schema().to_pyarrow())


class KeptWhenAsked(Mapping[str, ir.Table]):
    """Tables by name, each computed by :func:`keep` when it is first asked for: few readers ask for all.

    Where one of the tables is part of another, it is computed first and read there.
    """

    def __init__(self, engine: Engine, tables: Mapping[str, ir.Table], *, prefix: str) -> None:
        """Keep nothing yet; a table will be called ``prefix`` and its name."""
        self._engine, self._tables, self._prefix = engine, dict(tables), prefix
        self._kept: dict[str, ir.Table] = {}

    def __getitem__(self, name: str) -> ir.Table:
        if name not in self._kept:
            whole = self._tables[name].op()
            below = set(whole.find(Relation)) - {whole}
            parts = {
                table.op(): self[other].op()
                for other, table in self._tables.items()
                if table.op() in below
            }
            table = whole.replace(parts).to_expr()
            self._kept[name] = keep(self._engine, f"{self._prefix}{name}", table)
        return self._kept[name]

    def __contains__(self, name: object) -> bool:
        return name in self._tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)


def spills_to(engine: DuckDB) -> Path | None:
    """Return the folder of what does not fit in memory; None where the engine was given none."""
    ((folder,),) = engine.raw_sql("SELECT current_setting('temp_directory')").fetchall()
    return Path(folder) if Path(folder).is_dir() else None


def drop(engine: DuckDB, *names: str) -> None:
    """Forget tables that were kept or registered: what is no longer asked for should not fill the memory."""
    for name in names:
        engine.con.unregister(name)
        engine.raw_sql(f'DROP TABLE IF EXISTS temp.main."{name}"')


class Shelf:
    """Names for expressions that many groups share, so that each is compiled (or computed) once.

    Compiling, not computing, is what costs on a small district: without names every group would carry
    the whole path from files to households in its own expression.
    """

    def __init__(self, engine: Engine | None = None) -> None:
        """Put names into ``engine``; without one, expressions stay as they are.

        ``computed`` are the names of the tables, for who forgets them when nothing reads them any more.
        """
        self.engine = engine
        self._named: dict[str, ir.Table] = {}
        self.computed: list[str] = []

    def view(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """Return ``make()`` under a name; nothing is computed."""
        if name not in self._named:
            table = make()
            if self.engine is not None:
                table = self.engine.create_view(name, table, overwrite=True)
            self._named[name] = table
        return self._named[name]

    def table(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """Return ``make()`` under a name, computed now; for what is small and asked for often."""
        if name not in self._named:
            table = make()
            self._named[name] = table if self.engine is None else keep(self.engine, name, table)
            self.computed.append(name)
        return self._named[name]
