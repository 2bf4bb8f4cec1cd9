"""Who sits before a page: an access token in a cookie that no script can read.

A page is asked for without a header, so :class:`CookieBearer` puts the token of the cookie where the API
looks for it. Everything behind that, from rate limits to the audit, is the API's own.
"""

import secrets
from http.cookies import CookieError, SimpleCookie
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
    _set(request, response, TOKEN_COOKIE, bearer, hidden=True)
    _set(request, response, LIST_KEY_COOKIE, secrets.token_urlsafe(32), hidden=False)


def renew(request: Request, response: Response) -> None:
    """Count the hours from now: the phone has just been told that its token is in force."""
    token = request.cookies.get(TOKEN_COOKIE)
    if token is not None:
        _set(request, response, TOKEN_COOKIE, token, hidden=True)
    key = request.cookies.get(LIST_KEY_COOKIE) or secrets.token_urlsafe(32)
    _set(request, response, LIST_KEY_COOKIE, key, hidden=False)


def end(response: Response) -> None:
    """Take token and key away: what the phone kept of the list can no longer be read."""
    for name in (TOKEN_COOKIE, LIST_KEY_COOKIE):
        response.delete_cookie(name, path=PREFIX)


def _token(cookies: str) -> str | None:
    try:
        found = SimpleCookie(cookies).get(TOKEN_COOKIE)
    except CookieError:
        return None
    return None if found is None else found.value


def _set(
    request: Request,
    response: Response,
    name: str,
    value: str,
    *,
    hidden: bool,
) -> None:
    # Inside a frame of another site a strict cookie would never be sent.
    framed = bool(request.app.state.frame_ancestors)
    response.set_cookie(
        name,
        value,
        max_age=KEPT_SECONDS,
        path=PREFIX,
        httponly=hidden,
        secure=framed or request.url.scheme == "https",
        samesite="none" if framed else "strict",
    )


OwnForm = Depends(require_own_form)
