"""Who sits before a page: an access token in a cookie that no script can read.

A page is asked for without a header, so :class:`CookieBearer` puts the token of the cookie where the API
looks for it. Everything behind that, from rate limits to the audit, is the API's own.
"""

import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Literal
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

PREFIX = "/pages"
TOKEN_COOKIE = "zr_session"
LIST_KEY_COOKIE = "zr_list_key"
KEPT_SECONDS = 72 * 60 * 60
"""How long a phone that is never online stays signed in and can read the list it keeps."""


class ForeignForm(Exception):
    """A form was sent from another site's page."""


class CookieBearer:
    """Hands the token of a page's cookie on as a bearer token, for pages only."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] == "http" and scope["path"].startswith(f"{PREFIX}/"):
            headers = MutableHeaders(raw=list(scope["headers"]))
            token = _token(headers.get("cookie", ""))
            if token is not None:
                headers["authorization"] = f"Bearer {token}"
                scope = {**scope, "headers": headers.raw}
        await self._app(scope, receive, send)


def require_own_form(request: Request) -> None:
    """Make sure that a form comes from our own page.

    Raises:
        ForeignForm: the browser says it does not.
    """
    site = request.headers.get("sec-fetch-site")
    if site is None:
        # Browsers of before 2023 say where a form comes from in another way.
        origin = request.headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    else:
        foreign = site not in ("same-origin", "none")
    if foreign:
        raise ForeignForm


def begin(request: Request, response: Response, *, bearer: str) -> None:
    """Keep ``bearer`` in the reader's browser for :data:`KEPT_SECONDS`, or until it is signed out."""
    set_cookie(request, response, TOKEN_COOKIE, bearer)
    set_cookie(request, response, LIST_KEY_COOKIE, secrets.token_urlsafe(32), hidden=False)


def renew(request: Request, response: Response) -> None:
    """Count the hours from now: the phone has just been told that its token is in force."""
    token = request.cookies.get(TOKEN_COOKIE)
    if token is not None:
        set_cookie(request, response, TOKEN_COOKIE, token)
    key = request.cookies.get(LIST_KEY_COOKIE) or secrets.token_urlsafe(32)
    set_cookie(request, response, LIST_KEY_COOKIE, key, hidden=False)


def end(request: Request, response: Response) -> None:
    """Take token and key away: what the phone kept of the list can no longer be read."""
    for name in (TOKEN_COOKIE, LIST_KEY_COOKIE):
        set_cookie(request, response, name, "", seconds=0)


def set_cookie(
    request: Request,
    response: Response,
    name: str,
    value: str,
    *,
    seconds: int = KEPT_SECONDS,
    hidden: bool = True,
    from_elsewhere: bool = False,
) -> None:
    """Set a cookie of the pages: for our own pages, or for a reader who comes ``from_elsewhere``, too."""
    # Inside a frame of another site any other cookie would never be sent.
    framed = bool(request.app.state.frame_ancestors)
    own: Literal["lax", "strict"] = "lax" if from_elsewhere else "strict"
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=PREFIX,
        httponly=hidden,
        secure=framed or request.url.scheme == "https",
        samesite="none" if framed else own,
    )
    if framed:
        # Kept apart for each site that embeds us, browsers take it where they refuse others' cookies.
        # Starlette writes the word from Python 3.14 on.
        header, written = response.raw_headers.pop()
        response.raw_headers.append((header, written + b"; Partitioned"))


def _token(cookies: str) -> str | None:
    try:
        found = SimpleCookie(cookies).get(TOKEN_COOKIE)
    except CookieError:
        return None
    return None if found is None else found.value


OwnForm = Depends(require_own_form)
