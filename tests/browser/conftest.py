"""A street served for a module, and a phone of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Playwright

from tests.browser.chromium import phone, playwright
from tests.browser.street import Served, served


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
