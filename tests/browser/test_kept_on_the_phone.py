"""What is recorded without a network is kept on the phone and sent once; nothing stays longer than it may."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Page
from sqlalchemy import select

from serving.access.members import end_memberships
from serving.access.roles import Role
from serving.store.schema import ATTEMPTS, NOTES, OUTCOMES
from tests.browser.card import leave_note, line, record, tried, wait_for
from tests.browser.chromium import phone, sign_in
from tests.browser.cut_line import line as cut_line
from tests.browser.street import DOORS, MORNING, Served

pytestmark = pytest.mark.browser

KEPT = timedelta(hours=72)
CUTS = 100


def stored(street: Served, table=OUTCOMES, key: str = "outcome_id") -> dict[str, str]:
    """Return what the server keeps: the worker it is kept for, by id."""
    with street.store.read() as read:
        rows = read.execute(select(table.c[key], table.c.worker_id)).all()
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: row[1] for row in rows}


def open_list(context: BrowserContext, street: Served, *, after: timedelta = timedelta()) -> Page:
    """Open the list in a new page ``after`` the morning it was signed in; its scripts have run."""
    page = new_page(context, MORNING + after)
    page.goto(f"{street.url}/pages/list")
    page.locator("main[data-ready]").wait_for(state="attached")
    return page


def new_page(context: BrowserContext, now: datetime = MORNING) -> Page:
    """Return a page on a phone whose clock is that of the bureau."""
    page = context.new_page()
    page.clock.set_fixed_time(now)
    return page


def kept(page: Page) -> Sequence[dict[str, object]]:
    """Return the records the phone keeps, as its own script reads them."""
    return page.evaluate("import('/pages/static/kept.js').then((kept) => kept.keptRecords())")


def ready(context: BrowserContext, street: Served, worker_id: str = "w1") -> Page:
    """Sign in and wait until the list would open without a network."""
    page = new_page(context)
    sign_in(page, street.url, street.token(worker_id=worker_id))
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.locator("main[data-ready]").wait_for(state="attached")
    return page


def test_outcomes_of_a_day_without_network_arrive_once_each(started, street, tmp_path) -> None:
    profile = tmp_path / "profile"
    context = phone(started, profile)
    ready(context, street)
    before = stored(street)
    street.stop()
    try:
        for number in range(20):
            if number == 10:
                # The whole browser goes, not only the page.
                context.close()
                context = phone(started, profile)
            if number % 5 == 0:
                page = open_list(context, street)
                assert page.locator("article").count() == DOORS
            record(page, 10 + number)
            wait_for(page, 10 + number, "waiting")
            if number % 5 == 4:
                page.close(run_before_unload=False)
    finally:
        street.start()
    chance = random.Random(5)
    context.route(
        "**/pages/outcomes",
        lambda route: route.abort() if chance.random() < 0.05 else route.continue_(),
    )

    page = new_page(context)
    page.goto(f"{street.url}/pages/list")
    for number in range(20):
        wait_for(page, 10 + number, "received")

    assert len(stored(street).keys() - before.keys()) == 20
    context.close()


def test_tries_and_notes_wait_in_the_same_line_as_outcomes(opened, street) -> None:
    page = ready(opened, street)
    street.stop()
    try:
        tried(page, 31)
        record(page, 32)
        leave_note(page, 33, "请按后门的铃")
        for card, kind in ((31, "attempt"), (32, "outcome"), (33, "note")):
            wait_for(page, card, "waiting", kind)
        assert page.locator("#unsent b").inner_text() == "3"
        page.close(run_before_unload=False)
        page = open_list(opened, street)
        assert "还没有送达" in line(page, 31, "attempt").inner_text()
        assert "还没有送达" in line(page, 33, "note").inner_text()
    finally:
        street.start()
    page.evaluate("dispatchEvent(new Event('online'))")

    for card, kind in ((31, "attempt"), (32, "outcome"), (33, "note")):
        wait_for(page, card, "received", kind)
    page.locator("#unsent").wait_for(state="hidden")
    assert len(stored(street, ATTEMPTS, "attempt_id")) == 1
    with street.store.read() as read:
        assert read.scalars(select(NOTES.c.text)).all() == ["请按后门的铃"]
    page.reload()
    assert "上门没人" in line(page, 31, "attempt").inner_text()


def test_what_is_saved_while_another_is_on_its_way_is_sent_after_it(opened, street) -> None:
    page = ready(opened, street)
    held = []

    def hold_the_first(route) -> None:
        if held:
            return route.continue_()
        held.append(route)

    page.route("**/pages/outcomes", hold_the_first)
    with page.expect_request("**/pages/outcomes"):
        record(page, 2)
    record(page, 3)
    wait_for(page, 3, "waiting")
    held[0].continue_()

    wait_for(page, 2, "received")
    wait_for(page, 3, "received")


@pytest.mark.parametrize("path", ["attempts", "notes"])
def test_a_lost_answer_to_a_try_or_a_note_is_asked_for_again(opened, street, path) -> None:
    table, key = {"attempts": (ATTEMPTS, "attempt_id"), "notes": (NOTES, "note_id")}[path]
    before = stored(street, table, key)
    page = ready(opened, street)
    lost = []

    def after_commit(route) -> None:
        lost.append(route.fetch().json())
        route.abort()

    page.route(f"**/pages/{path}", after_commit)
    with page.expect_event("requestfailed"):
        if path == "attempts":
            tried(page, 34, "phone.no_answer")
        else:
            leave_note(page, 34, "下午在家")
    kind = path.removesuffix("s")
    wait_for(page, 34, "waiting", kind)
    page.unroute(f"**/pages/{path}")
    page.evaluate("dispatchEvent(new Event('online'))")
    wait_for(page, 34, "received", kind)

    assert kept(page)[0]["receipt"] == lost[0]
    assert len(stored(street, table, key)) == len(before) + 1


def test_list_and_unsent_records_are_gone_after_72_hours_and_not_before(opened, street) -> None:
    page = ready(opened, street)
    [key] = [one for one in opened.cookies(f"{street.url}/pages") if one["name"] == "zr_list_key"]
    lasts = datetime.fromtimestamp(key["expires"], UTC) - datetime.now(UTC)
    assert KEPT - timedelta(minutes=5) < lasts <= KEPT
    street.stop()
    try:
        record(page, 4)
        wait_for(page, 4, "waiting")
        page.close()

        page = open_list(opened, street, after=KEPT - timedelta(minutes=10))
        assert page.locator("article").count() == DOORS
        assert "还没有送达" in line(page, 4).inner_text()
        page.close()

        page = open_list(opened, street, after=KEPT + timedelta(minutes=10))
        assert page.locator("article").count() == 0
        assert page.locator("#gone").inner_text().startswith("1 条记录超过72小时")
        assert kept(page) == []
        page.close()
        page = open_list(opened, street)
        assert page.locator("article").count() == 0
    finally:
        street.start()


def test_a_household_opened_without_network_leads_back_to_the_list(opened, street) -> None:
    ready(opened, street).close()
    street.stop()
    try:
        page = open_list(opened, street)
        page.locator("article").first.get_by_role("link", name="看这户的全部情况").click()
        page.wait_for_url("**/pages/list")
        page.locator("#offline").wait_for()
        assert page.locator("article").count() == DOORS
    finally:
        street.start()


def test_a_visit_of_the_day_after_is_dated_by_that_day(opened, street) -> None:
    ready(opened, street).close()
    street.stop()
    try:
        page = open_list(opened, street, after=timedelta(days=1))
        day = page.locator("input[type=date]").first
        assert (day.input_value(), day.get_attribute("max")) == ("2026-03-10", "2026-03-10")
    finally:
        street.start()


def test_doors_given_to_somebody_else_leave_the_phone_with_what_was_recorded_there(
    opened, street
) -> None:
    before = stored(street)
    page = ready(opened, street, "w7")
    street.stop()
    try:
        record(page, 6)
        wait_for(page, 6, "waiting")
        page.close()
        with street.store.write() as work:
            end_memberships(work, worker_id="w7", now=street.clock())
        street.token(worker_id="w7", grid_id="g2")
    finally:
        street.start()

    page = open_list(opened, street)
    page.locator("#unsent").wait_for(state="hidden")

    assert page.locator("article").count() == 0
    # Kept by the server all the same: the walk was made.
    assert list(stored(street).keys() - before.keys())
    assert kept(page) == []
    street.stop()
    try:
        assert open_list(opened, street).locator("article").count() == 0
    finally:
        street.start()


def test_what_one_person_saved_is_not_sent_as_another(opened, street) -> None:
    page = ready(opened, street, "w8")
    before = stored(street)
    street.stop()
    try:
        with page.expect_event("requestfailed"):
            record(page, 8)
        wait_for(page, 8, "waiting")
        page.close()
        # Before the server is back: what a closing page still sends is then nobody's, not w8's.
        opened.clear_cookies()
    finally:
        street.start()

    page = ready(opened, street, "w9")
    assert page.locator("#unsent").is_hidden()
    assert stored(street) == before
    opened.clear_cookies()
    page = ready(opened, street, "w8")
    wait_for(page, 8, "received")

    [new] = stored(street).keys() - before.keys()
    assert stored(street)[new] == "w8"


def test_a_session_that_ended_keeps_records_and_says_what_to_do(opened, street) -> None:
    page = ready(opened, street, "w6")
    opened.clear_cookies()
    record(page, 9)
    wait_for(page, 9, "signed_out")
    assert "重新登录" in line(page, 9).inner_text()

    page = ready(opened, street, "w6")
    wait_for(page, 9, "received")


def test_a_list_left_on_a_phone_cannot_be_read_without_its_session(opened, street) -> None:
    ready(opened, street)
    opened.clear_cookies()
    street.stop()
    try:
        page = open_list(opened, street)
        assert page.locator("article").count() == 0
        page.get_by_text("手机上也没有保存的清单").wait_for()
        sealed = page.evaluate(
            """new Promise((done) => {
              const request = indexedDB.open("zhaoren", 1);
              request.onsuccess = () => {
                const all = request.result.transaction("list").objectStore("list").getAll();
                all.onsuccess = () =>
                  done(new TextDecoder("latin1").decode(all.result[0]?.sealed ?? new Uint8Array()));
              };
            })"""
        )
        assert sealed
        assert "h01" not in sealed
    finally:
        street.start()


def test_a_supervisor_who_only_reads_is_offered_no_form(opened, street) -> None:
    page = opened.new_page()
    sign_in(page, street.url, street.token(worker_id="d1", role=Role.DISTRICT_ADMIN))

    assert page.locator("article").count() == DOORS
    assert page.locator("form[data-kind]").count() == 0


def test_an_answer_cut_at_any_of_a_hundred_points_is_told_again_and_kept_once(
    opened, street
) -> None:
    before = stored(street)
    with cut_line(street.port) as through:
        page = new_page(opened)
        sign_in(page, through.url, street.token())
        page.locator("main[data-ready]").wait_for(state="attached")
        for number in range(CUTS):
            card = 35 + number % 5
            through.cut_next(number / CUTS)
            record(page, card, "not_found")
            assert through.is_cut.wait(timeout=20)
            # The server has it; the phone does not know, and does not say so.
            assert len(stored(street)) == len(before) + number + 1
            assert line(page, card).get_attribute("data-state") == "waiting"

            page.evaluate("dispatchEvent(new Event('online'))")
            wait_for(page, card, "received")
        receipts = {one["id"]: one["receipt"]["recorded_at"] for one in kept(page)}

    with street.store.read() as read:
        rows = read.execute(select(OUTCOMES.c.outcome_id, OUTCOMES.c.recorded_at)).all()
    first = {row.outcome_id: row.recorded_at for row in rows if row.outcome_id not in before}
    assert len(first) == CUTS
    assert {one: datetime.fromisoformat(at) for one, at in receipts.items()} == first
