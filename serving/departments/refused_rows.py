"""Refused rows as a file a department corrects in an office program, and that file read back.

Cells that an office program would take for a formula carry an apostrophe in front on the way out and lose it on
the way back, so what was not corrected comes back as it stood.
"""

import csv
import io
from pathlib import Path

import pyarrow as pa

from serving.delivery.files.formulas import harmless, meant

SUFFIXES = (".csv", ".xlsx")


class FileUnreadable(ValueError):
    """A corrected file cannot be read; the message says what to send instead."""


def write_rows(rows: pa.Table, path: Path) -> None:
    """Write refused rows, one line each under a header, as CSV or XLSX by the suffix of ``path``."""
    lines = [list(rows.column_names), *([_shown(cell) for cell in row] for row in _rows(rows))]
    if path.suffix.lower() == ".xlsx":
        path.write_bytes(_workbook(lines))
        return
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(lines)
    path.write_bytes(out.getvalue().encode("utf-8-sig"))


def read_rows(path: Path) -> pa.Table:
    """Return a corrected file as text, empty cells null.

    Raises:
        FileUnreadable: it is neither CSV nor XLSX, or damaged.
    """
    from data_contracts.refusal import DeliveryRefused
    from data_contracts.workbooks import parse_workbook

    content = path.read_bytes()
    try:
        if path.suffix.lower() == ".xlsx":
            table = parse_workbook(content)
        elif path.suffix.lower() == ".csv":
            table = _parsed(_text(content))
        else:
            raise FileUnreadable(f"{path.name} is neither .csv nor .xlsx; save it as one of them")
    except DeliveryRefused as error:
        raise FileUnreadable(str(error)) from error
    columns = [[_meant(cell) for cell in table[name].to_pylist()] for name in table.column_names]
    return pa.table([pa.array(column, pa.string()) for column in columns], names=table.column_names)


def _rows(rows: pa.Table) -> list[tuple[object, ...]]:
    return list(zip(*(rows[name].to_pylist() for name in rows.column_names), strict=True))


def _shown(cell: object) -> str:
    return "" if cell is None else harmless(str(cell))


def _meant(cell: str | None) -> str | None:
    return meant(cell) if cell else None


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileUnreadable("the file is neither UTF-8 nor GB18030; save it as .xlsx")


def _parsed(text: str) -> pa.Table:
    lines = [line for line in csv.reader(io.StringIO(text)) if line]
    if not lines:
        raise FileUnreadable("the file is empty")
    header = [name.strip() for name in lines[0]]
    for number, line in enumerate(lines[1:], start=1):
        if len(line) != len(header):
            raise FileUnreadable(f"row {number} has {len(line)} fields, the header {len(header)}")
    columns = [[line[place] for line in lines[1:]] for place in range(len(header))]
    return pa.table([pa.array(column, pa.string()) for column in columns], names=header)


def _workbook(lines: list[list[str]]) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("待更正")
        for number, line in enumerate(lines):
            for place, cell in enumerate(line):
                sheet.write_string(number, place, cell)
        sheet.freeze_panes(1, 0)
    return out.getvalue()
