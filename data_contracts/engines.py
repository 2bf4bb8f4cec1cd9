"""Opening the lake's files on the engine that is there: DuckDB, or Spark where that is installed."""

from collections.abc import Sequence
from typing import TypeAlias

import ibis.expr.types as ir
from ibis import util
from ibis.backends import BaseBackend

Engine: TypeAlias = BaseBackend
"""An open connection of either engine, behind Ibis."""


def read_files(con: Engine, paths: Sequence[str]) -> ir.Table:
    """Return the rows of Parquet files of one shape as one table.

    Spark opens many files in one go only by itself; behind Ibis it takes one path.
    """
    if con.name != "pyspark":
        return con.read_parquet(list(paths))
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is None:
        raise RuntimeError(
            "no Spark session is active; open one with features.connections.open_spark"
        )
    name = util.gen_name("lake")
    session.read.parquet(*paths).createOrReplaceTempView(name)
    return con.table(name)
