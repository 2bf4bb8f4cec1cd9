"""The whole nightly matrix of a city: the engine and hand-written DuckDB SQL, each in a fresh process."""

from collections.abc import Callable
from pathlib import Path

from experiments.benchmarks.agreement import compare
from experiments.benchmarks.city.plan import CityPlan
from experiments.benchmarks.homes import facts_in, home_of
from experiments.benchmarks.spent import Spent, in_fresh_process

_PACKAGE = "experiments.benchmarks"
SAMPLED_ROWS = 20_000
MOST_OVER_PLAIN = 1.3
"""What the engine may take over hand-written SQL for the same columns in the same run."""


def matrix_of(home: Path, folder: Path, *, memory: str, dates: int = 1) -> Spent:
    """Build the matrix of the night, or of several, in a fresh process; they are left in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / "ours.parquet"
    return in_fresh_process(f"{_PACKAGE}.our_night", home, out, memory, dates)


def run(
    folder: Path, plan: CityPlan, *, memory: str, with_peer: bool, say: Callable[[str], None]
) -> None:
    """Measure one night and print it part by part."""
    home = home_of(folder, plan, say)
    out = folder / f"nightly-{plan.households}"
    out.mkdir(parents=True, exist_ok=True)
    say(
        f"{plan.households:,} households, {plan.months} months, {facts_in(home):,} facts; limit {memory}"
    )
    scan = in_fresh_process(f"{_PACKAGE}.reading", home, "scan", memory)
    say(f"scan alone ({scan.told['rows']:,} rows, every column the groups' feeds store): {scan}")
    joined = in_fresh_process(f"{_PACKAGE}.reading", home, "join", memory, out / "spill")
    say(
        f"scan, versions, links and nothing but a count ({joined.told['rows']:,} linked facts): {joined}"
    )
    ours = matrix_of(home, out, memory=memory)
    say(f"matrix, {ours.told['rows']:,} rows x {ours.told['columns']} features: {ours}")
    say_phases(ours, say)
    reading, joining, whole = (sum(one.told["phases_cpu"].values()) for one in (scan, joined, ours))
    say(
        f"  CPU of these: scan {reading:.1f} s, joins {joining - reading:.1f} s, expressions and writing"
        f" {whole - joining:.1f} s (differences of the runs above; groups share scans, so it may be negative)"
    )
    if not with_peer:
        return
    plain = in_fresh_process(f"{_PACKAGE}.plain_night", home, out / "plain.parquet", memory)
    say(f"hand-written SQL, {plain.told['columns']} features: {plain}")
    say_phases(plain, say)
    if plain.told["not_written"]:
        say(f"  not written by hand, so not compared: {', '.join(plain.told['not_written'])}")
    say(
        f"engine over hand-written SQL: {ours.seconds / plain.seconds:.2f} times the time,"
        f" {ours.cpu_seconds / plain.cpu_seconds:.2f} times the CPU time (wanted: at most {MOST_OVER_PLAIN})"
    )
    one_in = max(1, plan.households // SAMPLED_ROWS)
    say(
        str(
            compare(
                out / "ours.parquet", out / "plain.parquet", keys=["household_id"], one_in=one_in
            )
        )
    )


def say_phases(spent: Spent, say: Callable[[str], None]) -> None:
    """Print wall and CPU time of each part."""
    for name, seconds in spent.told["phases"].items():
        say(f"  {seconds:7.1f} s, {spent.told['phases_cpu'][name]:7.1f} s CPU  {name}")
