"""The engine: windowed aggregates for many dates in one pass. ``python -m ... DATA OUT``."""

import sys
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
        wide = members.rename(entity="entity_id")
        for table in TABLES:
            wide = _beside(wide, _aggregated(engine, data, table, members), table)
        engine.create_view("wide", wide.drop("household_id"))
        for day in DATES:
            engine.raw_sql(
                "COPY (SELECT entity AS entity_id, * EXCLUDE (entity, as_of_date) FROM wide"
                f" WHERE as_of_date = DATE '{day}') TO '{out}/{day}.parquet' (FORMAT parquet, COMPRESSION zstd,"
                " ROW_GROUP_SIZE 50000)"
            )


def _aggregated(engine: Backend, data: Path, table: str, members: ir.Table) -> ir.Table:
    read = engine.read_parquet(data / f"{table}.parquet")
    facts = read.mutate(
        event_date=read.knowledge_date,
        known_from=read.knowledge_date.cast("timestamp(6)"),
        known_until=ibis.null("timestamp(6)"),
    )
    return one_pass(engine, table, facts, members, wanted_of(table), days=DATES)


def wanted_of(table: str) -> dict[str, Windowed]:
    """Return what is asked of one table: counts, sums, sums of squares, lowest and highest."""
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


def _beside(wide: ir.Table, aggregates: ir.Table, table: str) -> ir.Table:
    joined = wide.left_join(aggregates, list(KEYS), rname="{name}_beside")
    statistics: dict[str, ir.Value] = {}
    for days in WINDOWS:
        name = count_name(table, days)
        facts = joined[name].fill_null(0)
        statistics[name] = facts.cast("int32")
        for measure in TABLES[table]:
            of = {stat: name_of(table, days, measure, stat) for stat in (*STATS, "squares")}
            added = joined[of["sum"]]
            spread = joined[of["squares"]] - added * added / facts.nullif(0)
            values = {
                "sum": added.fill_null(0),
                "mean": added / facts.nullif(0),
                "min": joined[of["min"]],
                "max": joined[of["max"]],
                "stddev": (spread.clip(lower=0) / (facts - 1).nullif(0)).sqrt(),
            }
            statistics |= {of[stat]: value.cast("float32") for stat, value in values.items()}
    return joined.select(*wide.columns, **statistics)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
    tell(version=ibis.__version__)
