"""One page as an answer: its template, its language, and headers that let nothing foreign in."""

import re
from collections.abc import Mapping
from functools import cache

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from serving.pages.assets import style
from serving.pages.words import DEFAULT, languages, words_of

LANGUAGE_COOKIE = "zr_language"
TYPE_COOKIE = "zr_type"
BIG = "big"
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def render(
    request: Request, template: str, values: Mapping[str, object], *, status: int = 200
) -> HTMLResponse:
    """Return a page in the language and type its reader chose.

    Nothing but our own scripts, styles and addresses may be used by it, and only the sites of
    ``app.state.frame_ancestors`` may embed it.
    """
    ancestors = " ".join(request.app.state.frame_ancestors) or "'none'"
    policy = (
        f"default-src 'none'; script-src 'self'; worker-src 'self'; style-src {style().source};"
        " img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
        f" frame-ancestors {ancestors}"
    )
    page = _environment().get_template(template)
    words = words_of(request.cookies.get(LANGUAGE_COOKIE, DEFAULT))
    text = page.render(
        t=words,
        languages=languages(),
        big=request.cookies.get(TYPE_COOKIE) == BIG,
        style=style().text,
        **values,
    )
    return HTMLResponse(
        text,
        status_code=status,
        headers={"Content-Security-Policy": policy, "Referrer-Policy": "same-origin"},
    )


def whole_dates(text: object) -> Markup:
    """Return ``text`` with dates that no line is broken in."""
    return Markup(_DATE.sub(r'<span class="date">\g<0></span>', str(escape(text))))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("serving.pages", "templates"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["dates"] = whole_dates
    return environment
