"""One list as CSV and XLSX for office programs; the same list gives the same bytes.

Cells that begin like a formula get a leading apostrophe (see :mod:`serving.delivery.files.formulas`).
"""

import csv
import io
from datetime import date, datetime
from typing import TYPE_CHECKING

from serving.delivery.files.formulas import harmless
from serving.delivery.files.rows import (
    COLUMNS,
    FINDING,
    NEEDS,
    NOTE,
    VISITED_ON,
    WIDTHS,
    rows_of,
    texts,
    title_of,
)
from serving.lists.documents import ListDocument
from serving.lists.list_policy import ListPolicy

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

_A4 = 9
_MOST_OFFERED_CHARACTERS = 255
_MOST_HEADER_CHARACTERS = 120


def to_csv(document: ListDocument) -> bytes:
    """Return the list as CSV that spreadsheet programs read as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for row in rows_of(document))
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(document: ListDocument, *, policy: ListPolicy, as_of_date: date) -> bytes:
    """Return the list as a workbook; its creation date is ``as_of_date``, not the clock's.

    What a visitor fills in is offered to choose from, in the words of ``policy``.
    """
    import xlsxwriter

    out = io.BytesIO()
    # Strings only: a cell must never become a formula, a link or a number because of what is in it.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, {**options, "strings_to_numbers": False}) as book:
        midnight = datetime.combine(as_of_date, datetime.min.time())
        book.set_properties({"created": midnight})
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("走访清单")
        for place, (name, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, name, bold)
        for number, row in enumerate(rows_of(document), start=1):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, harmless(cell), wrapped)
        if document.entries:
            _offer(sheet, FINDING, list(policy.findings.values()), rows=len(document.entries))
        about = [title_of(document), *texts(document.header["notices"])]
        sheet.set_header(f"&L{_printed(about[0])}&R{_printed(' '.join(about[1:]))}")
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        notes = book.add_worksheet("说明")
        notes.set_column(0, 0, 80)
        for number, line in enumerate(about):
            notes.write_string(number, 0, harmless(line), wrapped)
        for number, line in enumerate(_how_to_fill_in(policy), start=len(about) + 1):
            notes.write_string(number, 0, harmless(line), wrapped)
    return out.getvalue()


def _printed(text: str) -> str:
    """Return ``text`` for a page header, where ``&`` gives orders and 255 characters fit in all."""
    return text.replace("&", "&&")[:_MOST_HEADER_CHARACTERS]


def _offer(sheet: "Worksheet", column: str, words: list[str], *, rows: int) -> None:
    """Let the cells of ``column`` be chosen from ``words``; other text is warned of, not refused."""
    place = COLUMNS.index(column)
    if len(",".join(words)) <= _MOST_OFFERED_CHARACTERS:
        rule = {"validate": "list", "source": words, "error_type": "warning"}
        sheet.data_validation(1, place, rows, place, rule)


def _how_to_fill_in(policy: ListPolicy) -> list[str]:
    return [
        f"{VISITED_ON}：例如 2026-03-10",
        f"{FINDING}：{' / '.join(policy.findings.values())}",
        f"{NEEDS}：{'、'.join(policy.need_words.values())}，可多选，用顿号隔开",
        f"{NOTE}：不要写姓名、电话、证件号",
    ]
