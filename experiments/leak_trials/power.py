"""How often the alarm rings on honest tables, and how often it finds what was planted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from experiments.leak_trials.made_up import PLANTS, MadeUp, clean
from models.leaks.findings import LeakReport
from models.leaks.look import look_for_leaks
from models.resampling import Interval, wilson

HONEST = "no leak"
_HONEST_GROUPS = ("bills", "contacts")
_RESCORED = 4


@dataclass(frozen=True, kw_only=True)
class Power:
    """``rung``: tables with an alarm. ``named``: tables where an alarm names what was planted (or the whole table)."""

    planted: str
    tables: int
    rung: Interval
    named: Interval
    kinds: tuple[str, ...]


def measure(
    *, honest: int, planted: int, progress: Callable[[str], None] = lambda _: None
) -> list[Power]:
    """Look at ``honest`` tables without a leak and at ``planted`` tables with each kind."""

    def looked(name: str, tables: Iterator[MadeUp], number: int) -> Power:
        reports = []
        for place, made in enumerate(tables, start=1):
            progress(f"{name}: table {place} of {number}")
            reports.append(look(made))
        return _line(name, reports)

    found = [looked(HONEST, (clean(number) for number in range(honest)), honest)]
    for name, plant in PLANTS.items():
        # Other tables than the honest ones, so that one lucky draw does not count twice.
        made = (plant(clean(number), number) for number in range(1000, 1000 + planted))
        found.append(looked(name, made, planted))
    return found


def look(made: MadeUp) -> LeakReport:
    """Look at one table as the command does."""
    return look_for_leaks(made.table, sides=made.sides, seed=7, most_groups=_RESCORED)


def _line(planted: str, reports: list[LeakReport]) -> Power:
    honest = set(clean(0, units=300).table.names) | set(_HONEST_GROUPS)
    kinds = [one.kind for report in reports for one in report.leaks]
    rung = sum(bool(report.leaks) for report in reports)
    named = sum(any(one.column not in honest for one in report.leaks) for report in reports)
    often = sorted(set(kinds), key=lambda kind: (-kinds.count(kind), kind))
    return Power(
        planted=planted,
        tables=len(reports),
        rung=wilson(rung, of=len(reports)),
        named=wilson(named, of=len(reports)),
        kinds=tuple(f"{kind} ({kinds.count(kind)})" for kind in often),
    )
