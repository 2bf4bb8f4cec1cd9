"""From the events of made-up households to one matrix with labels per as_of_date, by the engine's windows.

The task is that of a triage configuration: what was known before the date, in the last 30, 91, 183 and 365 days and
ever, predicts hardship in the six months from the date on. The data is a folder of CSV files: ``entities``,
``utility``, ``ration`` and ``visits`` (each with ``knowledge_date``), ``outcomes`` (``event_date``).
"""

from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis import _
from ibis.backends.duckdb import Backend

from features.connections import drop, keep, open_engine
from features.one_pass import one_pass
from features.point_in_time import side_by_side
from features.registry import KEYS
from features.windows import Windowed, count, highest, lowest, total

DATES = (
    date(2022, 10, 1),
    date(2023, 1, 1),
    date(2023, 4, 1),
    date(2023, 7, 1),
    date(2023, 10, 1),
    date(2024, 1, 1),
)
LABEL_MONTHS = 6
_WINDOWS = (30, 91, 183, 365, None)
_EVERY = ("sum", "mean", "min", "max", "stddev")
_STATUSES = ("paid", "partial", "disconnected")
_KINDS = ("opd", "ipd", "anc", "emergency")
TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "utility": {
        "amount_due": ("sum", "mean", "max", "stddev"),
        "amount_paid": ("sum", "mean", "min", "stddev"),
        "days_late": ("mean", "max", "min", "stddev"),
        "shortfall": ("sum", "max", "mean"),
        **{f"is_{status}": ("sum", "mean") for status in _STATUSES},
    },
    "ration": {"kg_lifted": _EVERY, "missed": ("sum", "mean", "max")},
    "visits": {
        "oop_cost": ("sum", "mean", "max"),
        **{f"is_{kind}": ("sum",) for kind in _KINDS},
    },
}
"""Table, what is measured of its events, and which statistics of it."""
ONE_FEATURE = "utility_183d_days_late_mean"
"""The one column a person would rank by."""


class DataAbsent(ValueError):
    """The folder does not hold the events; the message says how to make them."""


def columns() -> list[str]:
    """Return the names of the features in matrix order."""
    names = []
    for table, measures in TABLES.items():
        for days in _WINDOWS:
            names.append(_name(table, days, "events", "count"))
            names += [
                _name(table, days, one, stat) for one, stats in measures.items() for stat in stats
            ]
    return names


def build(data: Path) -> pd.DataFrame:
    """Return one row per household and date: keys, features, ``label``.

    Raises:
        DataAbsent: a file is not there.
    """
    absent = [
        name for name in ("entities", *TABLES, "outcomes") if not (data / f"{name}.csv").is_file()
    ]
    if absent:
        raise DataAbsent(
            f"{data} lacks {', '.join(f'{name}.csv' for name in absent)}; give the folder of the made-up households"
            " this comparison is about (docs/try.md says which files and columns)"
        )
    with open_engine() as engine:
        homes = engine.read_csv(data / "entities.csv")
        dates = ibis.array([ibis.date(day.isoformat()) for day in DATES]).unnest()
        members = homes.mutate(as_of_date=dates, household_id=_.entity_id)
        members = members.filter(_.start_date.cast("date") < _.as_of_date)
        wide = members.select(*KEYS)
        for table in TABLES:
            found = _statistics(
                _aggregated(engine, data, table, members.select(*KEYS, "entity_id")), table
            )
            wide = side_by_side(wide, keep(engine, f"group_{table}", found))
            drop(engine, f"{table}_codes", f"{table}_parts")
        matrix: pd.DataFrame = wide.to_pandas()
    matrix["as_of_date"] = pd.to_datetime(matrix["as_of_date"])
    nothing = [name for name in columns() if name.endswith(("_count", "_sum"))]
    labels = pd.Series(_labels(matrix, data), index=matrix.index, name="label")
    matrix = pd.concat([matrix.fillna(dict.fromkeys(nothing, 0)), labels], axis=1)
    ordered = matrix.sort_values(["as_of_date", "household_id"], ignore_index=True)
    return ordered[[*KEYS, *columns(), "label"]]


def _labels(matrix: pd.DataFrame, data: Path) -> np.ndarray:
    hit = pd.read_csv(
        data / "outcomes.csv", usecols=["entity_id", "event_date"], parse_dates=["event_date"]
    )
    labels = np.zeros(len(matrix))
    for day in map(pd.Timestamp, DATES):
        within = hit["event_date"].between(
            day, day + pd.DateOffset(months=LABEL_MONTHS), inclusive="left"
        )
        here = (matrix["as_of_date"] == day).to_numpy()
        labels[here] = matrix.loc[here, "household_id"].isin(hit.loc[within, "entity_id"])
    return labels


def _aggregated(engine: Backend, data: Path, table: str, members: ir.Table) -> ir.Table:
    facts = engine.read_csv(data / f"{table}.csv")
    if table == "utility":
        facts = facts.mutate(shortfall=_.amount_due - _.amount_paid)
        facts = facts.mutate(**{f"is_{one}": (_.status == one).cast("int64") for one in _STATUSES})
    if table == "visits":
        facts = facts.mutate(**{f"is_{one}": (_.kind == one).cast("int64") for one in _KINDS})
    known = facts.mutate(
        event_date=facts.knowledge_date.cast("date"),
        known_from=facts.knowledge_date.cast("timestamp(6)"),
        known_until=ibis.null("timestamp(6)"),
    )
    return one_pass(engine, table, known, members, _wanted(table), days=DATES)


def _wanted(table: str) -> dict[str, Windowed]:
    wanted: dict[str, Windowed] = {}
    for days in _WINDOWS:
        wanted[_name(table, days, "events", "count")] = count(days=days)
        for measure, stats in TABLES[table].items():
            value = _[measure]
            wanted[_name(table, days, measure, "sum")] = total(value, days=days)
            if "stddev" in stats:
                wanted[_name(table, days, measure, "squares")] = total(value * value, days=days)
            if "min" in stats:
                wanted[_name(table, days, measure, "min")] = lowest(value, days=days)
            if "max" in stats:
                wanted[_name(table, days, measure, "max")] = highest(value, days=days)
    return wanted


def _statistics(aggregates: ir.Table, table: str) -> ir.Table:
    found: dict[str, ir.Value] = {}
    for days in _WINDOWS:
        events = aggregates[_name(table, days, "events", "count")]
        found[_name(table, days, "events", "count")] = events
        for measure, stats in TABLES[table].items():
            of = {stat: _name(table, days, measure, stat) for stat in (*stats, "sum", "squares")}
            added = aggregates[of["sum"]].cast("float64")
            for stat in stats:
                if stat == "mean":
                    found[of[stat]] = added / events.nullif(0)
                elif stat == "stddev":
                    spread = aggregates[of["squares"]] - added * added / events.nullif(0)
                    free = ibis.greatest(events - 1, 0).nullif(0)
                    found[of[stat]] = (ibis.greatest(spread, 0) / free).sqrt()
                else:
                    found[of[stat]] = aggregates[of[stat]].cast("float64")
    return aggregates.select(*KEYS, **found)


def _name(table: str, days: int | None, measure: str, stat: str) -> str:
    window = "all" if days is None else f"{days}d"
    return f"{table}_{window}_{measure}_{stat}"
