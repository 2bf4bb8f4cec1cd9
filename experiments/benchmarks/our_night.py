"""Matrices of a city by the engine, in a process of its own: ``python -m ... HOME OUT MEMORY [DATES]``.

Without a number of dates it builds the matrix of the night into the file ``OUT``, else one of each month before it
into files beside that.
"""

import sys
from datetime import date
from pathlib import Path

from data_contracts.lake import Lake
from experiments.benchmarks.city.plan import AS_OF_DATE
from experiments.benchmarks.phases import Phases
from experiments.benchmarks.spent import tell
from features.connections import open_named
from features.district import DISTRICT
from features.engine_names import DUCKDB
from features.matrix import Arrivals, build_matrices, load_feeds


def build(home: Path, out: Path, memory: str, dates: int) -> None:
    """Build the matrices and tell what each part took."""
    phases = Phases()
    phases.begin("hashes of the files compared")
    lake = Lake(home)
    for feed in DISTRICT.contracts:
        lake.verify(feed)
    with open_named(DUCKDB, spill=out.parent / "spill", memory=memory) as engine:
        phases.begin("files opened")
        feeds = load_feeds(engine, lake, DISTRICT)
        arrivals = Arrivals(lake.arrivals())
        files = {AS_OF_DATE: out} | {
            day: out.with_name(f"{out.stem}-{day}.parquet") for day in _days(dates)[1:]
        }
        matrices = build_matrices(
            engine, feeds, arrivals, DISTRICT, out=files, progress=phases.begin
        )
        phases.end()
    columns = [feature.name for feature in DISTRICT.features]
    tell(
        rows=sum(one.rows for one in matrices),
        columns=len(columns),
        phases=phases.seconds,
        phases_cpu=phases.cpu_seconds,
    )


def _days(count: int) -> list[date]:
    """Return the night and the same day of the months before, latest first."""
    months = [AS_OF_DATE.year * 12 + AS_OF_DATE.month - 1 - back for back in range(count)]
    return [date(month // 12, month % 12 + 1, AS_OF_DATE.day) for month in months]


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int((*sys.argv, "1")[4]))
