"""polars by hand: lazy and streaming, one plan per date. ``python -m ... DATA OUT``; polars is not ours to install."""

import sys
from pathlib import Path

import polars as pl

from experiments.benchmarks.peers.task import (
    DATES,
    STATS,
    TABLES,
    WINDOWS,
    count_name,
    name_of,
)
from experiments.benchmarks.spent import tell

_METHODS = {"sum": "sum", "mean": "mean", "min": "min", "max": "max", "stddev": "std"}


def build(data: Path, out: Path) -> None:
    """Write one file per date."""
    for day in DATES:
        wide = pl.scan_parquet(data / "entities.parquet").select("entity_id")
        for table in TABLES:
            facts = pl.scan_parquet(data / f"{table}.parquet").filter(
                pl.col("knowledge_date") < pl.lit(day)
            )
            wide = wide.join(
                facts.group_by("entity_id").agg(_aggregates(table, day)), on="entity_id", how="left"
            )
        names = wide.collect_schema().names()[1:]
        typed = [
            pl.col(name).fill_null(0).cast(pl.Int32)
            if name.endswith("_count")
            else (pl.col(name).fill_null(0) if name.endswith("_sum") else pl.col(name)).cast(
                pl.Float32
            )
            for name in names
        ]
        wide.select("entity_id", *typed).sink_parquet(out / f"{day}.parquet", compression="zstd")


def _aggregates(table: str, day: object) -> list[pl.Expr]:
    found = []
    for days in WINDOWS:
        seen = (
            None
            if days is None
            else pl.col("knowledge_date") >= pl.lit(day) - pl.duration(days=days)
        )
        count = pl.len() if seen is None else seen.sum()
        found.append(count.alias(count_name(table, days)))
        for measure in TABLES[table]:
            value = pl.col(measure) if seen is None else pl.col(measure).filter(seen)
            found.extend(
                getattr(value, _METHODS[stat])().alias(name_of(table, days, measure, stat))
                for stat in STATS
            )
    return found


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
    tell(version=pl.__version__)
