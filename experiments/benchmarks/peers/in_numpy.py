"""The limit to approach: dense ids, numpy, every fact touched once for all dates. ``python -m ... DATA OUT``.

Dates and window edges cut time into pieces; a fact belongs to one cell (household, piece), and what a date sees
through a window is a run of pieces. It can do nothing but these statistics over ids counted from 1.
"""

import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from experiments.benchmarks.peers.task import (
    DATES,
    TABLES,
    WINDOWS,
    count_name,
    name_of,
)
from experiments.benchmarks.spent import tell


def build(data: Path, out: Path) -> None:
    """Write one file per date."""
    entities = pq.read_table(data / "entities.parquet", columns=["entity_id"])[
        "entity_id"
    ].to_numpy()
    starts = {day - timedelta(days=days) for day in DATES for days in WINDOWS if days}
    edges = np.array(sorted(_number(one) for one in starts | set(DATES)), np.int32)
    wide: dict[date, dict[str, np.ndarray]] = {day: {"entity_id": entities} for day in DATES}
    for table, measures in TABLES.items():
        _add(wide, data, table, measures, edges, len(entities))
    for day, columns in wide.items():
        pq.write_table(
            pa.table({name: pa.array(one, from_pandas=True) for name, one in columns.items()}),
            out / f"{day}.parquet",
            compression="zstd",
        )


def _add(
    wide: dict[date, dict[str, np.ndarray]],
    data: Path,
    table: str,
    measures: tuple[str, ...],
    edges: np.ndarray,
    households: int,
) -> None:
    facts = pq.read_table(
        data / f"{table}.parquet",
        columns=["entity_id", "knowledge_date", *measures],
        filters=pc.field("knowledge_date") < pa.scalar(DATES[-1]),
    )
    known = facts["knowledge_date"].combine_chunks().cast(pa.int32()).to_numpy()
    pieces = len(edges)
    piece = np.searchsorted(edges, known, side="right")
    cell = ((facts["entity_id"].to_numpy() - 1) * pieces + piece).astype(np.int32)
    order = np.argsort(cell, kind="stable")
    ordered = cell[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    filled = ordered[first]

    def dense(values: np.ndarray, function: np.ufunc, nothing: float) -> np.ndarray:
        found = np.full(households * pieces, nothing)
        found[filled] = function.reduceat(values, first)
        return found.reshape(households, pieces)

    def running(cells: np.ndarray) -> np.ndarray:
        return np.concatenate([np.zeros((households, 1)), cells.cumsum(axis=1)], axis=1)

    runs = {
        (day, days): (
            0 if days is None else 1 + int(np.searchsorted(edges, _number(day) - days)),
            1 + int(np.searchsorted(edges, _number(day))),
        )
        for day in DATES
        for days in WINDOWS
    }
    counted = running(np.bincount(cell, minlength=households * pieces).reshape(households, pieces))
    counts = {one: counted[:, end] - counted[:, start] for one, (start, end) in runs.items()}
    for (day, days), count in counts.items():
        wide[day][count_name(table, days)] = count.astype(np.int32)
    for measure in measures:
        values = facts[measure].to_numpy()[order].astype(np.float64)
        sums = running(dense(values, np.add, 0.0))
        squares = running(dense(values * values, np.add, 0.0))
        most, least = dense(values, np.maximum, -np.inf), dense(values, np.minimum, np.inf)
        for one, (start, end) in runs.items():
            day, days = one
            count, total = counts[one], sums[:, end] - sums[:, start]
            with np.errstate(all="ignore"):
                spread = squares[:, end] - squares[:, start] - total * total / count
                found = {
                    "sum": total,
                    "mean": total / count,
                    "min": _known(least[:, start:end].min(axis=1)),
                    "max": _known(most[:, start:end].max(axis=1)),
                    "stddev": np.sqrt(
                        np.where(count > 1, np.maximum(spread, 0) / (count - 1), np.nan)
                    ),
                }
            for stat, column in found.items():
                wide[day][name_of(table, days, measure, stat)] = column.astype(np.float32)


def _known(column: np.ndarray) -> np.ndarray:
    return np.where(np.isinf(column), np.nan, column)


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
    tell(version=np.__version__)
