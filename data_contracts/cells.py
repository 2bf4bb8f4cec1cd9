"""Cells as a department wrote them -> cells as the contract types them.

A cell that does not fit its type becomes null and is reported by position; the caller keeps the text. Dates
before 1900 and after 2199 are taken for slips of the keyboard: nobody alive was born before, and 9999-12-31
is another way of writing "no end yet", which the contract writes as null.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data_contracts.odcs import Column

ARROW_TYPES = {
    "string": pa.string(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
}
"""How each logical type of a contract is stored."""

EARLIEST = date(1900, 1, 1)
LATEST = date(2199, 12, 31)

_BOOLEANS = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}
_DATE_FORMATS = ("%Y-%m-%d", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S")
_EXPECTED = {
    "string": "text",
    "date": f"a date such as 2026-03-08 between {EARLIEST} and {LATEST}",
    "timestamp": "a time such as 2026-03-08 02:10:00",
    "number": "a number such as 120.5, without separators or unit",
    "integer": "a whole number",
    "boolean": "true or false",
}


@dataclass(frozen=True)
class TypedColumn:
    """The values, and the positions of cells that were not null but did not fit."""

    values: pa.Array
    misfits: npt.NDArray[np.int64]


def expected(column: Column) -> str:
    """Return what a cell of the column should look like, for a message."""
    return _EXPECTED[column.logical_type]


def typed(cells: pa.ChunkedArray, column: Column) -> TypedColumn:
    """Return the cells in the type of the column."""
    whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    if pa.types.is_dictionary(whole.type):
        whole = whole.cast(whole.type.value_type)
    if pa.types.is_large_string(whole.type) or pa.types.is_string(whole.type):
        return _from_text(_trimmed(whole), column)
    try:
        values = _from_typed(whole, column)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _from_text(_trimmed(as_text(whole)), column)
    return _within_range(values, column, known=whole)


def as_text(cells: pa.Array) -> pa.Array:
    """Return any cells as text, for quarantine and for a second try at their type."""
    try:
        return cells.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array(
            [None if cell is None else str(cell) for cell in cells.to_pylist()], pa.string()
        )


def _trimmed(cells: pa.Array) -> pa.Array:
    stripped = pc.utf8_trim_whitespace(cells.cast(pa.string()))
    return pc.if_else(pc.equal(stripped, ""), pa.scalar(None, pa.string()), stripped)


def _from_typed(cells: pa.Array, column: Column) -> pa.Array:
    if column.logical_type == "string" and not pa.types.is_null(cells.type):
        return as_text(cells)
    if column.logical_type == "date" and pa.types.is_timestamp(cells.type):
        return pc.floor_temporal(cells, unit="day").cast(pa.date32())
    if column.logical_type in ("date", "timestamp", "boolean") and not (
        pa.types.is_temporal(cells.type)
        or pa.types.is_boolean(cells.type)
        or pa.types.is_null(cells.type)
    ):
        raise pa.ArrowInvalid("a number is not a date and not a truth value")
    return cells.cast(ARROW_TYPES[column.logical_type])


def _from_text(cells: pa.Array, column: Column) -> TypedColumn:
    kind = column.logical_type
    if kind == "boolean":
        return _within_range(_booleans(cells), column, known=cells)
    try:
        values = cells.cast(ARROW_TYPES[kind])
    except pa.ArrowInvalid:
        values = _cell_by_cell(cells, kind)
    return _within_range(values, column, known=cells)


def _booleans(cells: pa.Array) -> pa.Array:
    spelt = pc.utf8_lower(cells)
    place = pc.index_in(spelt, value_set=pa.array(list(_BOOLEANS)))
    return pc.take(pa.array(list(_BOOLEANS.values())), place)


def _cell_by_cell(cells: pa.Array, kind: str) -> pa.Array:
    """Convert what can be converted; the rest becomes null."""
    text = pd.Series(cells.to_pandas())
    if kind in ("number", "integer"):
        figures = pd.to_numeric(text, errors="coerce").astype("float64")
        if kind == "integer":
            figures = figures.where(figures.eq(figures.round()) & figures.abs().lt(2**53))
            return pa.array(figures.to_numpy(), from_pandas=True).cast(pa.int64())
        return pa.array(figures.to_numpy(), from_pandas=True)
    formats = _DATE_FORMATS if kind == "date" else ("ISO8601",)
    moments = pd.to_datetime(text, format=formats[0], errors="coerce")
    for other in formats[1:]:
        moments = moments.fillna(pd.to_datetime(text, format=other, errors="coerce"))
    return pa.array(moments.astype("datetime64[us]").to_numpy()).cast(ARROW_TYPES[kind])


def _within_range(values: pa.Array, column: Column, *, known: pa.Array) -> TypedColumn:
    if column.logical_type == "number":
        values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, pa.float64()))
    if column.logical_type in ("date", "timestamp"):
        bounds = [pa.scalar(bound, pa.date32()).cast(values.type) for bound in (EARLIEST, LATEST)]
        inside = pc.and_(pc.greater_equal(values, bounds[0]), pc.less_equal(values, bounds[1]))
        values = pc.if_else(inside, values, pa.scalar(None, values.type))
    lost = pc.and_(pc.is_valid(known), pc.is_null(values))
    if column.logical_type == "number" and pa.types.is_floating(known.type):
        # NaN in a typed file is how pandas writes null.
        lost = pc.and_(lost, pc.invert(pc.fill_null(pc.is_nan(known), False)))
    return TypedColumn(values, np.flatnonzero(lost.to_numpy(zero_copy_only=False)))
