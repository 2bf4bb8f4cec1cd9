"""A department's conflicts as CSV and XLSX: pseudonyms and fact ids, no name and no raw number.

The department finds its own records by the fact ids it once sent.
"""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime

from features.conflicts.queue import Task
from serving.delivery.files.formulas import harmless

_COLUMNS = (
    "冲突编号",
    "类别",
    "对象（化名）",
    "数据来源",
    "记录编号",
    "提出日期",
    "答复期限",
    "状态",
    "以哪方为准",
)
_STATES = {"open": "待答复", "exported": "待答复", "overdue": "已超期"}
_WIDTHS = (26, 30, 30, 22, 30, 12, 12, 10, 16)


def to_csv(tasks: Sequence[Task]) -> bytes:
    """Return the tasks, one row per fact, as CSV that spreadsheet programs read as UTF-8."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for row in _rows(tasks))
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(tasks: Sequence[Task], *, as_of_date: date) -> bytes:
    """Return the tasks as a workbook; cells are text and never become formulas."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, {**options, "strings_to_numbers": False}) as book:
        book.set_properties({"created": datetime.combine(as_of_date, datetime.min.time())})
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet("数据核对")
        for place, (name, width) in enumerate(zip(_COLUMNS, _WIDTHS, strict=True)):
            sheet.set_column(place, place, width)
            sheet.write_string(0, place, name, bold)
        for number, row in enumerate(_rows(tasks), start=1):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, harmless(cell))
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def _rows(tasks: Sequence[Task]) -> list[list[str]]:
    return [
        [
            task.conflict_id, task.title, task.subject, feed, fact_id,
            task.opened_on.isoformat(), task.due_on.isoformat(),
            _STATES.get(task.state.value, task.state.value), "",
        ]
        for task in tasks
        for feed, fact_id in task.facts
    ]  # fmt: skip
