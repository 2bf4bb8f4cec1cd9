"""一户一案: what was tried and noted is told, an objection is taken down and taken back, and all of it prints."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import select

from serving.access.roles import Role
from serving.store.schema import OBJECTION_WITHDRAWALS, OBJECTIONS
from tests.browser.card import leave_note, record, tried, wait_for
from tests.browser.chromium import new_phone, sign_in
from tests.browser.pdf_text import pages_of
from tests.browser.street import Served

pytestmark = pytest.mark.browser


def signed_in(context: BrowserContext, street: Served, **who: object) -> Page:
    page = context.new_page()
    sign_in(page, street.url, street.token(**who))
    return page


def section(page: Page, title: str) -> str:
    """Return what stands under a heading."""
    return page.locator(f"h2:text-is('{title}') + *").inner_text()


def test_tries_findings_and_notes_are_told_in_words(opened, street) -> None:
    page = signed_in(opened, street)
    tried(page, 10, "phone.no_answer")
    wait_for(page, 10, "received", "attempt")
    leave_note(page, 10, "请按后门的铃\n下午在家")
    wait_for(page, 10, "received", "note")
    record(page, 10, "need_no_entitlement")
    wait_for(page, 10, "received")

    page.locator("article").nth(10).get_by_role("link", name="看这户的全部情况").click()

    happened = section(page, "经过")
    assert "联系：电话，没人接" in happened
    assert "走访结果：确有困难，现行政策够不上" in happened
    assert "网格员：请按后门的铃\n下午在家" in section(page, "留言")


def test_a_note_is_read_by_its_writer_and_by_those_from_whom_nothing_is_withheld(
    browser, street
) -> None:
    writer = new_phone(browser)
    page = signed_in(writer, street, worker_id="w2")
    leave_note(page, 11, "听力不好，请慢慢说")
    wait_for(page, 11, "received", "note")
    page.goto(f"{street.url}/pages/households/h11")
    assert "听力不好" in page.locator("main").inner_text()
    writer.close()
    for worker_id, role, is_told in (
        ("w3", Role.GRID_WORKER, False),
        ("s3", Role.SUPERVISOR, True),
    ):
        context = new_phone(browser)
        page = signed_in(context, street, worker_id=worker_id, role=role)
        page.goto(f"{street.url}/pages/households/h11")
        assert ("听力不好" in page.locator("main").inner_text()) is is_told
        context.close()


@pytest.mark.parametrize("script", [True, False])
def test_an_objection_is_recorded_and_taken_back(browser, street, script) -> None:
    household = "h12" if script else "h13"
    context = new_phone(browser, java_script_enabled=script)
    page = signed_in(context, street)
    page.goto(f"{street.url}/pages/households/{household}")
    page.get_by_text("记下异议", exact=True).click()
    page.get_by_label("不愿被系统自动列入清单").check()
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**#objections")

    assert "不愿被系统自动列入清单：已收到，待答复" in page.locator(".objection").inner_text()
    assert "答复异议" in section(page, "待办")
    page.get_by_role("button", name="住户收回异议").click()
    page.get_by_text("：已收回").first.wait_for()

    assert page.get_by_role("button", name="住户收回异议").count() == 0
    assert "答复异议" not in section(page, "待办")
    assert "提出异议：已收回" in section(page, "经过")
    with street.store.read() as read:
        [kept] = read.execute(select(OBJECTIONS).where(OBJECTIONS.c.household_id == household))
        withdrawn = read.scalars(select(OBJECTION_WITHDRAWALS.c.objection_id)).all()
    assert (kept.ground, kept.recorded_by) == ("automated_listing", "w1")
    assert kept.objection_id in withdrawn
    context.close()


def test_the_paper_has_every_row_whole_and_nothing_to_press(opened, street, tmp_path: Path) -> None:
    page = signed_in(opened, street)
    for number in range(3):
        leave_note(page, 14, f"第{number}次去，门口有台阶，要两个人抬轮椅，" + "请带雨靴" * 40)
        wait_for(page, 14, "received", "note")
        tried(page, 14)
        wait_for(page, 14, "received", "attempt")
        page.reload()
    page.goto(f"{street.url}/pages/households/h14")
    page.get_by_role("link", name="打印或存为PDF").click()
    page.wait_for_url("**paper=true")
    rows = [
        "".join(text.split())
        for text in page.locator("h1, h2, main li, .objection, .card > p").all_inner_texts()
    ]

    printed = pages_of(page.pdf(prefer_css_page_size=True))

    assert len(printed) > 1
    assert len(rows) > 20
    cut = [row for row in rows if not any(row in said for said in printed)]
    assert cut == []
    assert page.locator("form").count() == 0
    assert "还不能推算的政策" in "".join(printed)
    assert "打印" not in "".join(printed)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
