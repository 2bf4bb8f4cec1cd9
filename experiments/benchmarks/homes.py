"""The cities that are measured, kept for the next time.

Their lakes are compacted, as an office's is every month: that is how a night finds them.
"""

import shutil
from collections.abc import Callable
from pathlib import Path

from data_contracts.compaction import compact
from experiments.benchmarks.city.build import MADE, build_city
from experiments.benchmarks.city.plan import CityPlan
from features.district import DISTRICT

COMPACTED = "compacted"
"""Name of the file that says the lake of a city is compacted."""


def home_of(folder: Path, plan: CityPlan, progress: Callable[[str], None]) -> Path:
    """Return the home of a city under ``folder``; made and compacted now unless it is already."""
    home = folder / f"city-{plan.households}-{plan.months}-{plan.seed}"
    if not (home / MADE).exists():
        shutil.rmtree(home, ignore_errors=True)
        progress(f"making a city of {plan.households:,} households, {plan.months} months")
        build_city(home, plan)
    if not (home / COMPACTED).exists():
        progress("compacting its lake")
        compact(home, DISTRICT.contracts, progress=lambda _: None)
        (home / COMPACTED).touch()
    return home.resolve()


def facts_in(home: Path) -> int:
    """Return how many facts a city holds, every version counted."""
    return int((home / MADE).read_text(encoding="ascii"))
