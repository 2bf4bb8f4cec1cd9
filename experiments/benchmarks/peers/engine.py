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
from features.connections import drop, keep, open_engine
from features.one_pass import one_pass
from features.point_in_time import side_by_side
from features.registry import KEYS
from features.windows import Windowed, count, highest, lowest, total


def build(data: Path, out: Path) -> None:
    """Write one file per date."""
    with open_engine() as engine:
        homes = engine.read_parquet(data / "entities.parquet").select(household_id="entity_id")
        dates = ibis.array([ibis.date(day.isoformat()) for day in DATES]).unnest()
        members = homes.mutate(as_of_date=dates, entity_id=_.household_id)
        wide = members.select(*KEYS)
        for table in TABLES:
            statistics = _statistics(_aggregated(engine, data, table, members), table)
            wide = side_by_side(wide, keep(engine, f"group_{table}", statistics))
            drop(engine, f"{table}_codes", f"{table}_parts")
        nothing = [name for name in wide.columns if name.endswith(("_count", "_sum"))]
        wide = wide.mutate(**{name: wide[name].fill_null(0) for name in nothing})
        engine.create_view("wide", wide)
        for day in DATES:
            engine.raw_sql(
                "COPY (SELECT household_id AS entity_id, * EXCLUDE (household_id, as_of_date) FROM wide"
                f" WHERE as_of_date = DATE '{day}') TO '{out}/{day}.parquet' (FORMAT parquet, COMPRESSION zstd,"
                " COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 50000)"
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


def _statistics(aggregates: ir.Table, table: str) -> ir.Table:
    """Return what the other columns are worked out from, as a feature group does."""
    statistics: dict[str, ir.Value] = {}
    for days in WINDOWS:
        facts = aggregates[count_name(table, days)]
        statistics[count_name(table, days)] = facts.cast("int32")
        for measure in TABLES[table]:
            of = {stat: name_of(table, days, measure, stat) for stat in (*STATS, "squares")}
            added = aggregates[of["sum"]]
            spread = aggregates[of["squares"]] - added * added / facts.nullif(0)
            values = {
                "sum": added,
                "mean": added / facts.nullif(0),
                "min": aggregates[of["min"]],
                "max": aggregates[of["max"]],
                "stddev": (ibis.greatest(spread, 0) / ibis.greatest(facts - 1, 0).nullif(0)).sqrt(),
            }
            statistics |= {of[stat]: value.cast("float32") for stat, value in values.items()}
    return aggregates.select(*KEYS, **statistics)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
    tell(version=ibis.__version__)
