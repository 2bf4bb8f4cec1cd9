"""From the columns of an unknown table to numbers: what is a number, a class, a date, and what is left out and why."""

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from experiments.any_table.words import as_dates, as_numbers

Matrix = npt.NDArray[np.float32]

MOST_CLASSES = 100
"""Rarer classes than so many share the class of the others."""
FEW_VALUES = 12
"""A number with at most so many values is also offered as classes: codes of a survey rarely lie on a line."""
_NEARLY_ALL = 0.9
_READABLE = 0.98
"""Where so many rows can be read, the others are slips of the pen."""
_FIRST_LOOK, _WORTH_READING = 200, 0.5
UNKNOWN_CODES = (
    -1.0,
    *(-float(str(digit) * times) for times in (1, 2, 3, 4) for digit in (7, 8, 9)),
)
"""Where everything else is at least 0, these stand for not asked, refused, unknown, as code books have it."""


@dataclass(frozen=True)
class Input:
    """One column to learn from. ``classes`` names the codes of a class column.

    ``unknown_codes`` are numbers that stand for "not asked" or "not answered", as -88 and -99 do in surveys. They stay
    apart, for who was not asked is another matter than who did not answer, but no line is drawn through them.
    """

    name: str
    kind: str
    classes: tuple[str, ...] = ()
    unknown_codes: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Rows times inputs, unknown is NaN; classes are codes. ``left_out`` says why a column is not there."""

    matrix: Matrix
    inputs: tuple[Input, ...]
    left_out: dict[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs in order."""
        return tuple(one.name for one in self.inputs)

    @property
    def categorical(self) -> tuple[int, ...]:
        """Places of the class columns."""
        return tuple(place for place, one in enumerate(self.inputs) if one.kind == "class")

    def known_values(self) -> Matrix:
        """Return the matrix with codes of unknown as NaN: to ask whether something was filled in at all."""
        coded = [place for place, one in enumerate(self.inputs) if one.unknown_codes]
        if not coded:
            return self.matrix
        matrix = self.matrix.copy(order="F")
        for place in coded:
            codes = np.asarray(self.inputs[place].unknown_codes, dtype=np.float32)
            matrix[np.isin(matrix[:, place], codes), place] = np.nan
        return matrix

    def without(self, names: frozenset[str]) -> "Inputs":
        """Return the inputs without those called ``names``."""
        kept = [place for place, one in enumerate(self.inputs) if one.name not in names]
        return Inputs(
            matrix=self.matrix[:, kept],
            inputs=tuple(self.inputs[place] for place in kept),
            left_out={
                **self.left_out,
                **dict.fromkeys(sorted(names), "left out to see what changes"),
            },
        )


def as_inputs(table: pa.Table) -> Inputs:
    """Encode every column of ``table`` that can tell anything, one at a time to spare memory."""
    kept: list[Input] = []
    left_out: dict[str, str] = {}
    seen: dict[bytes, str] = {}
    matrix = np.empty((table.num_rows, table.num_columns), dtype=np.float32, order="F")
    for name in table.column_names:
        found = _encoded(name, table[name])
        if isinstance(found, str):
            left_out[name] = found
            continue
        one, values = found
        matrix[:, len(kept)] = values
        same = seen.setdefault(hashlib.blake2b(matrix[:, len(kept)].tobytes()).digest(), name)
        if same != name:
            left_out[name] = f"says the same as {same} in every row"
            continue
        kept.append(one)
    return Inputs(matrix=matrix[:, : len(kept)], inputs=tuple(kept), left_out=left_out)


def _encoded(name: str, column: pa.ChunkedArray) -> tuple[Input, npt.NDArray[np.float64]] | str:
    kind = column.type
    if pa.types.is_boolean(kind):
        values = column.to_pandas().astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
        return _number(name, values)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        values = column.cast(pa.float64()).to_pandas().to_numpy(dtype=np.float64)
        if pa.types.is_integer(kind) and _counts_up(values):
            return "numbers the rows (an id): it would teach the order of the file"
        return _number(name, values)
    if pa.types.is_temporal(kind) and not pa.types.is_duration(kind):
        return _number(name, _days(pd.to_datetime(column.to_pandas(), errors="coerce")).to_numpy())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return _text(name, column)
    return f"{kind} is nothing to learn from"


def _number(
    name: str, values: npt.NDArray[np.float64]
) -> tuple[Input, npt.NDArray[np.float64]] | str:
    # What 32 bits cannot hold is no number anybody meant.
    values = np.where(np.abs(values) < np.finfo(np.float32).max, values, np.nan)
    known = values[~np.isnan(values)]
    if not len(known):
        return "never filled in"
    if known.min() == known.max() and len(known) == len(values):
        return "the same in every row"
    return Input(name, "number", unknown_codes=_unknown_codes(known)), values


def _unknown_codes(known: npt.NDArray[np.float64]) -> tuple[float, ...]:
    negative = np.unique(known[known < 0])
    if not len(negative) or len(negative) > len(UNKNOWN_CODES) or negative[0] == known.max():
        return ()
    return tuple(negative.tolist()) if np.isin(negative, UNKNOWN_CODES).all() else ()


def _days(dates: pd.Series) -> pd.Series:
    """Days since the first of the dates."""
    since = (dates - dates.min()).dt.total_seconds() / 86_400
    return pd.Series(since.to_numpy(dtype=np.float64, na_value=np.nan))


def _text(name: str, column: pa.ChunkedArray) -> tuple[Input, npt.NDArray[np.float64]] | str:
    """Work on what is written, each once; a million rows rarely hold more than some thousand different words."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    encoded = column.unify_dictionaries().combine_chunks()
    written = encoded.dictionary.to_pandas().astype("string").str.strip().replace("", pd.NA)
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    codes = np.where(np.isnan(codes), -1, codes).astype(np.intp)
    rows = pd.Series(np.bincount(codes[codes >= 0], minlength=len(written)))
    rows = rows.where(written.notna(), 0)
    known = int(rows.sum())
    if not known:
        return "never filled in"

    def spread(values: pd.Series) -> npt.NDArray[np.float64]:
        each = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(codes >= 0, each[codes], np.nan)

    for read in (as_numbers, as_dates):
        if read(written.dropna().head(_FIRST_LOOK)).notna().mean() < _WORTH_READING:
            continue
        values = read(written)
        if rows[values.notna()].sum() >= _READABLE * known and values.nunique() > 1:
            return _number(name, spread(_days(values) if read is as_dates else values))
    counts = rows.groupby(written).sum().sort_values(ascending=False, kind="stable")
    if len(counts) > _NEARLY_ALL * known and known > 2 * MOST_CLASSES:
        return "nearly every row says something else (an id or free text)"
    if len(counts) == 1 and known == len(codes):
        return "the same in every row"
    classes = tuple(sorted(map(str, counts.index[:MOST_CLASSES])))
    places = pd.Series(pd.Categorical(written, categories=list(classes)).codes.astype(np.float64))
    places = places.where(places >= 0, len(classes)).where(written.notna())
    return Input(name, "class", (*classes, "(others)")), spread(places)


def _counts_up(values: npt.NDArray[np.float64]) -> bool:
    """Whether an integer column rises by row, or is a different number in nearly every one of many rows."""
    if np.isnan(values).any() or len(values) < 200:
        return False
    steps = np.diff(values)
    if (steps > 0).all() or (steps < 0).all():
        return True
    spread = values.max() - values.min() + 1
    return len(np.unique(values)) == len(values) and spread <= 1.5 * len(values)
