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
from features.assembly import Declared, assembly
from features.connections import drop, keep, open_engine
from features.jobs import side_by_side
from features.one_pass import one_pass
from features.registry import KEYS
from features.windows import Windowed, count, highest, lowest, total


def build(data: Path, out: Path) -> None:
    """Write one file per date, the way a matrix of feature groups is put together."""
    with open_engine() as engine:
        homes = engine.read_parquet(data / "entities.parquet").select(household_id="entity_id")
        dates = ibis.array([ibis.date(day.isoformat()) for day in DATES]).unnest()
        members = homes.mutate(as_of_date=dates, entity_id=_.household_id)
        spine = keep(engine, "spine", members.select(*KEYS))
        with assembly(engine, spine, out / "columns") as rows:
            rows.add("ids", spine, lambda joined: {"entity_id": joined.household_id})
            for table in TABLES:
                statistics = _statistics(_aggregated(engine, data, table, members), table)
                rows.add(table, statistics, _declared(table))
                drop(engine, f"{table}_codes", f"{table}_parts")
            columns = ["entity_id", *(name for table in TABLES for name in _names(table))]
            side_by_side(
                lambda day: rows.write(day, columns, out / f"{day}.parquet"),
                DATES,
                jobs=rows.writers,
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


def _names(table: str) -> list[str]:
    """Return the columns of one table."""
    measures = [
        name_of(table, days, measure, stat)
        for days in WINDOWS
        for measure in TABLES[table]
        for stat in STATS
    ]
    return [*(count_name(table, days) for days in WINDOWS), *measures]


def _declared(table: str) -> Declared:
    """Return what makes nothing of a count or a sum where a household has no fact."""
    return lambda joined: {
        name: joined[name].fill_null(0) if name.endswith(("_count", "_sum")) else joined[name]
        for name in _names(table)
    }


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
    tell(version=ibis.__version__)
