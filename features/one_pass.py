"""Windowed aggregates of one feed for many dates at once, in one pass over its facts.

DuckDB reads, filters and rolls up; :mod:`features.reduction` adds up, block of entities by block. On Spark, and
for a single date, the same aggregates are plain expressions (:mod:`features.windows`); tests hold both equal.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta
from tempfile import NamedTemporaryFile

import duckdb
import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend as DuckDB

from features.connections import drop, keep, spills_to
from features.reduction import CODE, EPOCH, Plan, plan_of, reduce_block, reduced_schema
from features.registry import KEYS
from features.windows import Windowed, in_units, longest, rolled_up

BLOCK = 75_000
"""Entities times dates reduced at a time: what is added up again and again should stay in the cache."""
READ = 600_000
"""Facts handed over at a time."""


def one_pass(
    engine: DuckDB,
    name: str,
    facts: ir.Table,
    members: ir.Table,
    wanted: Mapping[str, Windowed],
    *,
    days: Sequence[date],
) -> ir.Table:
    """Return ``household_id, as_of_date`` and ``wanted``, computed once.

    Args:
        engine: where to compute.
        name: what the names of the tables it keeps in ``engine`` begin with; they replace older ones.
        facts: every version of the facts of one feed, the entity in ``entity_id``.
        members: ``household_id, as_of_date, entity_id`` and perhaps ``since``, which leaves out facts before.
        wanted: what is asked.
        days: the dates, ascending.
    """
    ids = [column for column in ("entity_id", "since") if column in members.columns]
    entities = members.select(*ids).distinct()
    in_order = ibis.row_number().over(order_by=ids)
    coded = keep(engine, f"{name}_codes", entities.mutate(**{CODE: in_order}))
    blocks = _blocks(_counted(engine, coded), max(BLOCK // len(days), 1))
    asked, read = _columns_of_interest(facts, coded, wanted, days)
    view = engine.create_view(f"{name}_facts", read, overwrite=True)
    in_blocks = _in_blocks(engine.con.sql(f'FROM "{view.get_name()}" ORDER BY {CODE}'), blocks)
    parts = _parts(engine, name, asked, in_blocks, blocks, days)
    owned = members.join(coded, ids).join(parts, [CODE, "as_of_date"])
    if _counted(engine, members) == _counted(engine, members.select(*KEYS).distinct()):
        # No household has two entities on a date: there is nothing to roll up.
        return in_units(owned.select(*KEYS, *wanted), wanted)
    rolled = owned.group_by(list(KEYS)).agg(
        **{column: rolled_up(owned, column, one) for column, one in wanted.items()}
    )
    # Below the join DuckDB would first add up what there is one of, at twice the price of all the rest.
    engine.raw_sql("SET disabled_optimizers = 'partial_aggregate_pushdown'")
    try:
        answer = keep(engine, name, in_units(rolled, wanted))
    finally:
        engine.raw_sql("RESET disabled_optimizers")
    drop(engine, f"{name}_codes", f"{name}_parts")
    return answer


def _counted(engine: DuckDB, rows: ir.Table) -> int:
    # `execute` and `to_pyarrow` would load pandas, half a second, to hand it over.
    ((count,),) = engine.raw_sql(engine.compile(rows.count())).fetchall()
    return int(count)


def _blocks(count: int, size: int) -> list[range]:
    """Return ``count`` entities cut into blocks; one empty block if there are none."""
    starts = range(0, max(count, 1), size)
    return [range(start, min(start + size, count)) for start in starts]


def _columns_of_interest(
    facts: ir.Table, coded: ir.Table, wanted: Mapping[str, Windowed], days: Sequence[date]
) -> tuple[Plan, ir.Table]:
    owned = facts.join(coded, "entity_id")
    if "since" in coded.columns:
        owned = owned.filter(owned.event_date >= owned.since)
    looks_back = longest(wanted)
    if looks_back is not None:
        earliest = days[0] - timedelta(days=looks_back)
        owned = owned.filter(owned.event_date >= ibis.date(earliest.isoformat()))
    first, last = (ibis.date(day.isoformat()) for day in (days[0], days[-1]))
    owned = owned.filter(
        owned.event_date < last,
        owned.known_from < last.cast("timestamp"),
        owned.known_until.isnull() | (owned.known_until >= first.cast("timestamp")),
    )
    owned = owned.mutate(reported_on=owned.known_from.cast("date"))
    asked = plan_of(owned, wanted)
    return asked, read_columns(owned, asked, days)


def _parts(
    engine: DuckDB,
    name: str,
    asked: Plan,
    facts: Iterator[pa.Table],
    blocks: Sequence[range],
    days: Sequence[date],
) -> ir.Table:
    """Return the aggregates per entity and date, of the facts of each block; one is added up while the next is read.

    They lie in a file that DuckDB reads where it lies: rows put into a table of its own are counted and measured by
    column first, at twice the price of adding them up.
    """
    with NamedTemporaryFile(dir=spills_to(engine), prefix=f"{name}-") as file:
        with (
            pa.ipc.new_file(file.name, reduced_schema(asked)) as parts,
            ThreadPoolExecutor(1) as thread,
        ):

            def add_up(read: pa.Table, codes: range) -> None:
                parts.write_table(reduce_block(read, asked, days=days, codes=codes))

            begun: Future[None] | None = None
            for codes, read in zip(blocks, facts, strict=True):
                if begun is not None:
                    begun.result()
                begun = thread.submit(add_up, read, codes)
            if begun is not None:
                begun.result()
        # The file has no name any more once it is mapped; it is gone with whoever reads it last.
        mapped = pa.ipc.open_file(pa.memory_map(file.name)).read_all()
    drop(engine, f"{name}_parts")
    engine.con.register(f"{name}_parts", mapped)
    return engine.table(f"{name}_parts")


def _in_blocks(facts: duckdb.DuckDBPyRelation, blocks: Sequence[range]) -> Iterator[pa.Table]:
    """Yield the facts of each block of entities, of facts in their order."""
    batches = facts.to_arrow_reader(READ)
    waiting: list[pa.RecordBatch] = []
    for codes in blocks:
        while not waiting or waiting[-1][CODE][-1].as_py() < codes.stop:
            batch = next(batches, None)
            if batch is None:
                break
            if len(batch):
                waiting.append(batch)
        own = waiting
        waiting = []
        if own:
            ends = int(np.searchsorted(np.from_dlpack(own[-1][CODE]), codes.stop))
            waiting = [own[-1].slice(ends)] if ends < len(own[-1]) else []
            own[-1] = own[-1].slice(0, ends)
        yield pa.Table.from_batches(own, schema=batches.schema)


def read_columns(facts: ir.Table, asked: Plan, days: Sequence[date]) -> ir.Table:
    """Return what :func:`~features.reduction.reduce_block` reads: the entity, three days as numbers and the values.

    A date sees a fact if it lies after ``seen_from`` and not after ``seen_until``. Only values may be null.
    """
    forever = ibis.date(days[-1].isoformat())
    return facts.select(
        CODE,
        happened=_number(facts.event_date),
        seen_from=_number(ibis.greatest(facts.event_date, facts.known_from.cast("date"))),
        seen_until=_number(facts.known_until.cast("date").fill_null(forever)),
        **{name: value.cast("float64") for name, value in asked.columns.items()},
    )


def _number(day: ir.DateValue) -> ir.IntegerValue:
    return day.delta(ibis.date(EPOCH.isoformat()), unit="day").cast("int32")
