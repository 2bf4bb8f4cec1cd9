"""What Ibis 12 writes for Spark that means something else than on DuckDB, written as it is on DuckDB.

A deployment's groups are one definition for both engines; a difference is mended here, once, and not in
every group that meets it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ibis.backends.pyspark import Backend as Spark


def speaks_as_duckdb(spark: "Spark") -> "Spark":
    """Return ``spark`` with its own compiler replaced by the mended one; needs pyspark."""
    from ibis.backends.sql.compilers.pyspark import PySparkCompiler

    class Mended(PySparkCompiler):  # type: ignore[misc]
        __slots__ = ()

        def visit_CountStar(self, op: Any, *, arg: Any, where: Any) -> Any:  # noqa: N802 Ibis' name
            """Count rows; none where the condition is unknown for all of them, instead of null."""
            if where is None:
                return super().visit_CountStar(op, arg=arg, where=where)
            return self.f.count_if(where)

    spark.compiler = Mended()
    return spark
