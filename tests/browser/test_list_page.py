"""The list on a phone: light, usable without script and without network, and no outcome lost or doubled."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Playwright
from sqlalchemy import func, select

from serving.access.roles import Role
from serving.store.schema import OUTCOMES
from tests.browser.chromium import phone, playwright, sign_in
from tests.browser.street import DOORS, Served, served

pytestmark = pytest.mark.browser

SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""400 kilobits a second, 400 ms there and back."""


@pytest.fixture(scope="module")
def started() -> Iterator[Playwright]:
    with playwright() as one:
        yield one


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("street")) as here:
        yield here


@pytest.fixture
def opened(started: Playwright, street: Served, tmp_path: Path) -> Iterator[BrowserContext]:
    context = phone(started, tmp_path / "profile")
    yield context
    context.close()


def recorded(street: Served) -> list[tuple[str, str]]:
    with street.store.read() as read:
        rows = read.execute(select(OUTCOMES.c.outcome_id, OUTCOMES.c.alert_id)).all()
    return [(row.outcome_id, row.alert_id) for row in rows]


def record(page: Page, card: int, finding: str = "no_need") -> None:
    """Record an outcome with three taps."""
    article = page.locator("article").nth(card)
    article.locator("summary").click()
    article.locator(f"input[value={finding}]").click()
    article.locator("button").click()


def told(page: Page, card: int) -> str:
    return page.locator("article .told").nth(card).inner_text()


def test_three_taps_are_received_and_the_list_says_so_after_a_reload(opened, street) -> None:
    page = opened.new_page()
    sign_in(page, street.url, street.token())

    record(page, 0)
    page.locator("article .told[data-state=received]").first.wait_for()

    page.reload()
    page.locator("article .told").first.get_by_text("没有困难").wait_for()


def test_without_script_the_form_is_sent_and_answered(started, street, tmp_path) -> None:
    before = len(recorded(street))
    context = phone(started, tmp_path / "profile", java_script_enabled=False)
    page = context.new_page()
    sign_in(page, street.url, street.token())

    assert page.locator("article").count() == DOORS
    record(page, 1)
    page.wait_for_url("**/pages/list*")

    assert "没有困难" in told(page, 1)
    assert len(recorded(street)) == before + 1
    context.close()


def test_outcomes_of_a_day_without_network_arrive_once_each(started, street, tmp_path) -> None:
    profile = tmp_path / "profile"
    context = phone(started, profile)
    page = context.new_page()
    sign_in(page, street.url, street.token())
    page.evaluate("navigator.serviceWorker.ready")
    before = set(recorded(street))
    street.stop()
    try:
        for number in range(20):
            if number == 10:
                # The whole browser goes, not only the page.
                context.close()
                context = phone(started, profile)
            page = context.new_page()
            page.goto(f"{street.url}/pages/list")
            page.locator("article").nth(DOORS - 1).wait_for()
            record(page, 10 + number)
            page.locator("article .told").nth(10 + number).get_by_text("还没有送达").wait_for()
            page.close(run_before_unload=False)
    finally:
        street.start()
    chance = random.Random(5)
    context.route(
        "**/pages/outcomes",
        lambda route: route.abort() if chance.random() < 0.05 else route.continue_(),
    )
    page = context.new_page()
    page.goto(f"{street.url}/pages/list")
    for _ in range(200):
        arrived = set(recorded(street)) - before
        if len(arrived) == 20:
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(500)

    arrived = set(recorded(street)) - before
    assert len(arrived) == 20
    assert len({alert for _, alert in arrived}) == 20
    context.close()


def test_nothing_is_called_received_before_its_receipt_is_kept(opened, street) -> None:
    page = opened.new_page()
    sign_in(page, street.url, street.token())
    with street.store.read() as read:
        before = read.scalar(select(func.count()).select_from(OUTCOMES))
    cut = {"done": False}

    def after_commit(route) -> None:
        # The server has answered; the answer is lost on the way.
        route.fetch()
        cut["done"] = True
        route.abort()

    page.route("**/pages/outcomes", after_commit)
    record(page, 5)
    page.locator("article .told").nth(5).get_by_text("还没有送达").wait_for()
    page.wait_for_timeout(500)
    assert cut["done"]
    assert "还没有送达" in told(page, 5)

    page.unroute("**/pages/outcomes")
    page.reload()
    page.locator("article .told").nth(5).get_by_text(re.compile("没有困难|已送达")).wait_for()
    with street.store.read() as read:
        assert read.scalar(select(func.count()).select_from(OUTCOMES)) == before + 1


def test_the_page_is_light_and_quick_on_a_cheap_phone_with_a_bad_network(opened, street) -> None:
    page = opened.new_page()
    sign_in(page, street.url, street.token())
    wire = opened.new_cdp_session(page)
    received = {"bytes": 0}
    wire.on(
        "Network.loadingFinished",
        lambda event: received.update(bytes=received["bytes"] + event["encodedDataLength"]),
    )
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.send("Network.emulateNetworkConditions", SLOW)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": 6})

    page.goto(f"{street.url}/pages/list", wait_until="load")
    # The page is of use once it is parsed: its form needs no script.
    first = page.evaluate("performance.timing.domInteractive - performance.timing.navigationStart")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": False})
    page.reload(wait_until="load")
    again = page.evaluate("performance.timing.domInteractive - performance.timing.navigationStart")

    assert received["bytes"] < 2 * 60_000
    assert first < 5000
    assert again < 2000


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_reaches_over_the_edge_and_every_target_is_large(
    opened, street, language, width
) -> None:
    page = opened.new_page()
    page.set_viewport_size({"width": width, "height": 780})
    sign_in(page, street.url, street.token())
    page.goto(f"{street.url}/pages/look?language={language}")
    for path in ("list", "households/h00"):
        page.goto(f"{street.url}/pages/{path}")
        page.locator("summary").first.click()
        assert fits(page)


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled to sideways and everything to tap is a fingertip large."""
    small = page.evaluate(
        """[...document.querySelectorAll("a, button, summary, label")]
        .map((one) => one.getBoundingClientRect())
        .filter((box) => box.width > 0 && (box.height < 44 || box.width < 44)).length"""
    )
    return small == 0 and page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_keyboard_alone_records_an_outcome(opened, street) -> None:
    page = opened.new_page()
    sign_in(page, street.url, street.token())
    page.locator("article").nth(7).locator("summary").focus()

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")

    page.locator("article .told").nth(7).get_by_text("已送达").wait_for()


def test_a_list_left_on_a_phone_cannot_be_read_without_its_session(
    started, street, tmp_path
) -> None:
    context = phone(started, tmp_path / "profile")
    page = context.new_page()
    sign_in(page, street.url, street.token())
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    context.clear_cookies()
    street.stop()
    try:
        page = context.new_page()
        page.goto(f"{street.url}/pages/list")
        assert page.locator("article").count() == 0
        page.get_by_text("手机上也没有保存的清单").wait_for()
        kept = page.evaluate(
            """new Promise((done) => {
              const request = indexedDB.open("zhaoren", 1);
              request.onsuccess = () => {
                const all = request.result.transaction("list").objectStore("list").getAll();
                all.onsuccess = () =>
                  done(new TextDecoder("latin1").decode(all.result[0]?.sealed ?? new Uint8Array()));
              };
            })"""
        )
        assert "h01" not in kept
    finally:
        street.start()
        context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_axe_finds_nothing_serious_on_any_page(opened, street, language) -> None:
    page = opened.new_page()
    sign_in(page, street.url, street.token(worker_id="s1", role=Role.SUPERVISOR))
    page.goto(f"{street.url}/pages/look?language={language}")
    wire = opened.new_cdp_session(page)
    wire.send("Page.setBypassCSP", {"enabled": True})

    for path in ("list", "households/h00", "figures", "health", "sign-in"):
        page.goto(f"{street.url}/pages/{path}")
        for summary in page.locator("summary").all()[:1]:
            summary.click()
        found = Axe().run(page).response["violations"]
        serious = [one["id"] for one in found if one["impact"] in ("serious", "critical")]
        assert serious == [], path
