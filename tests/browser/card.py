"""A visitor's hands on a card of the list: three taps, and what it says afterwards."""

from playwright.sync_api import Locator, Page


def record(page: Page, card: int, finding: str = "no_need") -> None:
    """Record an outcome with three taps."""
    _pick(page, card, "outcome", finding)


def tried(page: Page, card: int, code: str = "visit.nobody_home") -> None:
    """Record with three taps that nobody was met."""
    _pick(page, card, "attempt", code)


def leave_note(page: Page, card: int, text: str) -> None:
    """Leave a note: two taps beside the writing."""
    form = _opened(page, card, "note")
    form.locator("textarea").fill(text)
    form.locator("button").click()


def line(page: Page, card: int, kind: str = "outcome") -> Locator:
    """Return what the card says about what was recorded."""
    return page.locator("article").nth(card).locator(f".told[data-kind={kind}]")


def wait_for(page: Page, card: int, state: str, kind: str = "outcome") -> None:
    """Wait until the card says so."""
    article = page.locator("article").nth(card)
    article.locator(f".told[data-kind={kind}][data-state={state}]").wait_for()


def _pick(page: Page, card: int, kind: str, value: str) -> None:
    form = _opened(page, card, kind)
    form.locator(f"input[value='{value}']").click()
    form.locator("button").click()


def _opened(page: Page, card: int, kind: str) -> Locator:
    details = (
        page.locator("article").nth(card).locator(f"details.record:has(form[data-kind={kind}])")
    )
    details.locator("summary").first.click()
    return details.locator("form")
