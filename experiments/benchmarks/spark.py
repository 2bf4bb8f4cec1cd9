"""The matrix of a night on Spark at several sizes: time, CPU, shuffle volume, and what follows for a country.

CPU seconds and bytes are compared between sizes rather than wall time: they hardly depend on what else the
machine does, and they are what a cluster is paid for.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.benchmarks.agreement import compare
from experiments.benchmarks.city.plan import CityPlan
from experiments.benchmarks.homes import facts_in, home_of
from experiments.benchmarks.nightly import matrix_of
from experiments.benchmarks.spent import Spent, in_fresh_process

COUNTRIES = (50_000_000, 500_000_000)


@dataclass(frozen=True)
class Line:
    """``fixed + slope * households``, by least squares."""

    fixed: float
    slope: float

    def at(self, households: int) -> float:
        """Return the value at a size."""
        return self.fixed + self.slope * households


def line(sizes: Sequence[int], values: Sequence[float]) -> Line:
    """Fit at least two sizes."""
    mean_x, mean_y = sum(sizes) / len(sizes), sum(values) / len(values)
    spread = sum((x - mean_x) ** 2 for x in sizes)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(sizes, values, strict=True)) / spread
    return Line(mean_y - slope * mean_x, slope)


def run(
    folder: Path,
    sizes: Sequence[int],
    *,
    engine_name: str,
    months: int,
    memory: str,
    say: Callable[[str], None],
) -> None:
    """Build the matrix of each size on Spark and on DuckDB, compare every value, and extrapolate."""
    ordered, spent = sorted(sizes), []
    for size in ordered:
        home = home_of(folder, CityPlan(households=size, months=months), say)
        out = folder / f"spark-{size}"
        out.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(out / "log", ignore_errors=True)
        took = in_fresh_process(
            "experiments.benchmarks.spark_night",
            *(home, out / "spark.parquet", engine_name, memory, out / "log"),
        )
        say(f"{size:,} households, {facts_in(home):,} facts on {engine_name}: {_told(took)}")
        for name, seconds in took.told["phases"].items():
            say(f"  {seconds:7.1f} s  {name}")
        here = matrix_of(home, out, memory=memory)
        say(f"  the same on duckdb: {here}")
        say(f"  {compare(out / 'ours.parquet', out / 'spark.parquet', keys=['household_id'])}")
        spent.append(took)
    if len(spent) > 1:
        _extrapolate(ordered, spent, say)


def _told(took: Spent) -> str:
    logged = took.told["logged"]
    return (
        f"{took.seconds:.0f} s wall (load {took.load:.1f}), {took.told['java_cpu_seconds']:.0f} s CPU of Java, of which"
        f" {logged['cpu_seconds']:.0f} s in {logged['tasks']:,} tasks, peak"
        f" {took.told['java_peak_gigabytes']:.1f} GB; read {logged['read']:.3f} GB, shuffled"
        f" {logged['shuffled']:.3f} GB, spilled {logged['spilled']:.3f} GB, {logged['failed']} tasks failed"
    )


def _extrapolate(sizes: Sequence[int], spent: Sequence[Spent], say: Callable[[str], None]) -> None:
    cpu = line(sizes, [one.told["java_cpu_seconds"] for one in spent])
    tasks = line(sizes, [one.told["logged"]["cpu_seconds"] for one in spent])
    shuffled = line(sizes, [one.told["logged"]["shuffled"] for one in spent])
    say(
        f"CPU of Java: {cpu.fixed:.0f} s + {cpu.slope * 1e6:.0f} s per million households; of tasks:"
        f" {tasks.fixed:.0f} s + {tasks.slope * 1e6:.0f} s; shuffled: {shuffled.slope * 1e6:.2f} GB per million"
    )
    for households in COUNTRIES:
        say(
            f"{households:,} households: {cpu.at(households) / 3600:.0f} core hours and"
            f" {shuffled.at(households):,.0f} GB shuffled for one date, if the line holds"
        )
