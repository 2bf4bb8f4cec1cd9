"""The engine's reduction by itself, block of households by block. ``python -m ... DATA OUT``.

Where a fact names its household there is nothing to link and nothing to roll up, so a block is read, reduced for all
dates and written before the next: memory follows the block, not the data. Two blocks are at work at a time.
"""

import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from experiments.benchmarks.peers.engine import wanted_of
from experiments.benchmarks.peers.task import DATES, STATS, TABLES, WINDOWS, count_name, name_of
from experiments.benchmarks.spent import tell
from features.connections import keep, open_engine
from features.one_pass import read_columns
from features.reduction import CODE, Plan, plan_of, reduce_block
from features.windows import SCALE

READ, BLOCK = 10_000, 5_000
"""Households read at a time, and of these reduced at a time: what is at work then fits the cache."""
AT_A_TIME = 2

_Columns = dict[str, np.ndarray]
_Facts = dict[str, pa.Table]


def build(data: Path, out: Path) -> None:
    """Write one file per date."""
    writers: dict[date, pq.ParquetWriter] = {}
    with open_engine() as engine, ThreadPoolExecutor(AT_A_TIME) as pool:
        households = _coded(engine, data)
        plans = {table: _opened(engine, data, table) for table in TABLES}
        waiting: deque[Future[dict[date, pa.Table]]] = deque()
        for start in range(0, len(households), BLOCK):
            codes = range(start, min(start + BLOCK, len(households)))
            if start % READ == 0:
                read = {table: _read(engine, table, start) for table in TABLES}
            facts = {table: _of(rows, codes) for table, rows in read.items()}
            ids = households[codes.start : codes.stop]
            waiting.append(pool.submit(_reduced, ids, codes, facts, plans))
            if len(waiting) > AT_A_TIME:
                _write(waiting.popleft().result(), writers, out)
        for late in waiting:
            _write(late.result(), writers, out)
    for writer in writers.values():
        writer.close()


def _coded(engine: Backend, data: Path) -> np.ndarray:
    """Number the households in the order of their ids and return these."""
    ids = pq.read_table(data / "entities.parquet", columns=["entity_id"])["entity_id"]
    households = np.sort(ids.to_numpy())
    coded = pa.table({"entity_id": households, CODE: np.arange(len(households))})
    keep(engine, "codes", ibis.memtable(coded))
    return households


def _opened(engine: Backend, data: Path, table: str) -> Plan:
    """Create the view ``read_<table>`` of what is reduced and return what is asked of it."""
    facts = engine.read_parquet(data / f"{table}.parquet")
    dated = facts.filter(facts.knowledge_date < ibis.date(DATES[-1].isoformat()))
    dated = dated.join(engine.table("codes"), "entity_id").mutate(
        event_date=dated.knowledge_date,
        known_from=dated.knowledge_date.cast("timestamp(6)"),
        known_until=ibis.null("timestamp(6)"),
    )
    asked = plan_of(dated, wanted_of(table))
    engine.create_view(f"read_{table}", read_columns(dated, asked))
    return asked


def _read(engine: Backend, table: str, start: int) -> pa.Table:
    # DuckDB hands the ids of these households down to the file, which skips what it can.
    wanted = f"{CODE} >= {start} AND {CODE} < {start + READ}"
    return engine.con.sql(f"SELECT * FROM read_{table} WHERE {wanted}").to_arrow_table()


def _of(rows: pa.Table, codes: range) -> pa.Table:
    code = rows[CODE].to_numpy()
    return rows.filter(pa.array((code >= codes.start) & (code < codes.stop)))


def _reduced(
    ids: np.ndarray, codes: range, facts: _Facts, plans: dict[str, Plan]
) -> dict[date, pa.Table]:
    wide: dict[date, _Columns] = {day: {"entity_id": ids} for day in DATES}
    for table, rows in facts.items():
        for day, parts in reduce_block(rows, plans[table], days=DATES, codes=codes):
            wide[day].update(_statistics(parts, table, codes))
    return {day: _table(columns) for day, columns in wide.items()}


def _statistics(parts: pa.Table, table: str, codes: range) -> Iterator[tuple[str, np.ndarray]]:
    here = parts[CODE].to_numpy() - codes.start

    def everybody(name: str, nothing: float) -> np.ndarray:
        values = np.full(len(codes), nothing)
        values[here] = parts[name].cast(pa.float64()).to_numpy()
        return values

    for days in WINDOWS:
        facts = everybody(count_name(table, days), 0.0)
        yield count_name(table, days), facts.astype(np.int32)
        for measure in TABLES[table]:
            of = {stat: name_of(table, days, measure, stat) for stat in (*STATS, "squares")}
            added = np.nan_to_num(everybody(of["sum"], 0.0)) / SCALE
            squares = np.nan_to_num(everybody(of["squares"], 0.0)) / SCALE
            with np.errstate(divide="ignore", invalid="ignore"):
                spread = np.maximum(squares - added * added / facts, 0) / (facts - 1)
                values = {
                    "sum": added,
                    "mean": added / facts,
                    "min": everybody(of["min"], np.nan),
                    "max": everybody(of["max"], np.nan),
                    "stddev": np.sqrt(np.where(facts > 1, spread, np.nan)),
                }
            for stat, column in values.items():
                yield of[stat], column.astype(np.float32)


def _table(columns: _Columns) -> pa.Table:
    return pa.table({name: pa.array(one, from_pandas=True) for name, one in columns.items()})


def _write(block: dict[date, pa.Table], writers: dict[date, pq.ParquetWriter], out: Path) -> None:
    for day, rows in block.items():
        if day not in writers:
            writers[day] = pq.ParquetWriter(out / f"{day}.parquet", rows.schema, compression="zstd")
        writers[day].write_table(rows)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
    tell(version=ibis.__version__)
