"""Figures and health at a desk and on a phone: as somebody looked at them, for every hand, eye and ear."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.browser.chromium import DESK, PHONE, phone, playwright
from tests.browser.pictures import MOST_DIFFERENT, difference
from tests.browser.street import Served
from tests.browser.town import supervisor, town

pytestmark = pytest.mark.browser

PAGES = ("figures", "health")
ZOOMED = {"width": DESK["width"] // 2, "height": DESK["height"] // 2}
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with town(tmp_path_factory.mktemp("town")) as served:
        yield served


@pytest.fixture(scope="module")
def opened(here: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with playwright() as started:
        context = phone(started, tmp_path_factory.mktemp("profile"))
        page = context.new_page()
        page.goto(f"{here.url}/pages/sign-in")
        page.fill("input[name=token]", supervisor(here))
        page.click("main button")
        page.wait_for_url("**/pages/list*")
        page.close()
        yield context
        context.close()


@pytest.fixture
def page(opened: BrowserContext, here: Served) -> Iterator[Page]:
    one = opened.new_page()
    yield one
    one.goto(f"{here.url}/pages/look?language=zh&type=plain")
    one.close()


@SIZES
@pytest.mark.parametrize("name", PAGES)
def test_the_page_looks_as_it_did(page, here, name, size) -> None:
    page.set_viewport_size(size)
    page.goto(f"{here.url}/pages/{name}")

    different = difference(page, f"{name}-{size['width']}", whole=True)

    assert different < MOST_DIFFERENT, f"{name} at {size} differs by {different:.3f}"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(page, here, opened, name, language) -> None:
    page.goto(f"{here.url}/pages/look?language={language}")
    opened.new_cdp_session(page).send("Page.setBypassCSP", {"enabled": True})
    page.goto(f"{here.url}/pages/{name}")
    for summary in page.locator("summary").all():
        summary.click()

    found = Axe().run(page).response["violations"]

    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("size", [PHONE, DESK, ZOOMED], ids=["phone", "desk", "desk_at_200"])
@pytest.mark.parametrize("kind", ["plain", "big"])
@pytest.mark.parametrize("name", PAGES)
def test_it_fits_and_every_link_is_as_large_as_a_fingertip(page, here, name, kind, size) -> None:
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "Policy" in said.text else None)
    page.goto(f"{here.url}/pages/look?language=en&type={kind}")
    page.set_viewport_size(size)
    page.goto(f"{here.url}/pages/{name}")
    for summary in page.locator("summary").all():
        summary.click()

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = page.evaluate(
        """[...document.querySelectorAll("a, button, summary")]
        .map((one) => [one.textContent, one.getBoundingClientRect()])
        .filter(([_, box]) => box.width > 0 && (box.height < 44 || box.width < 44))
        .map(([text, _]) => text)"""
    )
    assert small == []
    assert refused == [], "the pages' own policy forbids something in them"


def test_the_map_tells_of_every_grid_what_the_table_says(page, here) -> None:
    page.set_viewport_size(DESK)
    page.goto(f"{here.url}/pages/figures")

    shapes = page.locator("svg.grids path.grid")
    rows = page.locator(".map tr:has(td)")
    assert (shapes.count(), rows.count()) == (11, 12)
    assert page.locator("svg.grids text").all_text_contents() == [str(n) for n in range(1, 12)]
    # Each shape is filled with the pattern of its step, and the last grid, which lists five doors, tells nothing.
    assert "url" in shapes.last.evaluate("one => getComputedStyle(one).fill")
    assert "不显示" in rows.last.inner_text()
    assert page.get_by_text("1 个网格不在图上").is_visible()
