"""Every page for a thumb, a keyboard, a screen reader, and eyes that need it twice as large, in both languages."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from serving.access.oidc import Provider
from serving.access.roles import Role
from serving.access.sign_on import SignOn
from tests.browser.card import record, tried, wait_for
from tests.browser.chromium import PHONE, phone, sign_in
from tests.browser.street import Served

pytestmark = pytest.mark.browser

PAGES = ("list", "households/h00", "households/h00?paper=true", "figures", "health", "sign-in")
WIDTHS = {"phone": 360, "phone at 200 %": 180, "desk": 1440, "desk at 200 %": 720}
EVERY_PAGE = pytest.mark.parametrize("path", PAGES)
IN_BOTH_LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])


@pytest.fixture(scope="module")
def opened(started, street: Served, tmp_path_factory) -> Iterator[BrowserContext]:
    """A supervisor who sees every page, and a household at which everything has happened."""
    street.app.state.sign_on = SignOn(
        provider=Provider(issuer="https://sso.example", audience="zhaoren")
    )
    context = phone(started, tmp_path_factory.mktemp("profile"))
    page = context.new_page()
    sign_in(page, street.url, street.token(worker_id="s1", role=Role.SUPERVISOR))
    tried(page, 0)
    wait_for(page, 0, "received", "attempt")
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


def shown(opened: BrowserContext, street: Served, path: str, language: str = "zh") -> Page:
    """Open a page on a phone with everything on it unfolded; of many cards, those of the first."""
    page = opened.new_page()
    # What looks for findings is a script of its own.
    opened.new_cdp_session(page).send("Page.setBypassCSP", {"enabled": True})
    page.goto(f"{street.url}/pages/look?language={language}")
    page.goto(f"{street.url}/pages/{path}")
    page.evaluate(
        """document.querySelectorAll("article:first-of-type details, main > details")
        .forEach((one) => { one.open = true; })"""
    )
    return page


@EVERY_PAGE
@IN_BOTH_LANGUAGES
def test_nothing_is_cut_every_target_is_a_fingertip_large_and_axe_finds_nothing_serious(
    opened, street, path, language
) -> None:
    page = shown(opened, street, path, language)
    for name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 780})

        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        assert page.evaluate(CUT) == [], name
        assert page.evaluate(SMALL) == [], name

    page.set_viewport_size(PHONE)
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
    page.close()


SMALL = """[...document.querySelectorAll("a, button, summary, label, input:not([type=hidden]), textarea")]
  .map((one) => one.closest("label") ?? one)
  .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .filter(([_, box]) => box.width > 0 && (box.height < 44 || box.width < 44))
  .map(([told, _]) => told)"""

# A table may be scrolled within its own frame; nothing else may hide a part of itself.
CUT = """[...document.querySelectorAll("main *, nav *, footer *")]
  .filter((one) => !one.closest(".wide, .tall, .unseen, svg, textarea, input"))
  .filter((one) => getComputedStyle(one).display !== "inline")
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 || one.scrollWidth > one.clientWidth + 1)
  .filter((one) => one.clientWidth > 0)
  .map((one) => one.outerHTML.slice(0, 80))"""


@EVERY_PAGE
def test_the_keyboard_reaches_everything_and_shows_where_it_is(opened, street, path) -> None:
    page = shown(opened, street, path)
    page.evaluate("window.reached = new Set(); window.unseen = []")
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate(STEP):
            break

    assert page.evaluate(MISSED) == []
    assert page.evaluate("unseen") == []
    page.close()


STEP = """(() => {
  const here = document.activeElement;
  if (here === document.body) return true;
  reached.add(here);
  if (parseFloat(getComputedStyle(here).outlineWidth) < 2) unseen.push(here.outerHTML.slice(0, 80));
  return false;
})()"""

# Of radio buttons of one question the keyboard stops at one, and goes on with the arrows.
MISSED = """[...document.querySelectorAll("a, button, summary, input, textarea")]
  .filter((one) => one.checkVisibility() && one.type !== "hidden" && one.tabIndex >= 0)
  .filter((one) => !reached.has(one))
  .filter((one) => one.type !== "radio" || ![...reached].some((other) => other.name === one.name && other.form === one.form))
  .map((one) => one.outerHTML.slice(0, 80))"""


def test_the_keyboard_alone_records_an_outcome_and_an_objection(opened, street) -> None:
    page = opened.new_page()
    page.goto(f"{street.url}/pages/list")
    page.locator("article").nth(7).locator("summary").first.focus()
    for key in ("Enter", "Tab", "Space", "Enter"):
        page.keyboard.press(key)
    wait_for(page, 7, "received")

    page.goto(f"{street.url}/pages/households/h08")
    page.locator("main > details.record summary").focus()
    for key in ("Enter", "Tab", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**#objections")
    assert page.locator(".objection").count() == 1
    page.close()


def test_a_page_in_large_type_fits_a_phone(opened, street) -> None:
    page = opened.new_page()
    page.goto(f"{street.url}/pages/look?type=big")
    for path in PAGES:
        page.goto(f"{street.url}/pages/{path}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.evaluate(SMALL) == [], path
    page.goto(f"{street.url}/pages/look?type=plain")
    page.close()
