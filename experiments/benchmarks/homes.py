"""The cities that are measured, kept for the next time."""

import shutil
from collections.abc import Callable
from pathlib import Path

from experiments.benchmarks.city.build import MADE, build_city
from experiments.benchmarks.city.plan import CityPlan


def home_of(folder: Path, plan: CityPlan, progress: Callable[[str], None]) -> Path:
    """Return the home of a city under ``folder``; made now unless it is whole already."""
    home = folder / f"city-{plan.households}-{plan.months}-{plan.seed}"
    if not (home / MADE).exists():
        shutil.rmtree(home, ignore_errors=True)
        progress(f"making a city of {plan.households:,} households, {plan.months} months")
        build_city(home, plan)
    return home.resolve()


def facts_in(home: Path) -> int:
    """Return how many facts a city holds, every version counted."""
    return int((home / MADE).read_text(encoding="ascii"))
