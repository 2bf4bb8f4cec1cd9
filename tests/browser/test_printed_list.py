"""The printable list as a person sees it: readable, complete, and nothing fetched from anywhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving.village import NIGHT, run

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    home = tmp_path_factory.mktemp("printed")
    run(home)
    found = sorted((home / "lists" / NIGHT.isoformat()).glob("*/*.html"))
    assert found
    return found


@pytest.fixture(scope="module")
def page() -> Iterator["object"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser.new_page(viewport={"width": 360, "height": 780})
        browser.close()


def test_a_phone_shows_every_card_without_scrolling_sideways(page, pages) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    for path in pages:
        page.goto(path.as_uri())

        assert page.locator("article").count() > 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert all(card.is_visible() for card in page.locator("article").all())
    assert all(url.startswith("file://") for url in fetched)


def test_the_band_is_told_in_a_word_and_a_shape(page, pages) -> None:
    page.goto(pages[0].as_uri())
    first = page.locator("article").first.inner_text()

    assert any(word in first for word in ("红", "橙", "黄"))
    assert any(shape in first for shape in ("▲", "◆", "●"))
