"""Each page looks as it did when somebody last looked at it and said yes.

`ZHAOREN_NEW_PICTURES=1 pytest tests/browser/test_golden_pictures.py` takes new ones; look at them before they are
committed. Letters differ a little between machines, so pictures are compared small and blurred.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext

from serving.access.roles import Role
from tests.browser.chromium import DESK, PHONE, phone, playwright, sign_in
from tests.browser.street import Served, served

pytestmark = pytest.mark.browser

GOLDEN = Path(__file__).parent / "golden"
MOST_DIFFERENT = 0.02
"""Mean difference of grey, from 0 to 1, of pictures shrunk to a sixth."""
PAGES = {"list": "list", "household": "households/h00", "figures": "figures", "health": "health"}


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
def test_the_page_looks_as_it_did(opened, street, tmp_path, name, size) -> None:
    page = opened.new_page()
    page.set_viewport_size(size)
    page.goto(f"{street.url}/pages/{PAGES[name]}")
    golden = GOLDEN / f"{name}-{size['width']}.png"
    if os.environ.get("ZHAOREN_NEW_PICTURES"):
        GOLDEN.mkdir(exist_ok=True)
        page.screenshot(path=golden)
    page.screenshot(path=tmp_path / "now.png")
    page.close()

    difference = np.abs(grey(tmp_path / "now.png") - grey(golden)).mean()

    assert difference < MOST_DIFFERENT, f"{name} at {size} differs by {difference:.3f}"


def grey(path: Path) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    picture = Image.open(path).convert("L")
    small = picture.resize((picture.width // 6, picture.height // 6), Image.Resampling.BOX)
    return np.asarray(small, dtype="float64") / 255
