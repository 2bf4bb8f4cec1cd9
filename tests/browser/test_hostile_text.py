"""What departments or people wrote shows as they wrote it, and does nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.card import leave_note, wait_for
from tests.browser.chromium import phone, playwright, sign_in
from tests.browser.street import Served, Street, served

pytestmark = pytest.mark.browser

HOSTILE = (
    "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">",
    "=cmd|' /C calc'!A0 {{ 7*7 }} ${7*7}",
    "\u202eefas si siht\u202c " + "很长的名字" * 100,
)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    hostile = Street(
        texts=HOSTILE, uncertainty="</ol></main><script>document.title='taken'</script>"
    )
    with served(tmp_path_factory.mktemp("hostile"), hostile) as here:
        yield here


def test_hostile_text_is_shown_and_never_run(street: Served, tmp_path: Path) -> None:
    with playwright() as started:
        context = phone(started, tmp_path / "profile")
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        sign_in(page, street.url, street.token())
        first = page.locator("article").first

        assert page.title() == "今天去看看"
        assert "<script>" in first.inner_text()
        assert "=cmd|' /C calc'!A0 {{ 7*7 }}" in first.inner_text()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        # The card's own words after the reversed text still read from left to right.
        assert (
            first.locator("summary").first.evaluate("e => getComputedStyle(e).direction") == "ltr"
        )

        for number, text in enumerate(HOSTILE):
            leave_note(page, 0, text[:500])
            wait_for(page, 0, "received", "note")
            page.reload()
            assert page.title() == "今天去看看", number
        page.goto(f"{street.url}/pages/households/h00")
        assert page.title() == "一户一案 h00"
        assert all(text[:100] in page.locator("main").inner_text() for text in HOSTILE)
        assert page.locator("main script, main img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.goto(f"{street.url}/pages/list")

        street.stop()
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.reload()
        page.locator("article").first.wait_for()
        assert page.title() == "今天去看看"
        assert page.locator("article script").count() == 0
        assert errors == []
        context.close()
