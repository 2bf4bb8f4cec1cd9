"""What a delivery adds to what the lake holds: new facts, corrections, and rows we already have.

Within one file the last row of a fact id stands: exports are written in the order things happened. An earlier
row that says the same is an exact duplicate, one that says something else is set aside for quarantine, since
two truths about one fact in one file deserve a look.

Across files a fact's versions follow from the set of its tellings alone, not from the order they are judged in
(see :mod:`data_contracts.fold`). A delivery newer than all others needs only a look at the versions that
stand; only the facts a late one speaks of are folded anew.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from data_contracts.contract import Contract
from data_contracts.fold import find_stored, refold
from data_contracts.lake import Lake
from data_contracts.lake_files import Kind
from data_contracts.lake_tables import (
    DELIVERY_ID,
    KNOWN_UNTIL,
    TIME,
    WRITTEN_BY,
    retold_schema,
    superseded_schema,
    told,
)
from data_contracts.order import Order

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Repeats:
    """Rows of one file whose fact id comes again further down, as positions in the file."""

    exact: Positions
    contradicted: Positions


@dataclass(frozen=True)
class News:
    """What the lake did not know, as its files hold it (see :mod:`data_contracts.lake_tables`).

    ``accepted`` counts the rows of the delivery among ``facts``; a late delivery may bring rows of others to
    light as well. Every row of the delivery is either among ``facts`` or in ``retold``.
    """

    accepted: int
    facts: pa.Table
    superseded: pa.Table
    retold: pa.Table


def repeats_within(rows: pa.Table, contract: Contract, candidates: Positions) -> Repeats:
    """Return the repeated rows among ``candidates``, positions in ``rows`` in file order."""
    none = np.empty(0, np.int64)
    ids = rows[contract.fact_id].to_pandas().iloc[candidates]
    repeated = candidates[ids.duplicated(keep=False).to_numpy()]
    if not repeated.size:
        return Repeats(none, none)
    frame = rows.take(pa.array(repeated)).to_pandas()
    frame.index = pd.Index(repeated)
    last = frame.groupby(contract.fact_id, sort=False).tail(1)
    earlier = frame.drop(index=last.index)
    merged = earlier.reset_index().merge(
        last, on=list(rows.column_names), how="left", indicator=True
    )
    same = merged["_merge"].eq("both").to_numpy()
    at = merged["index"].to_numpy(np.int64)
    return Repeats(exact=at[same], contradicted=at[~same])


def news(
    con: duckdb.DuckDBPyConnection, lake: Lake, contract: Contract, rows: pa.Table, *, order: Order
) -> News:
    """Compare the rows of a delivery, one per fact id, with what the lake holds.

    Args:
        con: where to compute.
        lake: what is held so far.
        contract: the contract of the feed.
        rows: its stored columns, typed.
        order: where the delivery stands among the others of its feed.
    """
    facts = lake.paths(contract.feed, Kind.FACTS)
    if not facts:
        return _all_new(contract, rows, order)
    _register(con, contract, rows)
    try:
        find_stored(con, contract, facts=facts, ends=lake.paths(contract.feed, Kind.SUPERSEDED))
        if con.execute("SELECT count(*) FROM stored").fetchall() == [(0,)]:
            return _all_new(contract, rows, order)
        others = lake.orders(contract.feed)
        if all(other.received_at < order.received_at and other < order for other in others):
            return _newest(con, contract, rows, order)
        retold = lake.paths(contract.feed, Kind.RETOLD)
        changes = refold(con, contract, [*others, order], own=order, facts=facts, retold=retold)
        own = _told(contract, rows.take(changes.positions), order)
        return News(
            accepted=own.num_rows,
            facts=pa.concat_tables([own, changes.revived]),
            superseded=changes.superseded,
            retold=changes.retold,
        )
    finally:
        con.execute("DROP TABLE IF EXISTS stored")
        con.unregister("incoming")


def _all_new(contract: Contract, rows: pa.Table, order: Order) -> News:
    return News(
        accepted=rows.num_rows,
        facts=_told(contract, rows, order),
        superseded=superseded_schema(contract).empty_table(),
        retold=retold_schema(contract).empty_table(),
    )


def _newest(
    con: duckdb.DuckDBPyConnection, contract: Contract, rows: pa.Table, order: Order
) -> News:
    """Return the news of a delivery that stands behind every other: a look at the standing versions."""
    files = [
        row[0]
        for row in con.execute(
            f"SELECT DISTINCT file FROM stored WHERE {KNOWN_UNTIL} IS NULL"
        ).fetchall()
    ]
    equal = " AND ".join(
        f'f."{name}" IS NOT DISTINCT FROM i."{name}"' for name in rows.column_names
    )
    # Only the files in which a standing version lies are read in full, not the history.
    held = con.sql(
        f"""
        SELECT i.position, s.{DELIVERY_ID}, s.{WRITTEN_BY}, {equal} AS same
        FROM read_parquet($files) AS f
        JOIN stored AS s ON f."{contract.fact_id}" = s.fact AND f.{DELIVERY_ID} = s.{DELIVERY_ID}
          AND f.{WRITTEN_BY} = s.{WRITTEN_BY} AND s.{KNOWN_UNTIL} IS NULL
        JOIN incoming AS i ON i.position = s.position
        ORDER BY i.position
        """,
        params={"files": files},
    ).to_arrow_table()
    position = held["position"].to_numpy()
    same = held["same"].to_numpy()
    is_new = np.ones(rows.num_rows, bool)
    is_new[position[same]] = False
    ids = rows[contract.fact_id]
    replaced, repeated = held.filter(pa.array(~same)), held.filter(pa.array(same))
    return News(
        accepted=int(is_new.sum()),
        facts=_told(contract, rows.filter(pa.array(is_new)), order),
        superseded=pa.table(
            [
                ids.take(replaced["position"]),
                replaced[DELIVERY_ID],
                replaced[WRITTEN_BY],
                pa.array([order.received_at] * replaced.num_rows, TIME),
            ],
            schema=superseded_schema(contract),
        ),
        retold=pa.table(
            [
                ids.take(repeated["position"]),
                pa.array([order.delivery_id] * repeated.num_rows, pa.string()),
                repeated[DELIVERY_ID],
            ],
            schema=retold_schema(contract),
        ),
    )


def _register(con: duckdb.DuckDBPyConnection, contract: Contract, rows: pa.Table) -> None:
    numbered = rows.append_column("position", pa.array(np.arange(rows.num_rows), pa.int64()))
    con.register("incoming", numbered.append_column("incoming_fact", rows[contract.fact_id]))


def _told(contract: Contract, rows: pa.Table, order: Order) -> pa.Table:
    return told(rows, contract, received_at=order.received_at, delivery_id=order.delivery_id)
