"""One matrix of a city by the engine, in a process of its own: ``python -m ... HOME OUT MEMORY``."""

import sys
from pathlib import Path

from data_contracts.lake import Lake
from experiments.benchmarks.city.plan import AS_OF_DATE
from experiments.benchmarks.phases import Phases
from experiments.benchmarks.spent import tell
from features.connections import open_engine
from features.district import DISTRICT
from features.matrix import Arrivals, build_matrix, load_feeds


def build(home: Path, out: Path, memory: str) -> None:
    """Build the matrix and tell what each part took."""
    phases = Phases()
    phases.begin("hashes of the files compared")
    lake = Lake(home)
    for feed in DISTRICT.contracts:
        lake.verify(feed)
    with open_engine(spill=out.parent / "spill", memory=memory) as engine:
        phases.begin("files opened")
        feeds = load_feeds(engine, lake, DISTRICT)
        arrivals = Arrivals(lake.arrivals())
        phases.begin("spine and links")
        matrix = build_matrix(
            engine, feeds, arrivals, DISTRICT, as_of_date=AS_OF_DATE, out=out, progress=phases.begin
        )
        phases.end()
    columns = [feature.name for feature in DISTRICT.features]
    tell(rows=matrix.rows, columns=len(columns), phases=phases.seconds)


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
