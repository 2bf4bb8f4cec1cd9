"""Each page of a visitor looks as it did when somebody last looked at it and said yes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext

from serving.access.roles import Role
from tests.browser.chromium import DESK, PHONE, phone, playwright, sign_in
from tests.browser.pictures import MOST_DIFFERENT, difference
from tests.browser.street import Served, served

pytestmark = pytest.mark.browser

PAGES = {"list": "list", "household": "households/h00"}


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("pictures")) as here:
        yield here


@pytest.fixture(scope="module")
def opened(street: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    with playwright() as started:
        context = phone(started, tmp_path_factory.mktemp("profile"))
        page = context.new_page()
        sign_in(page, street.url, street.token(worker_id="s1", role=Role.SUPERVISOR))
        yield context
        context.close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("name", PAGES)
def test_the_page_looks_as_it_did(opened, street, name, size) -> None:
    page = opened.new_page()
    page.set_viewport_size(size)
    page.goto(f"{street.url}/pages/{PAGES[name]}")

    different = difference(page, f"{name}-{size['width']}")
    page.close()

    assert different < MOST_DIFFERENT, f"{name} at {size} differs by {different:.3f}"
