"""Lists as pages to print on A4: they load nothing, run nothing and escape everything."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from serving.canonical import Json
from serving.delivery.files.codes import square_of
from serving.delivery.files.rows import title_of
from serving.lists.documents import ListDocument
from serving.lists.list_policy import ListPolicy


def to_html(document: ListDocument, *, policy: ListPolicy) -> bytes:
    """Return the list as a page to print on A4; it loads nothing and runs nothing."""
    template = _pages().get_template("list.html")
    page = template.render(
        title=title_of(document),
        header=document.header,
        entries=document.shown,
        squares=[square_of(entry.alert_id) for entry in document.entries],
        findings=policy.findings,
        needs=policy.need_words,
        style=_style(),
        style_hash=_style_hash(),
    )
    return page.encode()


def render(template: str, **values: object) -> bytes:
    """Return a page of ours filled in, with our stylesheet inside."""
    page = (
        _pages().get_template(template).render(**values, style=_style(), style_hash=_style_hash())
    )
    return page.encode()


def index_page(
    *, night: Mapping[str, Json], documents: Sequence[tuple[str, ListDocument]]
) -> bytes:
    """Return the page that leads to every list; ``documents`` come with their folder-relative stem."""
    page = (
        _pages()
        .get_template("index.html")
        .render(
            header=night,
            lists=[{"stem": stem, **document.header} for stem, document in documents],
            style=_style(),
            style_hash=_style_hash(),
        )
    )
    return page.encode()


@cache
def _pages() -> Environment:
    folder = files("serving") / "pages" / "templates"
    sources = {
        name: (folder / name).read_text(encoding="utf-8")
        for name in (
            "base.html",
            "list.html",
            "index.html",
            "event_list.html",
            "explain.html",
            "case_file.html",
        )
    }
    return Environment(loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined)


@cache
def _style() -> Markup:
    # Our own stylesheet, not data: the only text on a page that is not escaped.
    return Markup(
        (files("serving") / "pages" / "templates" / "print.css").read_text(encoding="utf-8")
    )


@cache
def _style_hash() -> str:
    digest = hashlib.sha256(str(_style()).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
