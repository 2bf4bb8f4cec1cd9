"""One matrix of a city on Spark, in a process of its own: ``python -m ... HOME OUT ENGINE MEMORY LOG``."""

import os
import sys
from dataclasses import asdict
from pathlib import Path

from data_contracts.lake import Lake
from experiments.benchmarks.city.plan import AS_OF_DATE
from experiments.benchmarks.phases import Phases
from experiments.benchmarks.spark_log import SETTINGS, tasks_of
from experiments.benchmarks.spent import tell
from features.connections import open_spark
from features.district import DISTRICT
from features.matrix import Arrivals, build_matrix, load_feeds

_KILOBYTE, _GIGABYTE = 1024, 1024**3


def build(home: Path, out: Path, engine_name: str, memory: str, log: Path) -> None:
    """Build the matrix and tell what each part took and what Spark logged of it."""
    phases = Phases()
    phases.begin("session started")
    log.mkdir(parents=True)
    settings = {**SETTINGS, "spark.eventLog.dir": log.resolve().as_uri()}
    lake = Lake(home)
    with open_spark(
        engine_name, spill=out.parent / "spill", memory=memory, settings=settings
    ) as engine:
        java = engine._session.sparkContext._gateway.proc.pid
        phases.begin("files opened")
        feeds = load_feeds(engine, lake, DISTRICT)
        arrivals = Arrivals(lake.arrivals())
        phases.begin("spine and links")
        matrix = build_matrix(
            engine, feeds, arrivals, DISTRICT, as_of_date=AS_OF_DATE, out=out, progress=phases.begin
        )
        phases.end()
        java_cpu, java_peak = _cpu_seconds(java), _peak_gigabytes(java)
    tell(
        rows=matrix.rows,
        columns=len(DISTRICT.features),
        phases=phases.seconds,
        java_cpu_seconds=java_cpu,
        java_peak_gigabytes=java_peak,
        logged=asdict(tasks_of(log)),
    )


def _cpu_seconds(process: int) -> float:
    """Return what a process and its children that ended have used of the CPU."""
    told = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    fields = told.rpartition(")")[2].split()
    ticks = sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def _peak_gigabytes(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return peak * _KILOBYTE / _GIGABYTE


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4], Path(sys.argv[5]))
