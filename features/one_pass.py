"""Windowed aggregates of one feed for many dates at once, in one pass over its facts.

DuckDB reads, filters and rolls up; :mod:`features.reduction` adds up, block of entities by block. On Spark, and
for a single date, the same aggregates are plain expressions (:mod:`features.windows`); tests hold both equal.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend as DuckDB

from features.connections import drop, keep
from features.reduction import CODE, EPOCH, Plan, plan_of, reduce_block
from features.registry import KEYS
from features.windows import Windowed, in_units, longest, rolled_up

BLOCK = 75_000
"""Entities times dates reduced at a time: what is added up again and again should stay in the cache."""
APPENDED = 150_000
"""Rows added to a kept table at a time. DuckDB compresses tables that grow by less than its row groups of 122,880
rows, which costs more than all else here."""
SORTED_ABOVE = 8
"""Blocks from which on facts are sorted by entity once, instead of being looked through for each block."""


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
    if len(blocks) > SORTED_ABOVE:
        read = read.order_by(CODE)
    keep(engine, f"{name}_facts", read)
    parts = _parts(engine, name, asked, blocks, days)
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
    # Like what reads a block: `execute` and `to_pyarrow` would load pandas, half a second, to hand it over.
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
    engine: DuckDB, name: str, asked: Plan, blocks: Sequence[range], days: Sequence[date]
) -> ir.Table:
    """Return the aggregates per entity and date; what was read of the facts is forgotten."""
    parts = f"{name}_parts"
    drop(engine, parts)
    waiting: list[pa.Table] = []
    for reduced in _reduced(engine, f"{name}_facts", asked, blocks, days):
        waiting.append(reduced)
        if sum(map(len, waiting)) >= APPENDED:
            _append(engine, parts, pa.concat_tables(waiting))
            waiting.clear()
    if waiting:
        _append(engine, parts, pa.concat_tables(waiting))
    drop(engine, f"{name}_facts")
    return engine.table(parts)


def _reduced(
    engine: DuckDB, facts: str, asked: Plan, blocks: Sequence[range], days: Sequence[date]
) -> Iterator[pa.Table]:
    """Yield the aggregates of each block; it is added up while the next one is read and the last one kept."""
    # Written by hand: to put the same sentence together for hundreds of blocks took longer than to answer it.
    within = f'FROM temp.main."{facts}" WHERE {CODE} >= ? AND {CODE} < ?'
    with ThreadPoolExecutor(1) as thread:
        begun: Future[pa.Table] | None = None
        for codes in blocks:
            read = engine.con.sql(within, params=[codes.start, codes.stop]).to_arrow_table()
            before = begun
            begun = thread.submit(reduce_block, read, asked, days=days, codes=codes)
            if before is not None:
                yield before.result()
        if begun is not None:
            yield begun.result()


def _append(engine: DuckDB, name: str, rows: pa.Table) -> None:
    # Unlike `ibis.memtable`, what is registered by hand is let go of when it is said to.
    engine.con.register(f"{name}_more", rows)
    engine.raw_sql(f'CREATE TEMP TABLE IF NOT EXISTS "{name}" AS FROM "{name}_more" LIMIT 0')
    engine.raw_sql(f'INSERT INTO temp.main."{name}" FROM "{name}_more"')
    engine.con.unregister(f"{name}_more")


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
