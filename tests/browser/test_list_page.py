"""The list on a phone: light, usable without script and without network, and no outcome lost or doubled."""

import pytest

from tests.browser.card import leave_note, line, record, tried, wait_for
from tests.browser.chromium import new_phone, phone, sign_in
from tests.browser.street import DOORS

pytestmark = pytest.mark.browser

SLOW = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""400 kilobits a second, 400 ms there and back."""


def test_three_taps_are_received_and_the_list_says_so_after_a_reload(opened, street) -> None:
    page = opened.new_page()
    sign_in(page, street.url, street.token())

    record(page, 0)
    tried(page, 1, "phone.no_answer")
    leave_note(page, 2, "周末在家")
    for card, kind in enumerate(("outcome", "attempt", "note")):
        wait_for(page, card, "received", kind)

    page.reload()
    assert "没有困难" in line(page, 0).inner_text()
    assert "电话没人接" in line(page, 1, "attempt").inner_text()
    assert "已送达" in line(page, 2, "note").inner_text()


def test_without_script_every_form_is_sent_and_answered(browser, street) -> None:
    context = new_phone(browser, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, street.url, street.token())

    assert page.locator("article").count() == DOORS
    for card, send in ((3, record), (4, tried)):
        send(page, card)
        page.wait_for_url("**/pages/list#a-*")
        page.goto(f"{street.url}/pages/list")
    leave_note(page, 5, "请按后门的铃\n下午在家")
    page.wait_for_url("**/pages/list#a-*")

    assert "没有困难" in line(page, 3).inner_text()
    assert "上门没人" in line(page, 4, "attempt").inner_text()
    assert "已送达" in line(page, 5, "note").inner_text()
    context.close()


def test_the_page_is_light_and_quick_on_a_cheap_phone_with_a_bad_network(
    started, street, tmp_path
) -> None:
    # A service worker would fetch the page for the browser: uncounted, and past the slow network.
    context = phone(started, tmp_path / "profile", service_workers="block")
    page = context.new_page()
    sign_in(page, street.url, street.token())
    wire = context.new_cdp_session(page)
    received: list[float] = []
    wire.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    wire.send("Network.emulateNetworkConditions", SLOW)
    wire.send("Emulation.setCPUThrottlingRate", {"rate": 6})

    page.goto(f"{street.url}/pages/list", wait_until="load")
    page.locator("main[data-ready]").wait_for(state="attached")
    # The page is of use once it is parsed: its form needs no script.
    first = page.evaluate("performance.timing.domInteractive - performance.timing.navigationStart")
    loaded = list(received)
    wire.send("Network.setCacheDisabled", {"cacheDisabled": False})
    page.reload(wait_until="load")
    again = page.evaluate("performance.timing.domInteractive - performance.timing.navigationStart")
    context.close()

    # The page, and its three scripts.
    assert len(loaded) >= 4
    assert sum(loaded) < 60_000
    assert first < 5000
    assert again < 2000
