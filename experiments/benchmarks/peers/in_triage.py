"""dssg/triage: features, imputation and one matrix per date, as its own experiment. ``python -m ... DATA OUT``.

Runs in triage's own environment and starts a private PostgreSQL for it (not counted). It keeps its matrices as
gzipped CSV, so nothing is compared value by value. One matrix per split end holds several dates; what is timed is
cohort, labels, features, imputation and matrices, no model. Imputation flags and labels are part of its matrices.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq

from experiments.benchmarks.peers.task import DATES, STATS, TABLES, WINDOWS
from experiments.benchmarks.spent import tell

_BINARIES = Path("/usr/lib/postgresql/15/bin")
_METRICS = {"sum": "sum", "mean": "avg", "min": "min", "max": "max", "stddev": "stddev"}
_TYPES = {"date32[day]": "date", "int64": "bigint", "double": "double precision", "string": "text"}


def experiment() -> dict[str, Any]:
    """Return the same columns in triage's words; every household gets a label, as there is no model."""
    intervals = [f"{days}day" if days else "all" for days in WINDOWS]
    aggregations = [
        {
            "prefix": table,
            "from_obj": f"semantic.{table}",
            "knowledge_date_column": "knowledge_date",
            "aggregates_imputation": {"all": {"type": "mean"}, "count": {"type": "zero_noflag"}},
            "aggregates": [
                {"quantity": {"n": "*"}, "metrics": ["count"]},
                *(
                    {"quantity": measure, "metrics": [_METRICS[stat] for stat in STATS]}
                    for measure in measures
                ),
            ],
            "intervals": intervals,
        }
        for table, measures in TABLES.items()
    ]
    return {
        "config_version": "v8",
        "model_comment": "windowed aggregates",
        "random_seed": 1,
        "temporal_config": {
            "feature_start_time": "2022-01-01",
            "feature_end_time": str(DATES[-1]),
            "label_start_time": str(DATES[0]),
            "label_end_time": "2024-07-01",
            "model_update_frequency": "3month",
            "training_label_timespans": ["6month"],
            "training_as_of_date_frequencies": "3month",
            "test_durations": "0d",
            "test_label_timespans": ["6month"],
            "test_as_of_date_frequencies": "3month",
            "max_training_histories": "1y",
        },
        "cohort_config": {
            "name": "all",
            "query": "select entity_id from semantic.entities where start_date < '{as_of_date}'",
        },
        "label_config": {
            "name": "any",
            "include_missing_labels_in_train_as": False,
            "query": "select entity_id, 1 as outcome from semantic.utility"
            " where '{as_of_date}'::timestamp <= event_date"
            " and event_date < '{as_of_date}'::timestamp + interval '{label_timespan}' group by entity_id",
        },
        "feature_aggregations": aggregations,
        "feature_group_definition": {"prefix": list(TABLES)},
        "feature_group_strategies": ["all"],
        "grid_config": {"sklearn.tree.DecisionTreeClassifier": {"max_depth": [1]}},
        "scoring": {"testing_metric_groups": [], "training_metric_groups": []},
    }


def prepare(data: Path, out: Path) -> dict[str, float]:
    """Fill the database, run the preparation and return seconds by part."""
    folder = out / "project"
    folder.mkdir()
    with _Database(out) as url:
        os.environ["DATABASE_URL"] = url
        _fill(url, data, out)
        from triage.experiments import SingleThreadedExperiment
        from triage.util.db import create_engine

        run = SingleThreadedExperiment(
            config=experiment(),
            db_engine=create_engine(url),
            project_path=str(folder),
            replace=True,
        )
        seconds = {}
        for part in ("generate_cohort", "generate_labels", "generate_preimputation_features"):
            seconds[part] = _timed(getattr(run, part))
        seconds["impute_missing_features"] = _timed(run.impute_missing_features)
        seconds["build_matrices"] = _timed(run.build_matrices)
    return seconds


def _timed(part: Any) -> float:
    begun = perf_counter()
    part()
    return perf_counter() - begun


class _Database:
    """A PostgreSQL of this process alone, on a socket in ``out``; run by ``postgres`` as it refuses root."""

    def __init__(self, out: Path) -> None:
        self._folder = Path("/tmp") / f"triage-db-{os.getpid()}"
        self._log = out / "postgres.log"

    def __enter__(self) -> str:
        self._folder.mkdir()
        shutil.chown(self._folder, "postgres")
        data = self._folder / "data"
        self._as_postgres(_BINARIES / "initdb", "-D", data, "-A", "trust", "-U", "postgres")
        options = f"-k {self._folder} -c listen_addresses='' -c shared_buffers=1GB -c work_mem=256MB -c fsync=off"
        self._as_postgres(
            _BINARIES / "pg_ctl",
            "-D",
            data,
            "-w",
            "-l",
            self._folder / "log",
            "-o",
            options,
            "start",
        )
        return f"postgresql://postgres@/postgres?host={self._folder}"

    def __exit__(self, *_: object) -> None:
        self._as_postgres(_BINARIES / "pg_ctl", "-D", self._folder / "data", "-m", "fast", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    @staticmethod
    def _as_postgres(*words: object) -> None:
        subprocess.run(
            [str(word) for word in words],
            check=True,
            user="postgres",
            group="postgres",
            cwd="/",
            stdout=subprocess.DEVNULL,
        )


def _fill(url: str, data: Path, out: Path) -> None:
    import psycopg2

    connection = psycopg2.connect(url)
    cursor = connection.cursor()
    cursor.execute("create schema semantic")
    for table in ("entities", *TABLES):
        read = pq.read_table(data / f"{table}.parquet")
        columns = ", ".join(f"{one.name} {_TYPES[str(one.type)]}" for one in read.schema)
        cursor.execute(f"create table semantic.{table} ({columns})")
        path = out / f"{table}.csv"
        pyarrow.csv.write_csv(read, path)
        with path.open(encoding="utf-8") as stream:
            cursor.copy_expert(f"copy semantic.{table} from stdin with csv header", stream)
        path.unlink()
        if table != "entities":
            cursor.execute(f"create index on semantic.{table} (entity_id, knowledge_date)")
            cursor.execute(f"create index on semantic.{table} (knowledge_date)")
    connection.commit()
    connection.autocommit = True
    cursor.execute("analyze")
    connection.close()


if __name__ == "__main__":
    parts = prepare(Path(sys.argv[1]), Path(sys.argv[2]))
    tell(version="6.0", phases=parts, seconds=sum(parts.values()))
