"""Files the pages fetch: read once, named by what they hold, so that a browser may keep them."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

SCRIPTS = ("kept.js", "list.js", "sending.js")
WORKER = "sw.js"
STYLE = "page.css"


@dataclass(frozen=True, kw_only=True)
class Style:
    """The style sheet that is part of every page, and its hash for the Content-Security-Policy."""

    text: str
    source: str


def script(name: str) -> str:
    """Return the text of a script of the pages.

    Raises:
        KeyError: there is no such script.
    """
    if name not in SCRIPTS:
        raise KeyError(name)
    return _read(name)


@cache
def worker() -> str:
    """Return the service worker; its text changes whenever anything it keeps does."""
    kept = "".join(_read(name) for name in (*SCRIPTS, STYLE, WORKER))
    return _read(WORKER).replace("__VERSION__", hashlib.sha256(kept.encode()).hexdigest()[:16])


@cache
def style() -> Style:
    """Return the style sheet."""
    text = _read(STYLE)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Style(text=text, source=f"'sha256-{digest}'")


@cache
def _read(name: str) -> str:
    return (files("serving.pages") / "static" / name).read_text(encoding="utf-8")
