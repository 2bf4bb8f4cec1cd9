"""Each page of a visitor looks as it did when somebody last looked at it and said yes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from serving.access.oidc import Provider
from serving.access.sign_on import SignOn
from tests.browser.card import leave_note, record, tried, wait_for
from tests.browser.chromium import DESK, PHONE, phone, sign_in
from tests.browser.pictures import MOST_DIFFERENT, difference
from tests.browser.street import Served

pytestmark = pytest.mark.browser

WHOLE = {
    "household": "households/h00",
    "household-paper": "households/h00?paper=true",
    "sign-in": "sign-in",
    "sign-in-ended": "sign-in?why=ended",
}
"""Pages that are taken with what lies below the window."""


@pytest.fixture(scope="module")
def opened(started, street: Served, tmp_path_factory) -> Iterator[BrowserContext]:
    """A visitor who has been at two doors."""
    street.app.state.sign_on = SignOn(
        provider=Provider(issuer="https://sso.example", audience="zhaoren")
    )
    context = phone(started, tmp_path_factory.mktemp("profile"))
    page = context.new_page()
    sign_in(page, street.url, street.token())
    tried(page, 0)
    wait_for(page, 0, "received", "attempt")
    leave_note(page, 0, "请按后门的铃")
    wait_for(page, 0, "received", "note")
    record(page, 1)
    wait_for(page, 1, "received")
    page.goto(f"{street.url}/pages/households/h00")
    page.get_by_text("记下异议", exact=True).click()
    page.get_by_label("不希望有人上门").check()
    page.get_by_role("button", name="保存").click()
    page.wait_for_url("**#objections")
    page.close()
    yield context
    context.close()


SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])


@SIZES
@pytest.mark.parametrize("name", WHOLE)
def test_the_page_looks_as_it_did(opened, street, name, size) -> None:
    page = opened.new_page()
    page.set_viewport_size(size)
    page.goto(f"{street.url}/pages/{WHOLE[name]}")

    different = difference(page, f"{name}-{size['width']}", whole=True)
    page.close()

    assert different < MOST_DIFFERENT, f"{name} at {size} differs by {different:.3f}"


@SIZES
@pytest.mark.parametrize("opens", [None, "outcome", "attempt", "note"])
def test_the_list_looks_as_it_did(opened, street, opens, size) -> None:
    page = opened.new_page()
    page.set_viewport_size(size)
    page.goto(f"{street.url}/pages/list")
    page.locator("main[data-ready]").wait_for(state="attached")
    if opens:
        form = page.locator(f"details.record:has(form[data-kind={opens}])").nth(1)
        form.locator("summary").first.click()
        form.evaluate("one => one.scrollIntoView({block: 'start'})")
    name = f"list-{opens}" if opens else "list"

    different = difference(page, f"{name}-{size['width']}")
    page.close()

    assert different < MOST_DIFFERENT, f"{name} at {size} differs by {different:.3f}"
