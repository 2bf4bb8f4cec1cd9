"""XLSX -> a table of text from its first sheet: values only, no formulas, no merged cells, no surprises.

A workbook is a zip of XML written by somebody else, so what it would unpack to is looked at before anything
is unpacked, and document types (the door to entity bombs and foreign files) are refused.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime

import openpyxl
import pyarrow as pa

from data_contracts.limits import (
    MAX_COLUMNS,
    MAX_SHARED_TEXT_BYTES,
    MAX_SHEET_ROWS,
    MAX_WORKBOOK_RATIO,
    MAX_WORKBOOK_UNPACKED_BYTES,
    WORKBOOK_RATIO_FROM_BYTES,
)
from data_contracts.refusal import DeliveryRefused
from data_contracts.tables import clean_names

_UNREADABLE = "the file is not a readable XLSX workbook: save it again as .xlsx and send it again"
_STRETCH = 1 << 20
_DIGITS_KEPT = 10**15
"""A spreadsheet keeps fifteen digits of a number; longer ids have lost their end."""
_DOCUMENT_TYPE = re.compile(rb"<\x00?!\x00?D\x00?O\x00?C\x00?T", re.IGNORECASE)
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s")


def parse_workbook(content: bytes) -> pa.Table:
    """Return the rows of the first sheet under its first line.

    Raises:
        DeliveryRefused: it is no workbook, a bomb, or its first sheet is no plain table of values.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _require_harmless(parts)
        lines = _sheet_lines(content)
    except DeliveryRefused:
        raise
    except Exception as error:
        # A damaged workbook fails in the zip, the XML or the sheet layer, each with errors of its own.
        raise DeliveryRefused(_UNREADABLE) from error
    if not lines:
        raise DeliveryRefused(
            "the first sheet is empty; put the table on the first sheet and send it again"
        )
    names = clean_names([_sheet_text(cell) or "" for cell in lines[0]])
    return pa.table(
        {
            name: pa.array([_sheet_text(line[place]) for line in lines[1:]], pa.string())
            for place, name in enumerate(names)
        }
    )


def _require_harmless(parts: zipfile.ZipFile) -> None:
    unpacked = 0
    for part in parts.infolist():
        unpacked += part.file_size
        bomb = (
            part.file_size > WORKBOOK_RATIO_FROM_BYTES
            and part.file_size > MAX_WORKBOOK_RATIO * max(part.compress_size, 1)
        )
        shared = "sharedstrings" in part.filename.lower()
        if (
            bomb
            or unpacked > MAX_WORKBOOK_UNPACKED_BYTES
            or (shared and part.file_size > MAX_SHARED_TEXT_BYTES)
        ):
            raise DeliveryRefused(
                f"the workbook would unpack to {unpacked} bytes or more: it is damaged, a bomb, or too large for"
                " a spreadsheet; send the table as CSV"
            )
    for part in parts.infolist():
        name = part.filename.lower()
        if not name.endswith((".xml", ".rels")):
            continue
        is_sheet = name.startswith("xl/worksheets/sheet")
        for stretch in _stretches(parts, part, whole=is_sheet):
            if _DOCUMENT_TYPE.search(stretch):
                raise DeliveryRefused(
                    "the workbook holds a document type, which no spreadsheet program writes; save it again as"
                    " .xlsx and send it again"
                )
            if is_sheet and _FORMULA.search(stretch):
                raise DeliveryRefused(
                    "the workbook holds formulas, whose values may be out of date; paste them as values and send"
                    " it again"
                )
            if is_sheet and _MERGED.search(stretch):
                raise DeliveryRefused(
                    "the workbook holds merged cells, so nobody can say which row a value belongs to; unmerge"
                    " them, fill every cell and send it again"
                )


def _stretches(parts: zipfile.ZipFile, part: zipfile.ZipInfo, *, whole: bool) -> Iterator[bytes]:
    """Return a part piece by piece, each with the end of the one before; only the first unless whole."""
    with parts.open(part) as stream:
        end = b""
        while stretch := stream.read(_STRETCH):
            yield end + stretch
            if not whole:
                return
            end = stretch[-64:]


def _sheet_lines(content: bytes) -> list[list[object]]:
    """Return the cells of the first sheet, every line as long as the first."""
    book = openpyxl.load_workbook(
        io.BytesIO(content), read_only=True, data_only=True, keep_links=False
    )
    lines: list[list[object]] = []
    empty = 0
    try:
        sheet = book.worksheets[0]
        # What a sheet says about its own size need not be true.
        sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(values_only=True)):
            if len(cells) > MAX_COLUMNS or number > MAX_SHEET_ROWS:
                raise DeliveryRefused(
                    f"the first sheet goes beyond {MAX_COLUMNS} columns or {MAX_SHEET_ROWS} rows; put only the"
                    " table on it and send it again"
                )
            if all(cell is None for cell in cells):
                # A sheet formatted to its end has a million of them.
                empty += 1
                continue
            lines += [[]] * empty + [[*cells]]
            empty = 0
    finally:
        book.close()
    header = lines[0] if lines else []
    width = max((place + 1 for place, cell in enumerate(header) if cell is not None), default=0)
    for number, line in enumerate(lines):
        if any(cell is not None for cell in line[width:]):
            raise DeliveryRefused(
                f"line {number + 1} of the first sheet has cells beyond the last column of the header; put the"
                " header on the first line, nothing beside the table, and send it again"
            )
    return [(line + [None] * width)[:width] for line in lines]


def _sheet_text(cell: object) -> str | None:
    match cell:
        case None:
            return None
        case bool():
            return str(cell).lower()
        case datetime():
            return (
                cell.isoformat(sep=" ")
                if cell.time() != datetime.min.time()
                else cell.date().isoformat()
            )
        case date():
            return cell.isoformat()
        case int() | float() if abs(cell) >= _DIGITS_KEPT:
            return f"{cell:E}"
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell)
