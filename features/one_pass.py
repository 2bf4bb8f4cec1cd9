"""Windowed aggregates of one feed for many dates at once, in one pass over its facts.

DuckDB reads, filters and rolls up; :mod:`features.reduction` adds up, block of entities by block. On Spark, and
for a single date, the same aggregates are plain expressions (:mod:`features.windows`); tests hold both equal.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend as DuckDB

from features.connections import drop, keep
from features.reduction import CODE, EPOCH, Plan, plan_of, reduce_block
from features.registry import KEYS
from features.windows import Windowed, in_units, longest, rolled_up

BLOCK = 50_000
"""Entities reduced at a time: some hundred megabytes with twenty aggregates and twenty-four dates."""


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
    coded = keep(engine, f"{name}_codes", entities.mutate(**{CODE: ibis.row_number()}))
    asked, read = _columns_of_interest(facts, coded, wanted, days)
    keep(engine, f"{name}_facts", read)
    parts = _parts(engine, name, asked, coded, days)
    owned = members.join(coded, ids).join(parts, [CODE, "as_of_date"])
    if _one_each(members):
        return in_units(owned.select(*KEYS, *wanted), wanted)
    rolled = owned.group_by(list(KEYS)).agg(
        **{column: rolled_up(owned, column, one) for column, one in wanted.items()}
    )
    answer = keep(engine, name, in_units(rolled, wanted))
    drop(engine, f"{name}_codes", f"{name}_parts")
    return answer


def _one_each(members: ir.Table) -> bool:
    """Whether no household has two entities on a date: then there is nothing to roll up."""
    households = members.select(*KEYS).distinct().count().execute()
    return bool(members.count().execute() == households)


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
    owned = owned.filter(owned.event_date < ibis.date(days[-1].isoformat()))
    owned = owned.mutate(reported_on=owned.known_from.cast("date"))
    asked = plan_of(owned, wanted)
    return asked, read_columns(owned, asked)


def _parts(
    engine: DuckDB, name: str, asked: Plan, coded: ir.Table, days: Sequence[date]
) -> ir.Table:
    """Return the aggregates per entity and date; what was read of the facts is forgotten."""
    facts = engine.table(f"{name}_facts")
    count = int(coded.count().execute())
    parts = f"{name}_parts"
    for start in range(0, max(count, 1), BLOCK):
        codes = range(start, min(start + BLOCK, count))
        read = engine.to_pyarrow(facts.filter(facts[CODE] >= codes.start, facts[CODE] < codes.stop))
        block = ibis.memtable(pa.concat_tables(_dated(read, asked, days, codes)))
        if start == 0:
            keep(engine, parts, block)
        else:
            engine.insert(parts, block)
    drop(engine, f"{name}_facts")
    return engine.table(parts)


def _dated(read: pa.Table, asked: Plan, days: Sequence[date], codes: range) -> list[pa.Table]:
    return [
        aggregates.append_column("as_of_date", pa.array([day] * len(aggregates), pa.date32()))
        for day, aggregates in reduce_block(read, asked, days=days, codes=codes)
    ]


def read_columns(facts: ir.Table, asked: Plan) -> ir.Table:
    """Return what :func:`~features.reduction.reduce_block` reads: the entity, three dates as numbers and the values."""
    epoch = ibis.date(EPOCH.isoformat())
    return facts.select(
        CODE,
        happened=facts.event_date.delta(epoch, unit="day").cast("int32"),
        known_from=facts.known_from.cast("timestamp(6)"),
        known_until=facts.known_until.cast("timestamp(6)"),
        **asked.columns,
    )
