"""A street served for a module, and a phone of its own for each test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright

from tests.browser import chromium
from tests.browser.street import Served, served


@pytest.fixture(scope="module")
def started() -> Iterator[Playwright]:
    with chromium.playwright() as one:
        yield one


@pytest.fixture(scope="module")
def browser(started: Playwright) -> Iterator[Browser]:
    with chromium.browser(started) as one:
        yield one


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("street")) as here:
        yield here


@pytest.fixture
def opened(browser: Browser, street: Served) -> Iterator[BrowserContext]:
    context = chromium.new_phone(browser)
    yield context
    context.close()
