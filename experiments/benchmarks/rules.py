"""How long the rules of a night take on one million households: ladder, benefits of persons and triggers.

The matrix is made up once and kept: the columns rules and triggers read, checks known for a third, most counts
zero. Each part runs in a process of its own, from the file to the written answers, imports included.
"""

import argparse
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from experiments.benchmarks.spent import Spent, in_fresh_process, tell
from features import parameters
from features.connections import open_engine
from features.district import DISTRICT
from features.matrix_contract import matrix_schema
from features.matrix_files import write_rows
from models.rules.answering import RULE_FACTS, answers
from models.rules.triggers import RuleBook, fired_expressions, load_triggers

NIGHT = date(2026, 6, 15)
REGION = "cn.jiangsu.wuxi.binhu"
HOUSEHOLDS_PER_GRID = 350
_AT_ONCE = 100_000
_KEYS = ("household_id", "area_id")
Cells = Callable[[np.random.Generator, int], np.ndarray]


def run(folder: Path, *, households: int, seed: int, memory: str) -> dict[str, Spent]:
    """Return what the rules and the triggers took; the matrix is kept in ``folder`` for the next time."""
    matrix = folder / f"rules_{households}_{seed}" / f"{NIGHT}.parquet"
    if not matrix.exists() or not _asked() <= set(pq.read_schema(matrix).names):
        # Not made yet, or before a rule asked for a column more.
        made_up(matrix, households=households, seed=seed)
    return {
        part: in_fresh_process("experiments.benchmarks.rules", part, matrix, memory)
        for part in ("rules", "triggers")
    }


def made_up(path: Path, *, households: int, seed: int) -> None:
    """Write a matrix with what rules and triggers read, sorted by household."""
    schema = matrix_schema(DISTRICT.groups)
    wanted = {*_KEYS, "as_of_date", *_asked()}
    chosen = pa.schema([field for field in schema if field.name in wanted])
    path.parent.mkdir(parents=True, exist_ok=True)
    staged = path.with_suffix(".tmp")
    random = np.random.default_rng(seed)
    with pq.ParquetWriter(staged, chosen, compression="zstd") as out:
        for start in range(0, households, _AT_ONCE):
            rows = min(_AT_ONCE, households - start)
            columns = [_cells(field, random, start, rows, households) for field in chosen]
            out.write_table(pa.table(columns, schema=chosen))
    staged.rename(path)


def _asked() -> set[str]:
    """Return the columns that rules and triggers read."""
    by_triggers = {
        name for found in _book().versions.values() for one in found for name in one.columns
    }
    return by_triggers | {name for fact in RULE_FACTS for name in fact.columns}


def _cells(
    field: pa.Field, random: np.random.Generator, start: int, rows: int, households: int
) -> pa.Array:
    if field.name == "household_id":
        return pa.array([f"h{number:09d}" for number in range(start, start + rows)])
    if field.name == "as_of_date":
        return pa.array([NIGHT] * rows, pa.date32())
    if field.name == "area_id":
        grids = max(households // HOUSEHOLDS_PER_GRID, 1)
        return pa.array([f"g{grid:05d}" for grid in random.integers(0, grids, rows)])
    known = 0.35 if field.name.startswith(("rule_checked", "property_check")) else 0.95
    unknown = random.random(rows) > known
    if field.name in _LIKELY:
        values = _LIKELY[field.name](random, rows)
        return pa.array(values, mask=unknown).cast(field.type)
    if pa.types.is_boolean(field.type):
        return pa.array(random.random(rows) < 0.05, mask=unknown)
    if pa.types.is_integer(field.type) or pa.types.is_floating(field.type):
        some = random.random(rows) < 0.05
        return pa.array(np.where(some, random.integers(1, 4, rows), 0), mask=unknown).cast(
            field.type
        )
    return pa.array(np.array(["a", "b", "c"])[random.integers(0, 3, rows)], mask=unknown)


_LIKELY: dict[str, Cells] = {
    "household_size": lambda random, rows: random.integers(1, 7, rows),
    "rule_certain_income_month": lambda random, rows: random.lognormal(7.3, 0.8, rows).round(2),
    "rule_checked_income_month": lambda random, rows: random.lognormal(8.2, 0.9, rows).round(2),
    "rule_checked_monetary_assets": lambda random, rows: random.lognormal(10, 1.5, rows).round(2),
    "rule_checked_homes": lambda random, rows: random.integers(0, 3, rows),
    "rule_necessary_spending_365d": lambda random, rows: random.lognormal(8.5, 1.2, rows).round(2),
    "rule_able_members_18_59": lambda random, rows: random.integers(0, 4, rows),
    "property_check_result": lambda random, rows: np.where(
        random.random(rows) < 0.7, "within_limit", "above_limit"
    ),
    "property_days_since_check": lambda random, rows: random.integers(0, 700, rows),
}


def _book() -> RuleBook:
    return load_triggers(DISTRICT.triggers, features=DISTRICT.features, region=DISTRICT.region)


def _rules(matrix: Path, memory: str) -> None:
    in_force = parameters.at(region=REGION, as_of_date=NIGHT)
    out = matrix.with_suffix(".entitlements.parquet")
    with open_engine(spill=matrix.parent / "spill", memory=memory) as engine:
        told = answers(engine.read_parquet(str(matrix)), in_force, as_of_date=NIGHT, keys=_KEYS)
        write_rows(engine, told.order_by("household_id"), out)
    kept = pq.read_table(out, columns=["tier", "first_open"])
    tell(
        households=kept.num_rows,
        with_a_tier=kept.num_rows - kept["tier"].null_count,
        open=kept.num_rows - kept["first_open"].null_count,
        megabytes=round(out.stat().st_size / 1e6, 1),
    )


def _triggers(matrix: Path, memory: str) -> None:
    out = matrix.with_suffix(".triggers.parquet")
    with open_engine(spill=matrix.parent / "spill", memory=memory) as engine:
        fired = fired_expressions(engine.read_parquet(str(matrix)), _book())
        write_rows(engine, fired.order_by("household_id"), out)
    kept = pq.read_table(out).to_pandas().drop(columns=["household_id", "as_of_date"])
    tell(households=len(kept), triggers=kept.shape[1], fired=int(kept.sum().sum()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="experiments.benchmarks.rules")
    parser.add_argument("part", choices=("rules", "triggers"))
    parser.add_argument("matrix", type=Path)
    parser.add_argument("memory")
    given = parser.parse_args()
    {"rules": _rules, "triggers": _triggers}[given.part](given.matrix, given.memory)
