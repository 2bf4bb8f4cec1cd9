"""The cities that are measured, kept for the next time.

Their lakes are compacted, as an office's is every month: that is how a night finds them. To draw ten million
households takes hours, so above a million a city is copies of one of a million.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from data_contracts.compaction import compact
from experiments.benchmarks.city.build import MADE, build_city
from experiments.benchmarks.city.copies import copy_city
from experiments.benchmarks.city.plan import CityPlan
from features.district import DISTRICT

COMPACTED = "compacted"
"""Name of the file that says the lake of a city is compacted."""
DRAWN = 1_000_000
"""Households of the largest city that is drawn as a whole."""


class NoSuchCity(ValueError):
    """A city of that size is neither drawn nor put together; the message says which are."""


def home_of(folder: Path, plan: CityPlan, progress: Callable[[str], None]) -> Path:
    """Return the home of a city under ``folder``; made and compacted now unless it is already.

    Raises:
        NoSuchCity: more than :data:`DRAWN` households, and not a multiple of it.
    """
    home = folder / f"city-{plan.households}-{plan.months}-{plan.seed}"
    if plan.households > DRAWN:
        return _copies(home, folder, plan, progress)
    if not (home / MADE).exists():
        shutil.rmtree(home, ignore_errors=True)
        progress(f"making a city of {plan.households:,} households, {plan.months} months")
        build_city(home, plan)
    if not (home / COMPACTED).exists():
        progress("compacting its lake")
        compact(home, DISTRICT.contracts, progress=lambda _: None)
        (home / COMPACTED).touch()
    return home.resolve()


def _copies(home: Path, folder: Path, plan: CityPlan, progress: Callable[[str], None]) -> Path:
    copies, rest = divmod(plan.households, DRAWN)
    if rest:
        raise NoSuchCity(
            f"{plan.households:,} households: above {DRAWN:,} a city is copies of one of {DRAWN:,}; ask for a multiple"
        )
    if not (home / MADE).exists():
        one = home_of(folder, replace(plan, households=DRAWN), progress)
        progress(f"putting {copies} copies of it side by side")
        copy_city(one, home, copies, progress)
    return home.resolve()


def facts_in(home: Path) -> int:
    """Return how many facts a city holds, every version counted."""
    return int((home / MADE).read_text(encoding="ascii"))
