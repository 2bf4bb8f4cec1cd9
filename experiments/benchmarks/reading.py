"""What reading alone takes, and reading with the joins: ``python -m ... HOME scan|join MEMORY``.

``scan`` reads every stored column of the feeds some group reads and does nothing with it. ``join`` does what every
feature needs besides its own expression: the version that holds on the date, and whose fact it is; all it says of a
household is how many facts of each feed it has.
"""

import sys
from datetime import date
from pathlib import Path

import duckdb

from data_contracts.lake import Lake
from data_contracts.lake_files import Kind
from experiments.benchmarks.city.plan import AS_OF_DATE
from experiments.benchmarks.phases import Phases
from experiments.benchmarks.spent import tell
from features.connections import Shelf, open_named
from features.district import DISTRICT
from features.engine_names import DUCKDB
from features.matrix import load_feeds, open_spine
from features.point_in_time import PointInTime
from features.windows import count

_NOT_LINKED = {"disputes", "household_members", "account_links", "residents", "household_lineage"}
"""Feeds the links themselves are made of."""


def wanted() -> list[str]:
    """Return the feeds some group reads."""
    return sorted({feed for group in DISTRICT.groups for feed in group.sources})


def scan(home: Path, memory: str) -> None:
    """Read every column of every file."""
    lake, phases = Lake(home), Phases()
    con = duckdb.connect(config={"memory_limit": memory})
    rows = 0
    for feed in wanted():
        phases.begin(feed)
        contract = DISTRICT.contracts[feed]
        files = [lake.path(file) for file in lake.catalogue.files(kind=Kind.FACTS, feed=feed)]
        columns = ", ".join(f"count({name})" for name in (*contract.stored_names, "known_from"))
        told = con.execute(f"SELECT count(*), {columns} FROM read_parquet({files})").fetchone()
        rows += told[0] if told else 0
    phases.end()
    tell(rows=rows, phases=phases.seconds, phases_cpu=phases.cpu_seconds)


def join(home: Path, memory: str, spill: Path, *, as_of_date: date) -> None:
    """Count the facts of each household, feed by feed."""
    lake, phases = Lake(home), Phases()
    with open_named(DUCKDB, spill=spill, memory=memory) as engine:
        phases.begin("spine and links")
        feeds = load_feeds(engine, lake, DISTRICT)
        spine, links = open_spine(engine, feeds, DISTRICT, as_of_dates=(as_of_date,))
        view = PointInTime(spine, feeds, links, dates=(as_of_date,), shelf=Shelf(engine))
        rows = 0
        for feed in wanted():
            if feed in _NOT_LINKED:
                continue
            phases.begin(feed)
            counted = view.windowed(feed, facts=count())
            rows += int(counted.facts.sum().execute() or 0)
        phases.end()
    tell(rows=rows, phases=phases.seconds, phases_cpu=phases.cpu_seconds)


if __name__ == "__main__":
    if sys.argv[2] == "scan":
        scan(Path(sys.argv[1]), sys.argv[3])
    else:
        join(Path(sys.argv[1]), sys.argv[3], Path(sys.argv[4]), as_of_date=AS_OF_DATE)
