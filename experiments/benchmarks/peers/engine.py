"""The engine: windowed aggregates for many dates in one pass. ``python -m ... DATA OUT``."""

import sys
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis import _
from ibis.backends.duckdb import Backend

from experiments.benchmarks.peers.task import (
    DATES,
    STATS,
    TABLES,
    WINDOWS,
    count_name,
    name_of,
)
from experiments.benchmarks.spent import tell
from features.connections import open_engine
from features.one_pass import one_pass
from features.registry import KEYS
from features.windows import Windowed, count, highest, lowest, total


def build(data: Path, out: Path) -> None:
    """Write one file per date."""
    with open_engine() as engine:
        homes = engine.read_parquet(data / "entities.parquet").select(household_id="entity_id")
        dates = ibis.memtable({"as_of_date": list(DATES)}, schema={"as_of_date": "date"})
        members = homes.cross_join(dates).mutate(entity_id=_.household_id)
        found = {table: _aggregated(engine, data, table, members) for table in TABLES}
        for day in DATES:
            _write(engine, homes, found, day, out)


def _aggregated(engine: Backend, data: Path, table: str, members: ir.Table) -> ir.Table:
    read = engine.read_parquet(data / f"{table}.parquet")
    facts = read.mutate(
        event_date=read.knowledge_date,
        known_from=read.knowledge_date.cast("timestamp(6)"),
        known_until=ibis.null("timestamp(6)"),
    )
    return one_pass(engine, table, facts, members, _wanted(table), days=DATES)


def _wanted(table: str) -> dict[str, Windowed]:
    wanted: dict[str, Windowed] = {}
    for days in WINDOWS:
        wanted[count_name(table, days)] = count(days=days)
        for measure in TABLES[table]:
            value = _[measure]
            wanted[name_of(table, days, measure, "sum")] = total(value, days=days)
            wanted[name_of(table, days, measure, "squares")] = total(value * value, days=days)
            wanted[name_of(table, days, measure, "min")] = lowest(value, days=days)
            wanted[name_of(table, days, measure, "max")] = highest(value, days=days)
    return wanted


def _write(
    engine: Backend, homes: ir.Table, found: dict[str, ir.Table], day: date, out: Path
) -> None:
    wide = homes
    for table, aggregates in found.items():
        here = aggregates.filter(aggregates.as_of_date == ibis.date(day.isoformat()))
        wide = (
            wide.left_join(here.drop(KEYS[1]), KEYS[0], rname="{name}_beside")
            .drop(f"{KEYS[0]}_beside")
            .select(*wide.columns, **_statistics(here, table))
        )
    engine.to_parquet(wide.rename(entity_id=KEYS[0]), out / f"{day}.parquet", compression="zstd")


def _statistics(here: ir.Table, table: str) -> dict[str, ir.Value]:
    columns: dict[str, ir.Value] = {}
    for days in WINDOWS:
        name = count_name(table, days)
        facts = _[name]
        columns[name] = facts.fill_null(0).cast("int32")
        for measure in TABLES[table]:
            of = {stat: name_of(table, days, measure, stat) for stat in (*STATS, "squares")}
            added = _[of["sum"]]
            spread = _[of["squares"]] - added * added / facts.nullif(0)
            values = {
                "sum": added.fill_null(0),
                "mean": added / facts.nullif(0),
                "min": _[of["min"]],
                "max": _[of["max"]],
                "stddev": (spread.clip(lower=0) / (facts - 1).nullif(0)).sqrt(),
            }
            columns |= {of[stat]: value.cast("float32") for stat, value in values.items()}
    return columns


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
    tell(version=ibis.__version__)
