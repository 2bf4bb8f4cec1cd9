"""Read a table nobody has described: which column is the label, the unit, the time, and what may be learned from.

Everything that cannot be answered is refused here, in a sentence that says what to do; nothing else of the
pipeline looks at the file.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from experiments.any_table.files import TableRefused, read_file
from experiments.any_table.words import NO, NULLS, YES, as_dates
from models.ordering import Floats

FEWEST_OF_A_CLASS = 25
"""With fewer, five parts of the table would not each hold a handful."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which columns are what. ``positive`` is the label's value that counts as yes, if it is not plain."""

    unit: str
    label: str
    time: str | None = None
    groups: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    positive: str | None = None


@dataclass(frozen=True, kw_only=True)
class WideTable:
    """Rows with a known label. ``units`` and ``times`` are codes from 0 in the order of time; ``places`` the row numbers in the file."""

    features: pa.Table
    labels: Floats
    units: npt.NDArray[np.intp]
    times: npt.NDArray[np.intp] | None
    time_names: tuple[str, ...]
    groups: pd.DataFrame
    places: npt.NDArray[np.intp]
    notes: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Rows with a known label."""
        return len(self.labels)


def read_wide_table(path: Path, asked: Asked) -> WideTable:
    """Read a CSV or Parquet file.

    Raises:
        TableRefused: no such file or column, one column with two roles, a label without two classes, a time that is no
            time, a group with one member, too few rows.
    """
    table = read_file(path)
    _require_columns(table, asked)
    known = pc.is_valid(_without_null_words(table[asked.label]))
    dropped = table.num_rows - int(pc.sum(known).as_py() or 0)
    places = np.flatnonzero(known.to_numpy(zero_copy_only=False))
    table = table.filter(known) if dropped else table
    labels = _labels(table[asked.label], asked)
    times, time_names = (None, ()) if asked.time is None else _times(table[asked.time], asked.time)
    units = pd.factorize(table[asked.unit].to_pandas())[0]
    if (units < 0).any():
        raise TableRefused(
            f"unit column {asked.unit!r}: {int((units < 0).sum())} rows have no unit; a row must belong to"
            " somebody. Fill the column, or choose another with --unit"
        )
    groups = pd.DataFrame(
        {name: _group(table[name], name) for name in asked.groups}, index=range(table.num_rows)
    )
    used = {asked.unit, asked.label, *asked.exclude, *([asked.time] if asked.time else [])}
    features = table.drop_columns(sorted(used))
    if not features.num_columns:
        raise TableRefused("no column is left to learn from; name fewer with --exclude")
    notes = [f"{dropped} rows without a label were left out"] if dropped else []
    return WideTable(
        features=features,
        labels=labels,
        units=np.asarray(units, dtype=np.intp),
        times=times,
        time_names=time_names,
        groups=groups,
        places=places,
        notes=tuple(notes),
    )


def _require_columns(table: pa.Table, asked: Asked) -> None:
    names = table.column_names
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TableRefused(f"column(s) {twice} come twice; rename one of each")
    wanted = {
        "--label": (asked.label,),
        "--unit": (asked.unit,),
        "--time": (asked.time,) if asked.time else (),
        "--group": asked.groups,
        "--exclude": asked.exclude,
    }
    for option, columns in wanted.items():
        for column in columns:
            if column not in names:
                near = difflib.get_close_matches(column, names, n=3, cutoff=0.5)
                hint = f"did you mean {near}?" if near else f"there are {names[:12]}"
                raise TableRefused(f"{option} {column!r}: no such column; {hint}")
    roles = [asked.label, asked.unit, *([asked.time] if asked.time else [])]
    if len(set(roles)) < len(roles) or asked.label in asked.groups:
        raise TableRefused(
            f"label, unit and time must be different columns and the label no group, found {roles} and"
            f" groups {list(asked.groups)}"
        )
    if table.num_rows < 2 * FEWEST_OF_A_CLASS:
        raise TableRefused(f"{table.num_rows} rows are too few to learn and to judge from")


def _without_null_words(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        return column
    return pc.if_else(pc.is_in(pc.utf8_trim_whitespace(column), pa.array(NULLS)), None, column)


def _labels(column: pa.ChunkedArray, asked: Asked) -> Floats:
    values = column.to_pandas().astype("string").str.strip()
    counts = values.value_counts()
    if asked.positive is not None:
        if asked.positive not in counts.index:
            raise TableRefused(
                f"--positive {asked.positive!r}: column {asked.label!r} has {sorted(counts.index)[:8]}"
            )
        return _two_classes((values == asked.positive).to_numpy(dtype=np.float64), asked)
    if counts.empty:
        raise TableRefused(
            f"label {asked.label!r} is never filled in; choose another --label, or fill it where the answer is known"
        )
    lower = {value: str(value).lower() for value in counts.index}
    if set(lower.values()) <= YES | NO:
        yes = {value for value, plain in lower.items() if plain in YES}
        return _two_classes(values.isin(yes).to_numpy(dtype=np.float64), asked)
    if len(counts) == 1:
        return _two_classes(np.zeros(len(values)), asked)
    shown = [f"{value} ({count})" for value, count in counts.head(6).items()]
    many = "" if len(counts) <= 6 else f" and {len(counts) - 6} more"
    raise TableRefused(
        f"label {asked.label!r} must have two values such as 0 and 1, found {', '.join(shown)}{many}; say which"
        " one counts as yes with --positive VALUE, or make a yes/no column first"
    )


def _two_classes(labels: Floats, asked: Asked) -> Floats:
    positives = int(labels.sum())
    fewest = min(positives, len(labels) - positives)
    if fewest == 0:
        raise TableRefused(
            f"label {asked.label!r} is the same in all {len(labels)} rows, so there is nothing to tell apart;"
            " choose another --label, or add rows of the other kind"
        )
    if fewest < FEWEST_OF_A_CLASS:
        raise TableRefused(
            f"label {asked.label!r}: only {fewest} rows of the rarer kind; at least {FEWEST_OF_A_CLASS} are needed"
            " to learn from some and be judged on others"
        )
    return labels


def _times(column: pa.ChunkedArray, name: str) -> tuple[npt.NDArray[np.intp], tuple[str, ...]]:
    values = column.to_pandas()
    if values.isna().any():
        raise TableRefused(
            f"time column {name!r}: {int(values.isna().sum())} rows have no time; leave them out or fill them"
        )
    if not pd.api.types.is_numeric_dtype(values):
        parsed = as_dates(values.astype("string"))
        if parsed.isna().any():
            raise TableRefused(
                f"time column {name!r}: {int(parsed.isna().sum())} of {len(values)} values are no date; write dates as"
                " 2026-01-31, or number the periods"
            )
        values = parsed
    codes, periods = pd.factorize(values, sort=True)
    if len(periods) < 2:
        raise TableRefused(
            f"time column {name!r} has one value only, so nothing lies later; leave --time out"
        )
    return np.asarray(codes, dtype=np.intp), tuple(str(one)[:10] for one in periods)


def _group(column: pa.ChunkedArray, name: str) -> pd.Series:
    values = column.to_pandas()
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > 20:
        values = pd.qcut(values, 5, duplicates="drop")
    values = values.astype("string").fillna("unknown")
    if values.nunique() < 2:
        raise TableRefused(
            f"group column {name!r} has one group only, nobody to compare with; leave --group {name} out"
        )
    if values.nunique() > 200:
        raise TableRefused(
            f"group column {name!r} has {values.nunique()} groups, too many to read; choose a coarser column"
        )
    return pd.Series(values)


def lonely_groups(groups: pd.DataFrame, *, fewer_than: int) -> Sequence[str]:
    """Return a sentence per group that is too small to say anything about."""
    found = []
    for name in groups.columns:
        counts = groups[name].value_counts()
        small = counts[counts < fewer_than]
        if len(small):
            found.append(
                f"group {name}: {len(small)} of {len(counts)} have fewer than {fewer_than} rows and get no rate"
            )
    return found
