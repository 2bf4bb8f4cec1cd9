"""Pictures somebody looked at and said yes to, and whether a page still looks like them.

`ZHAOREN_NEW_PICTURES=1 pytest tests/browser` takes new ones; look at them before they are committed. Letters differ
a little between machines, so pictures are compared small and blurred.
"""

import os
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page

GOLDEN = Path(__file__).parent / "golden"
MOST_DIFFERENT = 0.02
"""Mean difference of grey, from 0 to 1, of pictures shrunk to a sixth."""
COLOURS = 64
"""As many as a picture is kept with: it is looked at, not measured."""


def difference(page: Page, name: str, *, whole: bool = False) -> float:
    """Return how far ``page`` is from its picture; ``whole``: with what lies below the window.

    A page that became so much longer or shorter that the pictures have other shapes is wholly different.
    """
    now = Image.open(BytesIO(page.screenshot(full_page=whole)))
    golden = GOLDEN / f"{name}.png"
    if os.environ.get("ZHAOREN_NEW_PICTURES"):
        GOLDEN.mkdir(exist_ok=True)
        now.convert("RGB").quantize(COLOURS).save(golden, optimize=True)
    then = Image.open(golden)
    if abs(now.height - then.height) > now.height / 50:
        return 1.0
    size = (now.width // 6, now.height // 6)
    return float(np.abs(_grey(now, size) - _grey(then, size)).mean())


def _grey(
    picture: Image.Image, size: tuple[int, int]
) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    small = picture.convert("L").resize(size, Image.Resampling.BOX)
    return np.asarray(small, dtype="float64") / 255
