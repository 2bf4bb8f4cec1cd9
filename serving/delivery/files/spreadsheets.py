"""One list as CSV and XLSX for office programs; the same list gives the same bytes.

Cells that begin like a formula get a leading apostrophe (see :mod:`serving.delivery.files.formulas`).
"""

import csv
import io
from datetime import date, datetime

from serving.delivery.files.formulas import harmless
from serving.delivery.files.rows import COLUMNS, WIDTHS, rows_of, texts, title_of
from serving.lists import ListDocument

_A4 = 9
_MOST_HEADER_CHARACTERS = 120


def to_csv(document: ListDocument) -> bytes:
    """Return the list as CSV that spreadsheet programs read as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for row in rows_of(document))
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(document: ListDocument, *, as_of_date: date) -> bytes:
    """Return the list as a workbook; its creation date is ``as_of_date``, not the clock's."""
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
    return out.getvalue()


def _printed(text: str) -> str:
    """Return ``text`` for a page header, where ``&`` gives orders and 255 characters fit in all."""
    return text.replace("&", "&&")[:_MOST_HEADER_CHARACTERS]
