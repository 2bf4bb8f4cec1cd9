"""What many as_of_dates cost beside one: training needs two years of matrices, not one."""

from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.benchmarks.city.plan import CityPlan
from experiments.benchmarks.homes import home_of
from experiments.benchmarks.nightly import matrix_of, say_phases

MOST_OVER_ONE = 5.0


def run(
    folder: Path,
    *,
    sizes: Sequence[int],
    dates: int,
    memory: str,
    say: Callable[[str], None],
) -> None:
    """Build one matrix, then one for each of ``dates`` months, and print the ratio."""
    for size in sizes:
        home = home_of(folder, CityPlan(households=size), say)
        out = folder / f"dates-{size}"
        one = matrix_of(home, out, memory=memory)
        say(f"{size:,} households, 1 date: {one}")
        many = matrix_of(home, out, memory=memory, dates=dates)
        say(f"{size:,} households, {dates} dates: {many}")
        say(
            f"{dates} dates over one: {many.seconds / one.seconds:.1f} times the time,"
            f" {many.cpu_seconds / one.cpu_seconds:.1f} times the CPU time (wanted: at most {MOST_OVER_ONE:g})"
        )
        say_phases(many, say)
