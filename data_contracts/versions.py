"""What a delivery adds to what the lake holds: new facts, corrections, and rows we already have.

Within one file the last row of a fact id stands: exports are written in the order things happened. An earlier
row that says the same is an exact duplicate, one that says something else is set aside for quarantine, since
two truths about one fact in one file deserve a look.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from data_contracts.catalogue import Kind
from data_contracts.lake import DELIVERY_ID, KNOWN_FROM, Lake, superseded_table
from data_contracts.odcs import Contract

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Repeats:
    """Rows of one file whose fact id comes again further down, as positions in the file."""

    exact: Positions
    contradicted: Positions


@dataclass(frozen=True)
class News:
    """What the lake did not know: positions of ``rows`` to load, and the versions they end."""

    positions: Positions
    superseded: pa.Table


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
        last, on=list(contract.column_names), how="left", indicator=True
    )
    same = merged["_merge"].eq("both").to_numpy()
    at = merged["index"].to_numpy(np.int64)
    return Repeats(exact=at[same], contradicted=at[~same])


def news(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    contract: Contract,
    rows: pa.Table,
    *,
    received_at: datetime,
    delivery_id: str,
) -> News:
    """Compare rows, one per fact id, with the versions the lake holds.

    A row equal to the version it would replace is no news. A row older than a version already held (deliveries
    may arrive out of order) is kept as the version between its neighbours.
    """
    every = np.arange(rows.num_rows)
    files = lake.files(contract.feed, Kind.FACTS)
    nothing_ends = superseded_table(contract, [], [], [])
    if not files:
        return News(every, nothing_ends)
    paths = {file.delivery_id: lake.path(file) for file in files}
    held = _versions_held(con, contract, paths, rows)
    if held.empty:
        return News(every, nothing_ends)
    before = held[held[KNOWN_FROM] <= received_at].groupby("position").tail(1)
    after = held[held[KNOWN_FROM] > received_at].groupby("position").head(1)
    known = _says_the_same(con, contract, paths, rows, before)
    is_new = np.ones(rows.num_rows, bool)
    is_new[known] = False
    replaced = before[is_new[before["position"].to_numpy()]]
    overtaken = after[is_new[after["position"].to_numpy()]]
    ids = rows[contract.fact_id].to_pandas()
    superseded = superseded_table(
        contract,
        [*ids.iloc[replaced["position"]], *ids.iloc[overtaken["position"]]],
        [*replaced[DELIVERY_ID], *[delivery_id] * len(overtaken)],
        [*[received_at] * len(replaced), *overtaken[KNOWN_FROM].dt.to_pydatetime()],
    )
    return News(np.flatnonzero(is_new), superseded)


def _versions_held(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    paths: Mapping[str, str],
    rows: pa.Table,
) -> pd.DataFrame:
    """Return ``position, delivery_id, known_from`` of held versions of the rows' facts, oldest first."""
    positions = pa.array(np.arange(rows.num_rows), pa.int64())
    con.register("incoming", pa.table({"fact": rows[contract.fact_id], "position": positions}))
    # Only the id column and two constant ones are read: this runs over the whole history of a feed.
    held = con.execute(
        f"SELECT position, {DELIVERY_ID}, {KNOWN_FROM} FROM read_parquet($paths) AS f"
        f' JOIN incoming ON f."{contract.fact_id}" = incoming.fact',
        {"paths": list(paths.values())},
    ).df()
    con.unregister("incoming")
    sequence = {delivery_id: place for place, delivery_id in enumerate(paths)}
    held["sequence"] = held[DELIVERY_ID].map(sequence)
    return held.sort_values([KNOWN_FROM, "sequence"], ignore_index=True)


def _says_the_same(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    paths: Mapping[str, str],
    rows: pa.Table,
    held: pd.DataFrame,
) -> Positions:
    """Return the positions whose row equals the held version in every column of the contract."""
    if held.empty:
        return np.empty(0, np.int64)
    at = held["position"].to_numpy(np.int64)
    origins = pa.array(held[DELIVERY_ID], pa.string())
    incoming = rows.take(pa.array(at)).append_column("held_in", origins)
    con.register("incoming", incoming.append_column("position", pa.array(at)))
    equal = " AND ".join(
        f'f."{name}" IS NOT DISTINCT FROM i."{name}"' for name in contract.column_names
    )
    same = con.execute(
        f"SELECT i.position FROM read_parquet($paths) AS f JOIN incoming AS i"
        f' ON f."{contract.fact_id}" = i."{contract.fact_id}" AND f.{DELIVERY_ID} = i.held_in'
        f" WHERE {equal}",
        {"paths": [paths[origin] for origin in held[DELIVERY_ID].unique()]},
    ).fetchall()
    con.unregister("incoming")
    return np.array(sorted(row[0] for row in same), np.int64)
