"""GET and POST /pages/sign-in, POST /pages/sign-out, GET /pages/look: who reads, and how they like it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from serving.access.callers import WorkerOf, caller_of
from serving.access.sessions import end_session
from serving.api.deps import ClockDep, StoreDep, the_provider
from serving.pages.rendering import LANGUAGE_COOKIE, TYPE_COOKIE, render
from serving.pages.session import PREFIX, TOKEN_COOKIE, OwnForm, begin, end, set_cookie

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_A_YEAR_S = 365 * 24 * 60 * 60


@router.get("/sign-in")
def get_sign_in(request: Request, why: str | None = None) -> Response:
    """Return the page that asks who is there; it says so where a session has ended."""
    return sign_in_page(request, why="ended" if why == "ended" else None)


@router.post("/sign-in", dependencies=[OwnForm])
def post_sign_in(
    request: Request,
    token: Annotated[str, Form(max_length=200)],
    store: StoreDep,
    clock: ClockDep,
    provider: Annotated[WorkerOf | None, Depends(the_provider)],
) -> Response:
    """Begin a session with an access token."""
    with store.read() as read:
        caller = caller_of(read, bearer=token.strip(), now=clock(), worker_of=provider)
    if caller is None:
        return sign_in_page(request, why="wrong", status=401)
    response = RedirectResponse(f"{PREFIX}/list", status_code=303)
    begin(request, response, bearer=token.strip())
    return response


@router.post("/sign-out", dependencies=[OwnForm])
def post_sign_out(request: Request, store: StoreDep, clock: ClockDep) -> Response:
    """End the session on this device; a token typed in here stays in force."""
    secret = request.cookies.get(TOKEN_COOKIE)
    if secret is not None:
        with store.write() as work:
            end_session(work, secret=secret, now=clock())
    response = RedirectResponse(f"{PREFIX}/sign-in", status_code=303)
    end(request, response)
    return response


@router.get("/look")
def get_look(
    request: Request,
    language: str | None = None,
    type: Literal["plain", "big"] | None = None,
) -> Response:
    """Remember the language or size of type, and go back to the list."""
    response = RedirectResponse(f"{PREFIX}/list", status_code=303)
    for name, value in ((LANGUAGE_COOKIE, language), (TYPE_COOKIE, type)):
        if value is not None and value.isalpha():
            set_cookie(request, response, name, value, seconds=_A_YEAR_S, from_elsewhere=True)
    return response


def sign_in_page(request: Request, *, why: str | None, status: int = 200) -> Response:
    """Return the page that asks who is there, with the sentence ``sign_in.<why>`` about what went wrong."""
    values = {"why": why, "at_provider": request.app.state.sign_on is not None}
    return render(request, "sign_in.html", values, status=status)
