"""What longer history costs when the windows stay the same."""

from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.benchmarks.city.plan import CityPlan
from experiments.benchmarks.homes import facts_in, home_of
from experiments.benchmarks.nightly import matrix_of


def run(
    folder: Path,
    *,
    households: int,
    months: Sequence[int],
    memory: str,
    say: Callable[[str], None],
) -> None:
    """Build the same night over histories of several lengths and print the peak of each."""
    peaks = []
    for one in months:
        plan = CityPlan(households=households, months=one)
        home = home_of(folder, plan, say)
        spent = matrix_of(home, folder / f"memory-{one}", memory=memory)
        peaks.append(spent.peak_gigabytes)
        say(f"{one:>3} months, {facts_in(home):>12,} facts: {spent}")
    say(
        f"peak memory with {months[-1]} months over {months[0]}: {peaks[-1] / peaks[0]:.2f} times,"
        f" history {months[-1] / months[0]:.1f} times as long"
    )
