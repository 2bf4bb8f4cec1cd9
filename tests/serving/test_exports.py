"""A list as JSON, CSV, XLSX and a page: what is on it, what must not be, and what it does in Excel."""

import csv
import dataclasses
import io
import json
import re
import zipfile
from datetime import date

import openpyxl
import pytest
import segno

from serving.canonical import canonical_json
from serving.delivery.files.formulas import harmless
from serving.delivery.files.pages import index_page, to_html
from serving.delivery.files.spreadsheets import to_csv, to_xlsx
from serving.lists.assignment import Placed
from serving.lists.documents import alert_id, draw_up, header_of_night
from serving.lists.ranking import Decision, Why
from serving.upstream.protocol import Explanation, FeedState, Reason
from tests.serving.test_assignment import case
from tests.serving.village import GRIDS, NIGHT, policy

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=cmd|" /C calc"!A0',
    "\uff1d1+1",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
]


def document(*cases, capacity=5, lane="ranked", grid=GRIDS["g1"], feeds=()):
    return draw_up(
        grid=grid,
        role="grid_worker",
        placed=[
            Placed(
                case=one, role="grid_worker", lane=lane, decision=Decision.ALERTED, why=Why.RANKED
            )
            for one in cases
        ],
        capacity=capacity,
        considered=300,
        addresses={"h1": "a1"},
        rule_lines={"h1": ("接近低保的线",)},
        without_child={one.household_id for one in cases},
        night=header_of_night(as_of_date=NIGHT, feeds=feeds, policy=policy()),
        policy=policy(),
        as_of_date=NIGHT,
    )


def entry(*cases, **arguments):
    return document(*cases, **arguments).content["entries"][0]


def saying(text, household_id="h1"):
    one = case(household_id)
    reason = Reason(
        text=text, feature="unpaid", group="utilities", dated=date(2026, 2, 1), is_event=True
    )
    return dataclasses.replace(one, explanation=Explanation(reasons=(reason,), uncertainty=text))


def test_an_entry_says_who_how_pressing_by_when_why_and_what_to_ask():
    shown = entry(case("h1", "debts", "care"))

    assert shown == {
        "rank": 1,
        "alert_id": alert_id(as_of_date=NIGHT, household_id="h1"),
        "household_id": "h1",
        "address_id": "a1",
        "grid_id": "g1",
        "grid_name": "g1网格",
        "community_name": "g1社区",
        "street_name": "s1街道",
        "band": {"code": "yellow", "word": "黄", "shape": "●"},
        "lane": {"code": "ranked", "word": "重点走访"},
        "urgent": [],
        "due": "2026-03-23T18:00",
        "reasons": [
            {"text": "欠费", "dated": "2026-02-01", "when": "2026-02-01"},
            {"text": "残疾", "dated": "2026-02-01", "when": "2026-02-01"},
        ],
        "rules": ["接近低保的线"],
        "uncertainty": "?",
        "ask": ["有没有欠费?", "谁照料?"],
        "data_until": "2026-03-08",
    }


def test_an_urgent_entry_is_due_in_hours_from_the_morning_the_list_is_ready():
    shown = entry(case("h1", urgent=("cut_in_winter",)), lane="urgent")

    assert shown["due"] == "2026-03-10T06:00"
    assert shown["urgent"] == ["冬季停电"]


def test_an_alert_keeps_its_id_for_a_date_and_gets_another_for_the_next():
    same = alert_id(as_of_date=NIGHT, household_id="h1")

    assert same == alert_id(as_of_date=NIGHT, household_id="h1")
    assert same != alert_id(as_of_date=date(2026, 3, 10), household_id="h1")
    assert same != alert_id(as_of_date=NIGHT, household_id="h2")


def test_a_list_longer_than_its_capacity_is_never_drawn_up():
    assert document(case("h1"), case("h2"), capacity=2).header["entries"] == 2
    with pytest.raises(ValueError, match="3 cases for 2 visits"):
        document(case("h1"), case("h2"), case("h3"), capacity=2)


def test_no_score_no_probability_and_no_propensity_leaves_the_engine():
    drawn = dataclasses.replace(case("h1"), propensity=0.0123, unknown_share=0.4567)
    shown = document(drawn)

    everything = canonical_json(shown.content) + to_csv(shown) + to_html(shown, policy=policy())

    for secret in (b"0.0123", b"0.4567", b"propensity", b"score", b"probability"):
        assert secret not in everything


def test_a_reason_without_an_event_says_that_the_date_is_where_the_data_end():
    quiet = dataclasses.replace(
        case("h1"),
        explanation=Explanation(
            reasons=(
                Reason(
                    text="没有收入记录",
                    feature="unpaid",
                    group="utilities",
                    dated=date(2026, 1, 31),
                    is_event=False,
                ),
            ),
            uncertainty="?",
        ),
    )

    assert entry(quiet)["reasons"][0]["when"] == "数据到 2026-01-31"


def test_a_household_drawn_by_lot_with_nothing_to_say_is_still_introduced():
    silent = dataclasses.replace(
        case("h1"), explanation=Explanation(reasons=(), uncertainty="近况不明")
    )

    assert entry(silent, lane="exploration")["reasons"] == [
        {"text": "抽查走访，没有突出的迹象，请了解近况", "dated": None, "when": None}
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_readable_and_harmless_in_every_format(text):
    shown = document(saying(text))

    assert json.loads(canonical_json(shown.content))["entries"][0]["uncertainty"] == text
    rows = list(csv.DictReader(io.StringIO(to_csv(shown).decode("utf-8-sig"))))
    assert not rows[0]["尚不清楚"].startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d"))
    book = openpyxl.load_workbook(io.BytesIO(to_xlsx(shown, policy=policy(), as_of_date=NIGHT)))
    assert all(cell.data_type != "f" for row in book.active.iter_rows() for cell in row)
    page = to_html(shown, policy=policy()).decode()
    assert "<script" not in page
    assert "<img" not in page
    assert "49" not in page.split("尚不清楚")[1].split("</p>")[0]


@pytest.mark.parametrize(
    "text",
    [
        "=1",
        "+1",
        "-1",
        "@a",
        "\t1",
        "\r1",
        "\0=1",
        "\x0b1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20a",
        "\n=1",
        " =1",
        "\u200b=1",
        "\ufeff=1",
        "\u3000=1",
        "\u202e=1",
        "\xad-1",
        "\ufe661",
    ],
)
def test_a_formula_gets_an_apostrophe(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "1-2", "欠费 -3", " 近一年", "'=1", "−1"])
def test_ordinary_text_stays_as_it_is(text):
    assert harmless(text) == text


def test_the_csv_opens_as_utf8_in_a_spreadsheet_program():
    content = to_csv(document(case("h1")))

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines()[0].startswith("序号,级别")


def test_the_workbook_is_a_clean_table_with_its_header_on_paper_and_on_a_second_sheet():
    late = FeedState(feed="utility_bills", department="水电气", last_received_at=None, late=True)
    book = openpyxl.load_workbook(
        io.BytesIO(
            to_xlsx(
                document(case("h1"), case("h2"), feeds=[late]), policy=policy(), as_of_date=NIGHT
            )
        )
    )

    rows = list(book["走访清单"].iter_rows(values_only=True))
    assert rows[0][:3] == ("序号", "级别", "类别")
    assert [row[4] for row in rows[1:]] == ["h1", "h2"]
    assert [rule.formula1 for rule in book["走访清单"].data_validations.dataValidation] == [
        '"已帮扶,没找到人"'
    ]
    told = [row[0] for row in book["说明"].iter_rows(values_only=True)]
    assert told == [
        "s1街道 g1网格 网格员 2026-03-09",
        "数据截至 2026-03-08",
        "迟到：缴费账单（水电气，从未到达）",
        None,
        "走访日期：例如 2026-03-10",
        "走访结果：已帮扶 / 没找到人",
        "需要：资金、照料，可多选，用顿号隔开",
        "还需要什么：不要写姓名、电话、证件号",
    ]
    assert "迟到" in book["走访清单"].oddHeader.right.text


def test_two_workbooks_of_one_list_are_the_same_bytes_and_carry_the_lists_date():
    shown = document(case("h1"), case("h2", "care"))

    first = to_xlsx(shown, policy=policy(), as_of_date=NIGHT)

    assert first == to_xlsx(shown, policy=policy(), as_of_date=NIGHT)
    assert first != to_xlsx(shown, policy=policy(), as_of_date=date(2026, 3, 10))
    core = zipfile.ZipFile(io.BytesIO(first)).read("docProps/core.xml").decode()
    assert "2026-03-09T00:00:00Z" in core


def test_the_page_loads_nothing_from_anywhere_and_shows_word_and_shape():
    late = FeedState(feed="utility_bills", department="水电气", last_received_at=None, late=True)
    page = to_html(document(case("h1"), feeds=[late]), policy=policy()).decode()

    assert "http://" not in page
    assert "https://" not in page
    assert "src=" not in page
    assert "default-src 'none'; style-src 'sha256-" in page.replace("&#39;", "'")
    assert "● 黄" in page
    assert "迟到：缴费账单（水电气，从未到达）" in page
    assert page.count("□") == len(policy().findings) + len(policy().need_words)


def test_each_household_on_paper_has_a_square_code_of_its_alerts_id_and_nothing_else():
    shown = document(case("h1"), case("h2"))
    page = to_html(shown, policy=policy()).decode()

    squares = re.findall(r"<svg.*?</svg>", page)
    expected = [
        segno.make(entry.alert_id.upper(), error="m", micro=False, boost_error=False, mask=3)
        for entry in shown.entries
    ]
    assert squares == [code.svg_inline(scale=3, border=2, omitsize=True) for code in expected]
    assert [code.designator for code in expected] == ["2-M", "2-M"]


def test_the_styles_hash_is_that_of_the_style_on_the_page():
    import base64
    import hashlib

    page = to_html(document(case("h1")), policy=policy()).decode()
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL).group(1)
    expected = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"sha256-{expected}" in page.replace("&#43;", "+").replace("&#34;", '"')


def test_an_empty_list_says_so():
    page = to_html(document(), policy=policy()).decode()

    assert "今日没有需要走访的家庭" in page


def test_the_index_leads_to_every_list():
    shown = document(case("h1"))

    page = index_page(
        night=header_of_night(as_of_date=NIGHT, feeds=[], policy=policy()),
        documents=[("g1/grid_worker", shown)],
    ).decode()

    for suffix in ("html", "xlsx", "csv", "json"):
        assert f'href="g1/grid_worker.{suffix}"' in page
