"""pandas by hand: one grouping per date, table and window, nothing row by row. ``python -m ... DATA OUT``."""

import sys
from pathlib import Path

import pandas as pd

from experiments.benchmarks.peers.task import (
    DATES,
    STATS,
    TABLES,
    WINDOWS,
    count_name,
    name_of,
)
from experiments.benchmarks.spent import tell

_FUNCTIONS = {"sum": "sum", "mean": "mean", "min": "min", "max": "max", "stddev": "std"}


def build(data: Path, out: Path) -> None:
    """Write one file per date."""
    entities = pd.Index(
        pd.read_parquet(data / "entities.parquet", columns=["entity_id"])["entity_id"]
    )
    tables = {}
    for table, measures in TABLES.items():
        read = pd.read_parquet(
            data / f"{table}.parquet", columns=["entity_id", "knowledge_date", *measures]
        )
        read["knowledge_date"] = pd.to_datetime(read["knowledge_date"])
        # Sorted by date, a window is a slice and no copy.
        tables[table] = read.sort_values("knowledge_date", ignore_index=True)
    for day in DATES:
        parts = []
        for table, facts in tables.items():
            known = facts["knowledge_date"]
            end = known.searchsorted(pd.Timestamp(day))
            for days in WINDOWS:
                start = (
                    known.searchsorted(pd.Timestamp(day) - pd.Timedelta(days=days)) if days else 0
                )
                parts.append(_aggregates(facts.iloc[start:end], table, days).reindex(entities))
        wide = pd.concat(parts, axis=1)
        zero = [name for name in wide.columns if name.endswith(("_count", "_sum"))]
        wide[zero] = wide[zero].fillna(0)
        types = {name: "int32" if name.endswith("_count") else "float32" for name in wide.columns}
        wide = wide.astype(types).rename_axis("entity_id").reset_index()
        wide.to_parquet(out / f"{day}.parquet", compression="zstd", index=False)


def _aggregates(facts: pd.DataFrame, table: str, days: int | None) -> pd.DataFrame:
    groups = facts.groupby("entity_id", sort=False)
    measured = groups[list(TABLES[table])]
    parts = [groups.size().rename(count_name(table, days))]
    for stat in STATS:
        found = getattr(measured, _FUNCTIONS[stat])()
        parts.append(found.rename(columns={one: name_of(table, days, one, stat) for one in found}))
    return pd.concat(parts, axis=1)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
    tell(version=pd.__version__)
