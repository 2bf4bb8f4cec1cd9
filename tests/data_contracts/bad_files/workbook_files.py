"""XLSX: what people do with spreadsheets, and what attackers do with zips of XML."""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from tests.data_contracts.bad_files.case import (
    BAD,
    CANARY,
    ROWS,
    Case,
    Loaded,
    Quarantined,
    Refused,
    as_csv,
    bills,
)

_COLUMNS = list(bills("x")[0])
_BAD_LINE = BAD + 1


def _column(name: str) -> int:
    return _COLUMNS.index(name) + 1


def _book(
    name: str, change: Callable[[Worksheet], None] = lambda sheet: None, *, first_line: int = 1
) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for place, column in enumerate(_COLUMNS, 1):
        sheet.cell(first_line, place, column)
        for number, row in enumerate(bills(name), 1):
            sheet.cell(first_line + number, place, _typed(column, row[column]))
    change(sheet)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def _typed(column: str, written: str) -> object:
    if column in ("usage", "amount_due", "subsidy_amount"):
        return float(written)
    return (
        date.fromisoformat(written) if column in ("event_date", "due_date", "paid_on") else written
    )


def _set(column: str, value: object) -> Callable[[Worksheet], None]:
    def change(sheet: Worksheet) -> None:
        sheet.cell(_BAD_LINE, _column(column)).value = value

    return change


def _unformatted_date(sheet: Worksheet) -> None:
    cell = sheet.cell(_BAD_LINE, _column("event_date"))
    cell.value, cell.number_format = 45474, "General"


def _other_sheet_first(sheet: Worksheet) -> None:
    sheet.parent.create_sheet("说明", 0).append([CANARY, "说明"])


def _empty_sheet_first(sheet: Worksheet) -> None:
    sheet.parent.create_sheet("空", 0)


def _notes_beside(sheet: Worksheet) -> None:
    sheet.cell(4, 12).value = f"{CANARY} 备注"


def _far_cell(sheet: Worksheet) -> None:
    sheet.cell(3, 16384).value = CANARY


def _parts(content: bytes, change: Callable[[str, bytes], bytes | None], **more: bytes) -> bytes:
    """Rewrite the parts of a workbook; None drops one."""
    sink = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            written = change(part, old.read(part))
            if written is not None:
                new.writestr(part, written)
        for part, written in more.items():
            new.writestr(part, written)
    return sink.getvalue()


def _in_sheet(name: str, old: bytes, new: bytes) -> bytes:
    def change(part: str, content: bytes) -> bytes:
        return content.replace(old, new, 1) if part == "xl/worksheets/sheet1.xml" else content

    return _parts(_book(name), change)


def _bomb(name: str) -> bytes:
    return _parts(
        _book(name), lambda part, content: content, **{"xl/media/zeros.bin": b"\0" * 20_000_000}
    )


def _many_texts(name: str) -> bytes:
    texts = b"<sst><si><t>" + b"0123456789" * 7_000_000 + b"</t></si></sst>"
    return _parts(_book(name), lambda part, content: content, **{"xl/sharedStrings.xml": texts})


_FOREIGN = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
_LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "zqzqzqzqzq"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)


def _document_type(name: str, written: bytes, of: str) -> bytes:
    def change(part: str, content: bytes) -> bytes:
        return written + content.split(b"?>", 1)[-1] if part == of else content

    return _parts(_book(name), change)


def _case(
    name: str, content: bytes, must: Refused | Loaded | Quarantined, rows: int = ROWS
) -> Case:
    return Case(name, content, must, suffix="xlsx", rows=rows)


_UNREADABLE = Refused("not a readable XLSX workbook")
CASES = [
    _case(
        "xlsx-good", _book("xlsx-good"), Loaded({"usage": 125.5, "event_date": date(2024, 7, 1)})
    ),
    _case(
        "xlsx-wrong-sheet-first",
        _book("xlsx-wrong-sheet-first", _other_sheet_first),
        Refused("names none of the columns"),
    ),
    _case(
        "xlsx-empty-sheet-first",
        _book("xlsx-empty-sheet-first", _empty_sheet_first),
        Refused("the first sheet is empty"),
    ),
    _case(
        "xlsx-header-lower-down",
        _book(
            "xlsx-header-lower-down",
            lambda sheet: sheet.cell(1, 1, f"{CANARY} 台账") and None,
            first_line=3,
        ),
        Refused("beyond the last column of the header"),
    ),
    _case(
        "xlsx-notes-beside-the-table",
        _book("xlsx-notes-beside-the-table", _notes_beside),
        Refused("line 4 of the first sheet has cells beyond"),
    ),
    _case(
        "xlsx-merged-cells",
        _book("xlsx-merged-cells", lambda sheet: sheet.merge_cells("C3:C6")),
        Refused("merged cells"),
    ),
    _case("xlsx-formula", _book("xlsx-formula", _set("usage", "=100+20")), Refused("formulas")),
    _case(
        "xlsx-formula-with-stored-value",
        _in_sheet(
            "xlsx-formula-with-stored-value", b"<v>125.5</v>", b"<f>100+25.5</f><v>125.5</v>"
        ),
        Refused("formulas"),
    ),
    _case(
        "xlsx-formula-to-another-file",
        _book("xlsx-formula-to-another-file", _set("usage", "='[1]Sheet1'!A1")),
        Refused("formulas"),
    ),
    _case(
        "xlsx-date-as-number",
        _book("xlsx-date-as-number", _unformatted_date),
        Quarantined("event_date_is_date"),
    ),
    _case(
        "xlsx-date-as-text",
        _book("xlsx-date-as-text", _set("event_date", "2024年7月1日")),
        Quarantined("event_date_is_date"),
    ),
    _case(
        "xlsx-time-of-day",
        _book("xlsx-time-of-day", _set("event_date", datetime.fromisoformat("2024-07-01 13:05"))),
        Loaded({"event_date": date(2024, 7, 1)}),
    ),
    _case(
        "xlsx-number-as-text",
        _book("xlsx-number-as-text", _set("usage", "1,234.5")),
        Quarantined("usage_is_number"),
    ),
    _case(
        "xlsx-number-as-truth",
        _book("xlsx-number-as-truth", _set("usage", True)),
        Quarantined("usage_is_number"),
    ),
    _case(
        "xlsx-number-empty",
        _book("xlsx-number-empty", _set("usage", None)),
        Quarantined("usage_is_present"),
    ),
    _case(
        "xlsx-error-value",
        _book("xlsx-error-value", _set("bill_id", "#N/A")),
        Quarantined("bill_id_is_string"),
    ),
    _case(
        "xlsx-id-lost-its-digits",
        _book("xlsx-id-lost-its-digits", _set("bill_id", 320101199001010000)),
        Quarantined("bill_id_is_string"),
    ),
    _case(
        "xlsx-id-of-ten-digits",
        _book("xlsx-id-of-ten-digits", _set("bill_id", 7712345678)),
        Loaded({"bill_id": "7712345678"}),
    ),
    _case(
        "xlsx-cell-in-the-last-column",
        _book("xlsx-cell-in-the-last-column", _far_cell),
        Refused("goes beyond 500 columns"),
    ),
    _case(
        "xlsx-row-a-billion",
        _in_sheet("xlsx-row-a-billion", b'<row r="5"', b'<row r="1000000000"'),
        Refused("beyond"),
    ),
    _case("xlsx-zip-bomb", _bomb("xlsx-zip-bomb"), Refused("would unpack to")),
    _case("xlsx-text-bomb", _many_texts("xlsx-text-bomb"), Refused("would unpack to")),
    _case(
        "xlsx-foreign-entity",
        _document_type("xlsx-foreign-entity", _FOREIGN, "xl/worksheets/sheet1.xml"),
        Refused("document type"),
    ),
    _case(
        "xlsx-foreign-entity-in-workbook",
        _document_type("xlsx-foreign-entity-in-workbook", _FOREIGN, "xl/workbook.xml"),
        Refused("document type"),
    ),
    _case(
        "xlsx-billion-laughs",
        _document_type("xlsx-billion-laughs", _LAUGHS, "xl/styles.xml"),
        Refused("document type"),
    ),
    _case(
        "xlsx-sheet-not-xml",
        _parts(
            _book("xlsx-sheet-not-xml"),
            lambda part, content: b"zq" if "sheet1" in part else content,
        ),
        _UNREADABLE,
    ),
    _case(
        "xlsx-sheet-missing",
        _parts(
            _book("xlsx-sheet-missing"), lambda part, content: None if "sheet1" in part else content
        ),
        _UNREADABLE,
    ),
    _case(
        "xlsx-path-upwards",
        _parts(
            _book("xlsx-path-upwards"),
            lambda part, content: content,
            **{"../../../zq-escaped.txt": b"zq"},
        ),
        Loaded({"usage": 125.5}),
    ),
    _case("xlsx-is-csv", as_csv(bills("xlsx-is-csv")).encode(), _UNREADABLE),
    _case("xlsx-is-old-xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, _UNREADABLE),
    _case("xlsx-is-html", b"<html><table><tr><td>zq</td></tr></table></html>", _UNREADABLE),
    _case(
        "xlsx-is-another-zip",
        _parts(_book("x"), lambda part, content: None, **{"a.txt": b"zq"}),
        _UNREADABLE,
    ),
    *(
        _case(
            f"xlsx-cut-at-{tenth}-of-10",
            _book(f"xlsx-cut-{tenth}")[: tenth * len(_book(f"xlsx-cut-{tenth}")) // 10],
            _UNREADABLE,
        )
        for tenth in range(1, 10)
    ),
]
