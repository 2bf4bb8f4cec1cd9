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
from data_contracts.spelling import is_plain, odd_text, trimmed

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
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_DATE = r"^\d{4}[-/]\d{1,2}[-/]\d{1,2}( \d{1,2}:\d{2}:\d{2})?$"
_LOCAL_TIME = r"^\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?$"
_EXPECTED = {
    "string": "text without control characters, invisible characters or spreadsheet errors",
    "date": f"a date such as 2026-03-08 between {EARLIEST} and {LATEST}",
    "timestamp": "a local time such as 2026-03-08 02:10:00",
    "number": "a number such as 120.5, without separators or unit",
    "integer": "a whole number",
    "boolean": "true or false",
}
_EXPECTED_ID = (
    "an id with all its digits, as text, without blanks, full-width or invisible characters"
)


@dataclass(frozen=True)
class TypedColumn:
    """The values, and the positions of cells that were not null but did not fit."""

    values: pa.Array
    misfits: npt.NDArray[np.int64]


def expected(column: Column, *, is_id: bool) -> str:
    """Return what a cell of the column should look like, for a message."""
    return _EXPECTED_ID if is_id else _EXPECTED[column.logical_type]


def typed(cells: pa.ChunkedArray, column: Column, *, is_id: bool) -> TypedColumn:
    """Return the cells in the type of the column; an id is held to a narrower spelling than other text."""
    whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    if pa.types.is_dictionary(whole.type):
        whole = whole.cast(whole.type.value_type)
    if pa.types.is_large_string(whole.type) or pa.types.is_string(whole.type):
        return _from_text(trimmed(whole), column, is_id=is_id)
    if _cannot_mean(whole.type, column):
        nothing = pa.nulls(len(whole), ARROW_TYPES[column.logical_type])
        return TypedColumn(nothing, _lost(whole, nothing))
    try:
        values = _from_typed(whole, column)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _from_text(trimmed(as_text(whole)), column, is_id=is_id)
    return _within_range(values, column, known=whole)


def as_text(cells: pa.Array) -> pa.Array:
    """Return any cells as text, for quarantine and for a second try at their type."""
    try:
        return cells.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.array(
            [None if cell is None else repr(cell) for cell in cells.to_pylist()], pa.string()
        )


def _cannot_mean(type_: pa.DataType, column: Column) -> bool:
    """Return whether a column of this type has already lost what the contract asks for."""
    if pa.types.is_timestamp(type_) and type_.tz is not None:
        # Midnight here is the day before in universal time.
        return True
    if column.logical_type == "string":
        # Fifteen digits of eighteen are left, or bytes of no known encoding.
        return bool(pa.types.is_floating(type_) or pa.types.is_binary(type_))
    return column.logical_type in ("number", "integer") and bool(pa.types.is_boolean(type_))


def _from_typed(cells: pa.Array, column: Column) -> pa.Array:
    if column.logical_type == "string" and not pa.types.is_null(cells.type):
        return as_text(cells)
    if column.logical_type == "date" and pa.types.is_timestamp(cells.type):
        return pc.floor_temporal(cells, unit="day").cast(pa.date32())
    if column.logical_type in ("date", "timestamp", "boolean") and not (
        pa.types.is_date(cells.type)
        or pa.types.is_timestamp(cells.type)
        or pa.types.is_boolean(cells.type)
        or pa.types.is_null(cells.type)
    ):
        raise pa.ArrowInvalid("a number is not a date and not a truth value")
    if column.logical_type in ("number", "integer") and pa.types.is_temporal(cells.type):
        raise pa.ArrowInvalid("a date is not a number")
    return cells.cast(ARROW_TYPES[column.logical_type])


def _from_text(cells: pa.Array, column: Column, *, is_id: bool) -> TypedColumn:
    kind = column.logical_type
    if kind == "string":
        odd = odd_text(cells, is_id=is_id)
        if not odd.size:
            return TypedColumn(cells, odd)
        mask = np.zeros(len(cells), bool)
        mask[odd] = True
        return TypedColumn(pc.if_else(pa.array(mask), pa.scalar(None, pa.string()), cells), odd)
    if kind == "boolean":
        return _within_range(_booleans(cells), column, known=cells)
    try:
        values = _all_at_once(cells, kind)
    except pa.ArrowInvalid:
        values = _by_spelling(cells, kind)
    return _within_range(values, column, known=cells)


def _booleans(cells: pa.Array) -> pa.Array:
    spelt = pc.utf8_lower(cells)
    place = pc.index_in(spelt, value_set=pa.array(list(_BOOLEANS)))
    return pc.take(pa.array(list(_BOOLEANS.values())), place)


def _all_at_once(cells: pa.Array, kind: str) -> pa.Array:
    if kind == "integer" and not is_plain(cells, b"+-0123456789"):
        # Hexadecimal is a whole number to the library, and none to a department.
        raise pa.ArrowInvalid("not only digits")
    return cells.cast(ARROW_TYPES[kind])


def _by_spelling(cells: pa.Array, kind: str) -> pa.Array:
    """Convert each spelling once; what cannot be converted becomes null."""
    spelt = cells.dictionary_encode()
    words = spelt.dictionary
    if kind in ("number", "integer"):
        values = _figures(words, whole=kind == "integer")
    else:
        values = _moments(words, kind)
    return values.take(spelt.indices)


def _figures(words: pa.Array, *, whole: bool) -> pa.Array:
    readable = pc.match_substring_regex(words, _NUMBER)
    # The library reads no leading plus.
    plain = pc.utf8_ltrim(pc.if_else(readable, words, pa.scalar(None, pa.string())), "+")
    figures = plain.cast(pa.float64())
    if not whole:
        return figures
    exact = pc.and_(pc.equal(figures, pc.round(figures)), pc.less(pc.abs(figures), float(2**53)))
    return pc.if_else(exact, figures, pa.scalar(None, pa.float64())).cast(pa.int64())


def _moments(words: pa.Array, kind: str) -> pa.Array:
    formats = _DATE_FORMATS if kind == "date" else ("ISO8601",)
    # Without this the library takes "today" for a date, and a zone off a time instead of reading it.
    shaped = pc.match_substring_regex(words, _DATE if kind == "date" else _LOCAL_TIME)
    kept = pc.if_else(shaped, words, pa.scalar(None, pa.string()))
    text = pd.Series(kept.to_pandas(), dtype="str")
    moments = pd.to_datetime(text, format=formats[0], errors="coerce")
    for other in formats[1:]:
        moments = moments.fillna(pd.to_datetime(text, format=other, errors="coerce"))
    return pa.array(moments.astype("datetime64[us]").to_numpy()).cast(ARROW_TYPES[kind])


def _within_range(values: pa.Array, column: Column, *, known: pa.Array) -> TypedColumn:
    if column.logical_type == "number":
        finite = pc.is_finite(values)
        if not pc.all(finite, min_count=0).as_py():
            values = pc.if_else(finite, values, pa.scalar(None, pa.float64()))
    if column.logical_type in ("date", "timestamp"):
        low, high = (
            pa.scalar(bound, pa.date32()).cast(values.type) for bound in (EARLIEST, LATEST)
        )
        inside = pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))
        if not pc.all(inside, min_count=0).as_py():
            values = pc.if_else(inside, values, pa.scalar(None, values.type))
    return TypedColumn(values, _lost(known, values))


def _lost(known: pa.Array, values: pa.Array) -> npt.NDArray[np.int64]:
    """Return the positions of cells that held something and now hold nothing."""
    if known.null_count == values.null_count:
        return np.empty(0, np.int64)
    lost = pc.and_(pc.is_valid(known), pc.is_null(values))
    if pa.types.is_floating(known.type):
        # NaN in a typed file is how pandas writes null.
        lost = pc.and_(lost, pc.invert(pc.fill_null(pc.is_nan(known), False)))
    return np.flatnonzero(lost.to_numpy(zero_copy_only=False))
