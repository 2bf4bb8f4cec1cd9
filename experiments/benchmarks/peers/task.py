"""What every peer is asked for: the tables, the dates, the windows, the statistics, and how columns are called.

A fact is seen by a date if it was known before it, and by a window if it was known in the days before it. Where a
household has no fact in a window, count and sum are 0 and the others null; the standard deviation (n - 1) needs two.
Each peer reads ``<table>.parquet`` from one folder and writes ``<date>.parquet`` into another: ``entity_id``, counts
as 32-bit integers, everything else as 32-bit floats, zstd. Distinct counts, medians and free SQL are not compared.
"""

from datetime import date

DATES = (
    date(2022, 10, 1),
    date(2023, 1, 1),
    date(2023, 4, 1),
    date(2023, 7, 1),
    date(2023, 10, 1),
    date(2024, 1, 1),
)
WINDOWS = (30, 90, 365, None)
"""Days; None is all history."""
TABLES = {
    "utility": ("amount_due", "amount_paid", "days_late", "shortfall", "disconnected"),
    "ration": ("kg_lifted", "missed"),
    "visits": ("oop_cost", "inpatient"),
}
"""Table -> what is measured of its facts. Every table has ``entity_id`` and ``knowledge_date`` too."""
STATS = ("sum", "mean", "min", "max", "stddev")
COLUMNS = sum(len(WINDOWS) * (1 + len(STATS) * len(measures)) for measures in TABLES.values())


def count_name(table: str, days: int | None) -> str:
    """Return the name of the count of a table's facts in a window."""
    return f"{table}_{_window(days)}_count"


def name_of(table: str, days: int | None, measure: str, stat: str) -> str:
    """Return the name of one statistic."""
    return f"{table}_{_window(days)}_{measure}_{stat}"


def _window(days: int | None) -> str:
    return "all" if days is None else f"{days}d"
