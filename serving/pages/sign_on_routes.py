"""GET /pages/sign-on and /pages/sign-on/back: signing in at the provider of single sign-on, there and back."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from serving.access.members import memberships_of
from serving.access.sessions import begin_session
from serving.access.sign_on import Failure, NotSignedOn, SignOn
from serving.api.deps import ClockDep, StoreDep
from serving.api.problems import NotFound
from serving.pages.rendering import render
from serving.pages.session import PREFIX, begin, set_cookie
from serving.pages.sign_in_routes import sign_in_page

router = APIRouter(prefix=PREFIX, include_in_schema=False)

SECRET_COOKIE = "zr_sign_on"
_PATIENCE_S = 10 * 60
_STATUS = {Failure.UNREACHABLE: 502, Failure.DECLINED: 401, Failure.NOBODY: 401}


async def the_sign_on(request: Request) -> SignOn:
    """Return the provider people sign in at.

    Raises:
        NotFound: there is none.
    """
    sign_on: SignOn | None = request.app.state.sign_on
    if sign_on is None:
        raise NotFound
    return sign_on


SignOnDep = Annotated[SignOn, Depends(the_sign_on)]


@router.get("/sign-on")
def get_sign_on(request: Request, sign_on: SignOnDep, clock: ClockDep) -> Response:
    """Send the browser to the provider."""
    secret = secrets.token_urlsafe(32)
    try:
        there = sign_on.begin(secret=secret, back=_back(request), now=clock())
    except NotSignedOn as error:
        return _refused(request, error.failure)
    response = RedirectResponse(there, status_code=303)
    # The provider sends the browser back from another site.
    set_cookie(request, response, SECRET_COOKIE, secret, seconds=_PATIENCE_S, from_elsewhere=True)
    return response


@router.get("/sign-on/back")
def get_back(
    request: Request,
    sign_on: SignOnDep,
    store: StoreDep,
    clock: ClockDep,
    state: str = "",
    code: str = "",
    error: str = "",
) -> Response:
    """Begin a session for whom the provider vouches for, if they are a member of anything."""
    now = clock()
    try:
        worker_id = sign_on.finish(
            secret=request.cookies.get(SECRET_COOKIE, ""),
            state=state,
            code=None if error else code,
            back=_back(request),
            now=now,
        )
    except NotSignedOn as failed:
        return _refused(request, failed.failure)
    with store.write() as work:
        if not memberships_of(work, worker_id=worker_id, now=now):
            return _forgetting(request, sign_in_page(request, why="no_member", status=403))
        bearer = begin_session(work, worker_id=worker_id, now=now)
    # A page of ours, not a redirect: on the way from another site browsers hold strict cookies back.
    response = _forgetting(request, render(request, "signed_in.html", {}))
    begin(request, response, bearer=bearer)
    return response


def _back(request: Request) -> str:
    return str(request.url_for("get_back"))


def _refused(request: Request, failure: Failure) -> Response:
    page = sign_in_page(request, why=failure.value, status=_STATUS.get(failure, 400))
    return _forgetting(request, page)


def _forgetting(request: Request, response: Response) -> Response:
    """Take the secret back: an answer of the provider is good for one sign-in."""
    set_cookie(request, response, SECRET_COOKIE, "", seconds=0, from_elsewhere=True)
    return response
