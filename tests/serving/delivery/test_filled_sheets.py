"""A list is printed or opened in an office program, filled in, and read back in: every row is answered."""

import csv
import io
import json
from datetime import date, timedelta

import openpyxl
import pytest
from sqlalchemy import select

from serving.delivery.files.answers import Misread, understand
from serving.delivery.files.filled import FilledRow, SheetRefused, rows_in
from serving.delivery.files.intake import Answer, read_in
from serving.store.schema import AUDIT_ENTRIES, OUTCOMES
from tests.serving.stores import open_store
from tests.serving.village import NIGHT, TWO_O_CLOCK, policy, run

TODAY = NIGHT + timedelta(days=2)
LATER = TWO_O_CLOCK + timedelta(days=2)


@pytest.fixture
def store(home):
    run(home)
    opened = open_store(home)
    yield opened
    opened.close()


@pytest.fixture
def sheet(home, store):
    """The grid worker's list of g1 as a workbook: three households."""
    return openpyxl.load_workbook(home / "lists" / NIGHT.isoformat() / "g1" / "grid_worker.xlsx")


def fill(sheet, line, **cells):
    page = sheet["走访清单"]
    names = [cell.value for cell in page[1]]
    for name, value in cells.items():
        page.cell(row=line, column=names.index(name) + 1).value = value


def as_xlsx(sheet):
    out = io.BytesIO()
    sheet.save(out)
    return out.getvalue()


def as_csv(sheet, encoding="utf-8-sig", separator=","):
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=separator).writerows(
        [["" if cell is None else cell for cell in row] for row in sheet["走访清单"].values]
    )
    return out.getvalue().encode(encoding)


def read(store, content, worker="w1"):
    with store.write() as work:
        answered = read_in(
            work, rows_in(content), worker_id=worker, policy=policy(), now=LATER, today=TODAY
        )
    return [(row.number, row.answer) for row in answered]


def outcomes(store):
    with store.read() as connection:
        rows = connection.execute(select(OUTCOMES).order_by(OUTCOMES.c.recorded_at))
        return [(row.finding, row.needs, row.note, row.state, row.worker_role) for row in rows]


@pytest.mark.parametrize(
    "saved",
    [
        as_xlsx,
        as_csv,
        lambda sheet: as_csv(sheet, "gb18030"),
        lambda sheet: as_csv(sheet, separator="\t"),
        lambda sheet: as_csv(sheet, separator=";"),
    ],
    ids=["xlsx", "csv", "csv as excel saves it", "tabs", "semicolons"],
)
def test_what_was_filled_in_is_recorded_once_however_often_it_is_read(store, sheet, saved):
    fill(sheet, 2, 走访日期="2026-03-10", 走访结果="已帮扶", 需要="资金、照料", 还需要什么="取暖费")
    fill(sheet, 4, 走访日期="2026年3月11日", 走访结果="没找到人")

    first, again = read(store, saved(sheet)), read(store, saved(sheet))

    assert first == [(2, Answer.ACCEPTED), (3, Answer.BLANK), (4, Answer.ACCEPTED)]
    assert again == [(2, Answer.SAME), (3, Answer.BLANK), (4, Answer.SAME)]
    assert sorted(outcomes(store)) == [
        ("need_aid_started", "care;cash", "取暖费", "accepted", "grid_worker"),
        ("not_found", "", None, "accepted", "grid_worker"),
    ]


def test_a_date_that_is_a_date_to_the_office_program_is_understood(store, sheet):
    fill(sheet, 2, 走访日期=date(2026, 3, 10), 走访结果="已帮扶")

    assert read(store, as_xlsx(sheet))[0] == (2, Answer.ACCEPTED)


def test_a_sheet_that_says_something_else_the_second_time_is_kept_as_a_conflict(store, sheet):
    fill(sheet, 2, 走访日期="2026-03-10", 走访结果="已帮扶")
    read(store, as_xlsx(sheet))
    fill(sheet, 2, 走访结果="没找到人")

    assert read(store, as_xlsx(sheet))[0] == (2, Answer.CONFLICT)
    assert [row[0::3] for row in outcomes(store)] == [
        ("need_aid_started", "accepted"),
        ("not_found", "conflicting"),
    ]


def test_what_a_sheet_says_stands_in_the_audit_as_its_workers(store, sheet):
    fill(sheet, 2, 走访日期="2026-03-10", 走访结果="已帮扶", 需要="资金")
    read(store, as_csv(sheet))

    with store.read() as reading:
        [entry] = reading.execute(select(AUDIT_ENTRIES)).all()
        [outcome] = reading.execute(select(OUTCOMES)).all()
    assert (entry.actor, entry.action) == ("w1", "recorded")
    assert entry.household_id in {"zhao_debts", "qian_debts", "wang_cut_off"}
    assert json.loads(entry.detail) == {"what": "outcome", "id": outcome.outcome_id, "by": "sheet"}


def test_a_row_that_is_not_understood_does_not_keep_the_others_from_being_recorded(store, sheet):
    fill(sheet, 2, 走访日期="昨天", 走访结果="已帮扶")
    fill(sheet, 3, 走访日期="2026-03-10", 走访结果="已帮扶")
    fill(sheet, 4, 走访结果="已帮扶")

    assert read(store, as_xlsx(sheet)) == [
        (2, Answer.NOT_UNDERSTOOD),
        (3, Answer.ACCEPTED),
        (4, Answer.NOT_UNDERSTOOD),
    ]


def row(**cells):
    filled = {
        "提醒编号": "6F1F3A52-9A0E-5D0B-8F5E-3F0F5B8F2D11",
        "走访日期": "2026-03-10",
        "走访结果": "已帮扶",
        "需要": "",
        "还需要什么": "",
    }
    return FilledRow(number=2, cells=filled | cells)


@pytest.mark.parametrize(
    "cells",
    [
        {"走访日期": "２０２６－０３－１０"},
        {"走访日期": "2026/3/10"},
        {"走访日期": "2026.3.10"},
        {"走访日期": "2026-03-10 00:00:00"},
        {"走访日期": TODAY.isoformat()},
        {"走访结果": " 已帮扶 "},
        {"走访结果": "need_aid_started"},
        {"需要": "资金，照料"},
        {"需要": "资金 照料"},
        {"需要": "cash;care"},
        {"提醒编号": "６f1f3a52-9a0e-5d0b-8f5e-3f0f5b8f2d11"},
        {"还需要什么": "a" * 500},
    ],
    ids=str,
)
def test_ways_of_writing_that_are_understood(cells):
    assert not isinstance(understand(row(**cells), policy=policy(), today=TODAY), Misread)


@pytest.mark.parametrize(
    ("cells", "wrong"),
    [
        ({"走访日期": ""}, "走访日期"),
        ({"走访日期": "3月10日"}, "走访日期"),
        ({"走访日期": "2026-02-30"}, "走访日期"),
        ({"走访日期": "10/03/2026"}, "走访日期"),
        ({"走访日期": (TODAY + timedelta(days=1)).isoformat()}, "走访日期"),
        ({"走访结果": ""}, "走访结果"),
        ({"走访结果": "王某某不在"}, "走访结果"),
        ({"需要": "资金、王某某"}, "需要"),
        ({"提醒编号": ""}, "提醒编号"),
        ({"提醒编号": "17"}, "提醒编号"),
        ({"还需要什么": "a" * 501}, "还需要什么"),
    ],
    ids=str,
)
def test_a_cell_that_is_not_understood_is_named_with_what_was_expected_and_never_quoted(
    cells, wrong
):
    found = understand(row(**cells), policy=policy(), today=TODAY)

    assert isinstance(found, Misread)
    assert found.cell == wrong
    assert found.expected
    assert "王" not in found.expected


def test_an_id_of_no_alert_is_not_understood(store, sheet):
    fill(sheet, 2, 走访日期="2026-03-10", 走访结果="已帮扶", 提醒编号=str(row().cells["提醒编号"]))

    assert read(store, as_xlsx(sheet))[0] == (2, Answer.NOT_UNDERSTOOD)
    assert outcomes(store) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 and then nothing", "XLSX"),
        ("序号,级别\r\n1,红\r\n".encode(), "no column"),
        ("提醒编号,走访日期,走访日期,走访结果,需要,还需要什么\r\n".encode(), "twice"),
        (b"\xff\xfe\xff\xff" * 10, "neither"),
        (b"a" * 6_000_000, "bytes"),
        ("提醒编号,走访日期,走访结果,需要,还需要什么\r\n".encode() + b"x\r\n" * 6000, "lines"),
    ],
    ids=["empty", "damaged", "other table", "doubled", "no text", "too large", "too long"],
)
def test_a_file_that_is_no_filled_list_is_refused_whole(content, says):
    with pytest.raises(SheetRefused, match=says):
        rows_in(content)
