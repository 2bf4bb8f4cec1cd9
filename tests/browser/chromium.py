"""Debian's Chromium, as the tests drive it: nothing fetched from anywhere else, nothing shared."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

PROGRAM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
PHONE = {"width": 360, "height": 780}
DESK = {"width": 1440, "height": 900}
LOOK = {"viewport": PHONE, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


def is_installed() -> bool:
    return shutil.which("chromium") is not None


@contextmanager
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


def phone(
    started: Playwright, profile: Path, *, more_flags: Sequence[str] = (), **options: object
) -> BrowserContext:
    """Open the browser over a profile folder that outlives it, as a phone's does."""
    return started.chromium.launch_persistent_context(
        str(profile), executable_path=PROGRAM, args=[*FLAGS, *more_flags], **{**LOOK, **options}
    )


@contextmanager
def browser(started: Playwright) -> Iterator[Browser]:
    """Open the browser once for many phones: starting it takes longer than most of what they do."""
    opened = started.chromium.launch(executable_path=PROGRAM, args=FLAGS)
    try:
        yield opened
    finally:
        opened.close()


def new_phone(browser: Browser, **options: object) -> BrowserContext:
    """Return a phone that shares nothing with others and forgets everything when it is closed."""
    return browser.new_context(**{**LOOK, **options})


def sign_in(page: Page, url: str, token: str) -> None:
    page.goto(f"{url}/pages/sign-in")
    page.fill("input[name=token]", token)
    page.click("main button")
    page.wait_for_selector("article")
    # The scripts have run: what is tapped from here on is answered by them.
    page.wait_for_load_state()
