"""A wide table of made-up cases, and how long `zhaoren-lab try` takes with it. ``python -m ... TABLE`` tries one.

Numbers with holes, counts, classes, dates and yes/no; a dozen of them, and two together, move the label.
"""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from experiments.benchmarks.phases import Phases
from experiments.benchmarks.spent import Spent, in_fresh_process, tell

_MOVING = 12
"""Columns that move the label; the others are noise around them."""
_ROWS_PER_UNIT = 2
_MONTHS = 24
_KINDS = ("number", "number", "number", "holes", "count", "count", "class", "yes", "day", "number")


def write_table(path: Path, *, rows: int, columns: int, seed: int) -> None:
    """Write a table with ``columns`` columns, of them one unit, one month, one area and one label; CSV or Parquet."""
    draw = np.random.default_rng(seed)
    months = np.sort(draw.integers(0, _MONTHS, rows))
    table: dict[str, pa.Array] = {
        "household": pa.array(draw.integers(0, rows // _ROWS_PER_UNIT + 1, rows)).cast(pa.string()),
        "month": _days(months * 30),
        "area": pa.array(draw.integers(1, 25, rows)).cast(pa.string()),
    }
    worse = np.full(rows, -3.2)
    last = np.zeros(rows)
    for number in range(columns - 4):
        kind = _KINDS[number % len(_KINDS)]
        signal, column = _column(draw, kind, rows)
        table[f"{kind}_{number}"] = column
        if number < _MOVING:
            worse += signal * (1.0 - 0.06 * number) + 0.4 * signal * last
            last = signal
    table["label"] = pa.array((draw.random(rows) < 1 / (1 + np.exp(-worse))).astype(np.int8))
    path.parent.mkdir(parents=True, exist_ok=True)
    (pq.write_table if path.suffix == ".parquet" else pyarrow.csv.write_csv)(pa.table(table), path)


def run(folder: Path, *, rows: int, columns: int, as_csv: bool, seed: int) -> Spent:
    """Write the table unless it is there, and try it in a fresh process."""
    path = folder / f"wide_{rows}x{columns}_{seed}.{'csv' if as_csv else 'parquet'}"
    if not path.exists():
        write_table(path, rows=rows, columns=columns, seed=seed)
    return in_fresh_process("experiments.benchmarks.wide_table", path)


def _column(
    draw: np.random.Generator, kind: str, rows: int
) -> tuple[npt.NDArray[np.float64], pa.Array]:
    """Return what a column says of the label, with mean 0, and the column itself."""
    hidden = draw.normal(size=rows)
    if kind == "class":
        return hidden.round(), pa.array(np.char.add("class ", hidden.round(1).astype(str)))
    if kind == "count":
        return hidden, pa.array(draw.poisson(np.exp(0.5 * hidden)))
    if kind == "yes":
        return np.sign(hidden), pa.array(np.where(hidden > 0, "yes", "no"))
    if kind == "day":
        return hidden, _days((5_000 + 900 * hidden).astype(np.int64))
    values = np.round(hidden * 100, 2)
    holes = draw.random(rows) < 0.4 if kind == "holes" else np.zeros(rows, dtype=bool)
    return np.where(holes, 0.0, hidden), pa.array(values, mask=holes)


def _days(days: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array((np.datetime64("2010-01-01") + days).astype("datetime64[D]"))


def _try(path: Path) -> None:
    phases = Phases()
    phases.begin("start")
    from experiments.any_table.reading import Asked
    from experiments.any_table.trying import MODEL, try_table
    from models.top_of_list import Capacity

    asked = Asked(unit="household", label="label", time="month", groups=("area",))
    trial = try_table(path, asked, capacity=Capacity(share=0.05), progress=phases.begin)
    phases.end()
    found = trial.evaluation[MODEL]
    tell(
        seconds=phases.seconds,
        cpu_seconds=phases.cpu_seconds,
        roc_auc=str(found.roc_auc),
        ece=found.ece,
        alarms=len(trial.alarms),
        recipe=trial.chosen[0].recipe(),
    )


if __name__ == "__main__":
    _try(Path(sys.argv[1]))
