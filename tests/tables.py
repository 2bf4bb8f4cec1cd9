"""Whiteboard tables: small text drawings that become data frames.

One drawing per test keeps input and expectation on one screen::

    table('''
        bill_id | event_date | amount_due | paid_on
        --------+------------+------------+-----------
        b1      | 2024-07-01 | 120.5      | ?
        ''')

A cell that is empty or ``?`` is null. Columns whose cells all look like dates, whole numbers, numbers or
true/false get that type; everything else is text, so an id should carry a letter.
"""

import re
from collections.abc import Callable

import pandas as pd

_RULE = re.compile(r"^[\s\-+|=]+$")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_TIME = re.compile(r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?$")
_INTEGER = re.compile(r"^-?\d+$")
_NUMBER = re.compile(r"^-?(\d+\.?\d*|\.\d+)([eE]-?\d+)?$")


class TableError(ValueError):
    """The drawing is not a table: a row has more or fewer cells than the header."""


def table(text: str) -> pd.DataFrame:
    """Return the drawn table as a data frame.

    Dates and times become ``datetime64[us]``, whole numbers ``Int64``, numbers ``float64``, true/false
    ``boolean``, text ``str``; a column with nothing in it is text. Nulls are ``NaT``, ``<NA>`` or ``NaN``.

    Raises:
        TableError: a row does not fit the header, or there is no header.
    """
    header, *rows = _lines(text)
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise TableError(
                f"row {number} has {len(row)} cells, the header has {len(header)}: {row}"
            )
    columns = {name: [row[place] for row in rows] for place, name in enumerate(header)}
    return pd.DataFrame({name: _typed(cells) for name, cells in columns.items()}, columns=header)


def _lines(text: str) -> list[list[str]]:
    drawn = [
        line
        for line in text.splitlines()
        if line.strip() and not (_RULE.match(line) and "-" in line)
    ]
    if not drawn:
        raise TableError(
            "the drawing is empty: it needs at least a header line such as 'bill_id | amount_due'"
        )
    return [[cell.strip() for cell in line.split("|")] for line in drawn]


def _typed(cells: list[str]) -> pd.Series:
    known = [cell for cell in cells if cell not in ("", "?")]
    values = [None if cell in ("", "?") else cell for cell in cells]
    if known and all(_DATE.match(cell) for cell in known):
        return pd.Series(pd.to_datetime(pd.Series(values, dtype="str"), format="%Y-%m-%d")).astype(
            "datetime64[us]"
        )
    if known and all(_TIME.match(cell) for cell in known):
        return pd.to_datetime(pd.Series(values, dtype="str"), format="ISO8601").astype(
            "datetime64[us]"
        )
    if known and all(_INTEGER.match(cell) for cell in known):
        return _converted(values, int, "Int64")
    if known and all(_NUMBER.match(cell) for cell in known):
        return _converted(values, float, "float64")
    if known and all(cell in ("true", "false") for cell in known):
        return _converted(values, lambda cell: cell == "true", "boolean")
    return pd.Series(values, dtype="str")


def _converted(values: list[str | None], convert: Callable[[str], object], dtype: str) -> pd.Series:
    return pd.Series([None if value is None else convert(value) for value in values], dtype=dtype)
