"""A filled sheet as it comes back: bytes -> rows of text, or a refusal of the whole file.

``zhaoren sheets read`` hands the bytes over; :mod:`serving.delivery.files.answers` reads the rows.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data_contracts.refusal import DeliveryRefused
from data_contracts.workbooks import parse_workbook
from serving.delivery.files.formulas import meant
from serving.delivery.files.rows import ALERT_ID, FILLED_IN

MOST_BYTES = 5_000_000
MOST_ROWS = 5_000
_ENCODINGS = ("utf-8-sig", "gb18030")
_SEPARATORS = ",;\t"


class SheetRefused(ValueError):
    """The file is no filled list, so nothing of it was read."""


@dataclass(frozen=True, kw_only=True)
class FilledRow:
    """One row. ``number`` is the line in the sheet as a spreadsheet program shows it."""

    number: int
    cells: Mapping[str, str]


def rows_in(content: bytes) -> list[FilledRow]:
    """Return the rows of an XLSX or CSV file that has the columns of a list.

    Raises:
        SheetRefused: it is something else, or too large.
    """
    if len(content) > MOST_BYTES:
        raise SheetRefused(f"the file has more than {MOST_BYTES} bytes: it is not a list")
    table = _workbook(content) if content.startswith(b"PK") else _csv(content)
    if not table:
        raise SheetRefused("the file is empty")
    header = [name.strip() for name in table[0]]
    missing = [name for name in (ALERT_ID, *FILLED_IN) if name not in header]
    if missing:
        raise SheetRefused(
            f"the first line has no column {'、'.join(missing)}; read the sheet of the list itself, with"
            " its first line as it was"
        )
    doubled = sorted({name for name in (ALERT_ID, *FILLED_IN) if header.count(name) > 1})
    if doubled:
        raise SheetRefused(f"the first line has the column {'、'.join(doubled)} twice")
    if len(table) > MOST_ROWS:
        raise SheetRefused(f"the sheet has more than {MOST_ROWS} lines: it is not a list")
    return [
        FilledRow(number=number, cells=dict(zip(header, map(_plain, line), strict=False)))
        for number, line in enumerate(table[1:], start=2)
        if any(cell.strip() for cell in line)
    ]


def _workbook(content: bytes) -> Sequence[Sequence[str]]:
    try:
        table = parse_workbook(content)
    except DeliveryRefused as refused:
        raise SheetRefused(str(refused)) from refused
    columns = [[cell or "" for cell in column.to_pylist()] for column in table.columns]
    return [table.column_names, *map(list, zip(*columns, strict=True))]


def _csv(content: bytes) -> Sequence[Sequence[str]]:
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise SheetRefused("the file is neither XLSX nor CSV in UTF-8 or GB18030; save it again")
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise SheetRefused(f"the file is not readable as CSV ({error}); save it again") from error


def _plain(cell: str) -> str:
    """Return a cell without the apostrophe that keeps it from being a formula, and blanks around it."""
    return meant(cell.strip()).strip()
