"""DuckDB, one query per date: what a good engineer writes in an afternoon. ``python -m ... DATA OUT``."""

import sys
from pathlib import Path

import duckdb

from experiments.benchmarks.peers.task import (
    DATES,
    STATS,
    TABLES,
    WINDOWS,
    count_name,
    name_of,
)
from experiments.benchmarks.spent import tell

_FUNCTIONS = {"sum": "sum", "mean": "avg", "min": "min", "max": "max", "stddev": "stddev_samp"}


def build(data: Path, out: Path) -> None:
    """Write one file per date."""
    con = duckdb.connect()
    con.execute("SET preserve_insertion_order = false; SET enable_progress_bar = false")
    for day in DATES:
        joins, columns = [], ["e.entity_id"]
        for table, measures in TABLES.items():
            aggregates = []
            for days in WINDOWS:
                seen = f"FILTER (knowledge_date >= DATE '{day}' - {days})" if days else ""
                name = count_name(table, days)
                aggregates.append(f"count(*) {seen} AS {name}")
                columns.append(f"coalesce({name}, 0)::INTEGER AS {name}")
                for measure in measures:
                    for stat in STATS:
                        name = name_of(table, days, measure, stat)
                        aggregates.append(f"{_FUNCTIONS[stat]}({measure}) {seen} AS {name}")
                        value = f"coalesce({name}, 0)" if stat == "sum" else name
                        columns.append(f"{value}::FLOAT AS {name}")
            joins.append(
                f"LEFT JOIN (SELECT entity_id, {', '.join(aggregates)} FROM '{data}/{table}.parquet'"
                f" WHERE knowledge_date < DATE '{day}' GROUP BY entity_id) AS {table} USING (entity_id)"
            )
        con.execute(
            f"COPY (SELECT {', '.join(columns)} FROM '{data}/entities.parquet' AS e {' '.join(joins)})"
            f" TO '{out}/{day}.parquet' (FORMAT parquet, COMPRESSION zstd)"
        )


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
    tell(version=duckdb.__version__)
