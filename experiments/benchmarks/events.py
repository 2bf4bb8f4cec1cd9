"""How long a list for an event takes on one million households, in a fresh process with its imports.

The matrix is made up: every declared column with its type, a fifth unknown, most counts zero. What is timed is
the choosing and wording; ``zhaoren who-needs`` adds the store, the check of the matrix's hash and the files.
"""

import argparse
import json
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from features.district import DISTRICT
from features.matrix_contract import matrix_schema
from models.rules.events import judge, load_events, ordered, sentences

NIGHT = date(2026, 7, 15)
HOUSEHOLDS_PER_GRID = 350
PLACES_PER_GRID = 12
_AT_ONCE = 100_000


@dataclass(frozen=True)
class Drawn:
    """One list: wall and CPU seconds of the whole process, peak resident memory, households."""

    event: str
    grids: int
    seconds: float
    cpu_seconds: float
    peak_gigabytes: float
    with_reasons: int
    listed: int

    def __str__(self) -> str:
        """One line."""
        return (
            f"{self.event}, {self.grids:,} grids: {self.seconds:.1f} s wall, {self.cpu_seconds:.1f} s CPU,"
            f" peak {self.peak_gigabytes:.2f} GB; {self.with_reasons:,} households with reasons,"
            f" {self.listed:,} listed"
        )


def run(folder: Path, *, households: int, seed: int) -> list[Drawn]:
    """Draw every event for three grids, and one for all grids; the matrix is kept in ``folder``."""
    matrix = folder / f"events_{households}_{seed}" / f"{NIGHT}.parquet"
    if not matrix.exists():
        made_up_matrix(matrix, households=households, seed=seed)
    grids = households // HOUSEHOLDS_PER_GRID
    asked = [(event, 3) for event in load_events(DISTRICT.groups)] + [("cold", grids)]
    return [_in_fresh_process(matrix, event, number) for event, number in asked]


def made_up_matrix(path: Path, *, households: int, seed: int) -> None:
    """Write a matrix that keeps the contract of the district, sorted by household."""
    schema = matrix_schema(DISTRICT.groups)
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_suffix(".tmp")
    random = np.random.default_rng(seed)
    with pq.ParquetWriter(staged, schema, compression="zstd") as out:
        for start in range(0, households, _AT_ONCE):
            rows = min(_AT_ONCE, households - start)
            columns = [_cells(field, random, start, rows, households) for field in schema]
            out.write_table(pa.table(columns, schema=schema))
    staged.rename(path)


def _cells(
    field: pa.Field, random: np.random.Generator, start: int, rows: int, households: int
) -> pa.Array:
    if field.name == "household_id":
        return pa.array([f"h{number:09d}" for number in range(start, start + rows)])
    if field.name == "as_of_date":
        return pa.array([NIGHT] * rows, pa.date32())
    if field.name == "area_id":
        grids = max(households // HOUSEHOLDS_PER_GRID, 1)
        return pa.array([f"g{grid:05d}" for grid in random.integers(0, grids, rows)])
    unknown = random.random(rows) < 0.2
    some = random.random(rows) < 0.05
    if pa.types.is_boolean(field.type):
        return pa.array(random.random(rows) < 0.01, mask=unknown)
    if pa.types.is_integer(field.type):
        return pa.array(np.where(some, random.integers(1, 4, rows), 0), mask=unknown)
    if pa.types.is_floating(field.type):
        return pa.array(np.where(some, np.round(random.gamma(2.0, 2.0, rows)), 0.0), mask=unknown)
    if pa.types.is_date(field.type):
        last = (NIGHT - date(1970, 1, 1)).days
        days = (last - random.integers(1, 365, rows)).astype(np.int32)
        return pa.array(days, mask=~some).cast(pa.date32())
    return pa.array(np.array(["a", "b", "c"])[random.integers(0, 3, rows)], mask=unknown)


def _in_fresh_process(matrix: Path, event: str, grids: int) -> Drawn:
    command = [
        sys.executable,
        "-m",
        "experiments.benchmarks.events",
        str(matrix),
        event,
        str(grids),
    ]
    began = perf_counter()
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(ended.stdout)
    return Drawn(**{**told, "seconds": perf_counter() - began})


def _draw(matrix: Path, event_name: str, number: int) -> Drawn:
    event = load_events(DISTRICT.groups)[event_name]
    judged = judge(matrix, event, DISTRICT.groups, grids=[f"g{grid:05d}" for grid in range(number)])
    rows = ordered(judged.rows.assign(address_id=judged.rows["household_id"]))
    listed = rows.groupby("grid_id").head(PLACES_PER_GRID)
    features = {feature.name: feature for feature in DISTRICT.features}
    for row in listed.to_dict("records"):
        sentences({str(name): value for name, value in row.items()}, event, features)
    return Drawn(
        event=event_name,
        grids=number,
        seconds=0.0,
        cpu_seconds=process_time(),
        peak_gigabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
        with_reasons=len(rows),
        listed=len(listed),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="experiments.benchmarks.events")
    parser.add_argument("matrix", type=Path)
    parser.add_argument("event")
    parser.add_argument("grids", type=int)
    given = parser.parse_args()
    sys.stdout.write(json.dumps(asdict(_draw(given.matrix, given.event, given.grids))))
