"""What other feeds know, asked of the lake: which group a key belongs to, and which values are unknown.

Each answer is kept as a table of one DuckDB connection until one of the feeds behind it delivers again, so a
night of many files pays once. The newest version told of a key counts.
"""

from collections.abc import Mapping
from itertools import count

import duckdb
import pyarrow as pa

from data_contracts.lake import Lake
from data_contracts.lake_files import Kind
from data_contracts.lake_tables import KNOWN_FROM
from data_contracts.set_rules import Step


class Lookups:
    """Other feeds as loaded so far."""

    def __init__(self, lake: Lake, con: duckdb.DuckDBPyConnection) -> None:
        self._lake = lake
        self._con = con
        self._numbers = count()
        self._tables: dict[tuple[Step, ...], str | None] = {}

    def groups(self, counted: pa.Table, path: tuple[Step, ...]) -> Mapping[str, int] | None:
        """Return rows by group at the end of a path, rows without a group left out.

        Args:
            counted: ``key`` and ``rows``, each key once.
            path: the steps from the key to the group.

        Returns:
            None when a feed of the path has not delivered.
        """
        table = self._table(path)
        if table is None:
            return None
        self._con.register("incoming", counted)
        found = self._con.execute(
            f"SELECT t.value, sum(i.rows) FROM incoming AS i JOIN {table} AS t USING (key) GROUP BY 1"
        ).fetchall()
        self._con.unregister("incoming")
        return {str(group): int(rows) for group, rows in sorted(found)}

    def unknown(self, values: pa.ChunkedArray, *, feed: str, column: str) -> int | None:
        """Return how many of the values, nulls left out, are no value of the feed's column."""
        table = self._table((Step(feed, column, column),))
        if table is None:
            return None
        self._con.register("incoming", pa.table({"key": values}))
        found = self._con.execute(
            f"SELECT count(*) FROM incoming ANTI JOIN {table} USING (key) WHERE key IS NOT NULL"
        ).fetchall()
        self._con.unregister("incoming")
        return int(found[0][0])

    def forget(self, feed: str) -> None:
        """Drop what was found out through a feed that has just delivered."""
        for path in [path for path in self._tables if any(step.feed == feed for step in path)]:
            table = self._tables.pop(path)
            if table is not None:
                self._con.execute(f"DROP TABLE {table}")

    def _table(self, path: tuple[Step, ...]) -> str | None:
        """Return the name of a table ``key, value`` with each key once."""
        if path not in self._tables:
            self._tables[path] = self._built(path)
        return self._tables[path]

    def _built(self, path: tuple[Step, ...]) -> str | None:
        last = path[-1]
        paths = self._lake.paths(last.feed, Kind.FACTS)
        if not paths:
            return None
        before = self._table(path[:-1]) if path[:-1] else None
        if path[:-1] and before is None:
            return None
        name = f"lookup_{next(self._numbers)}"
        step = (
            f'SELECT "{last.key}"::VARCHAR AS key, arg_max("{last.value}"::VARCHAR, {KNOWN_FROM}) AS value'
            f' FROM read_parquet($paths) WHERE "{last.key}" IS NOT NULL AND "{last.value}" IS NOT NULL'
            " GROUP BY 1"
        )
        if before is not None:
            step = f"SELECT b.key, s.value FROM {before} AS b JOIN ({step}) AS s ON b.value = s.key"
        self._con.execute(f"CREATE TEMP TABLE {name} AS {step}", {"paths": paths})
        return name
