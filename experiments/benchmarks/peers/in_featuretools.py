"""featuretools: one deep feature synthesis per window, for all dates. ``python -m ... DATA OUT``."""

import sys
import warnings
from pathlib import Path

import featuretools as ft
import pandas as pd

from experiments.benchmarks.peers.task import DATES, TABLES, WINDOWS, count_name, name_of
from experiments.benchmarks.spent import tell

_PRIMITIVES = {"sum": "SUM", "mean": "MEAN", "min": "MIN", "max": "MAX", "stddev": "STD"}


def build(data: Path, out: Path) -> None:
    """Write one file per date."""
    entities = ft.EntitySet("households")
    homes = pd.read_parquet(data / "entities.parquet", columns=["entity_id", "start_date"])
    homes["start_date"] = pd.to_datetime(homes["start_date"])
    entities.add_dataframe(
        dataframe_name="homes", dataframe=homes, index="entity_id", time_index="start_date"
    )
    for table, measures in TABLES.items():
        facts = pd.read_parquet(
            data / f"{table}.parquet", columns=["entity_id", "knowledge_date", *measures]
        )
        facts["knowledge_date"] = pd.to_datetime(facts["knowledge_date"])
        facts["fact_id"] = range(len(facts))
        entities.add_dataframe(
            dataframe_name=table, dataframe=facts, index="fact_id", time_index="knowledge_date"
        )
        entities.add_relationship("homes", "entity_id", table, "entity_id")
    entities.add_last_time_indexes()
    cutoffs = pd.concat(
        [
            pd.DataFrame({"entity_id": homes["entity_id"], "time": pd.Timestamp(day)})
            for day in DATES
        ]
    )
    parts = []
    for days in WINDOWS:
        found, _ = ft.dfs(
            entityset=entities,
            target_dataframe_name="homes",
            cutoff_time=cutoffs,
            cutoff_time_in_index=True,
            training_window=None if days is None else ft.Timedelta(days, "d"),
            agg_primitives=["count", "sum", "mean", "min", "max", "std"],
            trans_primitives=[],
            max_depth=1,
            include_cutoff_time=False,
        )
        parts.append(found[list(_names(days))].rename(columns=_names(days)))
    wide = pd.concat(parts, axis=1)
    types = {name: "int32" if name.endswith("_count") else "float32" for name in wide.columns}
    wide = wide.astype(types)
    for day in DATES:
        one = wide.xs(pd.Timestamp(day), level="time").reset_index()
        one.to_parquet(out / f"{day}.parquet", compression="zstd", index=False)


def _names(days: int | None) -> dict[str, str]:
    """Return what featuretools calls a column and what we call it."""
    names = {}
    for table, measures in TABLES.items():
        names[f"COUNT({table})"] = count_name(table, days)
        for measure in measures:
            for stat, primitive in _PRIMITIVES.items():
                names[f"{primitive}({table}.{measure})"] = name_of(table, days, measure, stat)
    return names


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    build(Path(sys.argv[1]), Path(sys.argv[2]))
    tell(version=ft.__version__)
