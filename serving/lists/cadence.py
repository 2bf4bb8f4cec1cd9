"""Which households on file are due a regular visit (三个一: quarterly visit, half-yearly check, yearly survey)."""

import calendar
from collections.abc import Mapping
from datetime import date

import pandas as pd

from serving.lists.policy_parts import Cadence

_MET_NOBODY = ("refused", "not_found", "unsafe")


def months_after(day: date, months: int) -> date:
    """Return the same day ``months`` later; the last of the month where there is no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def due_tasks(
    matrix: pd.DataFrame,
    *,
    cadence: Cadence,
    visits: pd.DataFrame,
    done: Mapping[str, Mapping[str, date]],
    as_of_date: date,
) -> pd.DataFrame:
    """Return per row of ``matrix`` the ``task`` due (its code, else empty) and when it was ``seen_on``.

    The most thorough of those due stands for all of them. A visit that met somebody counts for the least
    thorough task, whatever it was made for. One never made is due: unknown is not done.

    Args:
        matrix: the feature matrix of the date.
        cadence: the tasks, from the most to the least thorough.
        visits: ``household_id, visited_on, finding``.
        done: by household, the last day of each task.
        as_of_date: the night.
    """
    met = visits[~visits["finding"].isin(_MET_NOBODY)]
    latest = () if met.empty else met.groupby("household_id")["visited_on"].max().items()
    last_met: dict[str, date] = {str(household): day for household, day in latest}
    on_file = matrix[cadence.on_file].fillna(False).astype(bool)
    tasks: list[str] = []
    seen: list[date | None] = []
    for household, is_on_file in zip(matrix["household_id"], on_file, strict=True):
        made = done.get(household, {})
        last = max((*made.values(), *filter(None, [last_met.get(household)])), default=None)
        seen.append(last)
        tasks.append(_due(cadence, made, last, as_of_date) if is_on_file else "")
    return pd.DataFrame({"task": tasks, "seen_on": seen}, index=matrix.index, dtype="object")


def _due(cadence: Cadence, made: Mapping[str, date], last: date | None, as_of_date: date) -> str:
    reached: date | None = None
    for place, task in enumerate(cadence.tasks):
        own = made.get(task.code)
        reached = max(filter(None, (reached, own)), default=None)
        is_least = place == len(cadence.tasks) - 1
        since = max(filter(None, (reached, last)), default=None) if is_least else reached
        if since is None or months_after(since, task.months) <= as_of_date:
            return task.code
    return ""
