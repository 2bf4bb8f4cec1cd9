"""The pages as one part of the API's application."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.api.problems import Unauthenticated, problem
from serving.pages import (
    asset_routes,
    household_routes,
    list_routes,
    sign_in_routes,
    supervision_routes,
)
from serving.pages.session import PREFIX, CookieBearer, ForeignForm, end


def add_pages(app: FastAPI, *, frame_ancestors: tuple[str, ...] = ()) -> None:
    """Serve the pages under ``/pages``; ``frame_ancestors`` are the sites that may embed them."""
    app.state.frame_ancestors = frame_ancestors
    for module in (list_routes, household_routes, supervision_routes, sign_in_routes, asset_routes):
        app.include_router(module.router)
    app.add_middleware(_SmallPages)
    app.add_middleware(CookieBearer)

    @app.exception_handler(Unauthenticated)
    async def sign_in_first(request: Request, error: Unauthenticated) -> Response:
        is_page = request.url.path.startswith(f"{PREFIX}/")
        if not is_page or request.headers.get("accept", "").startswith("application/json"):
            response: Response = problem(error.kind)
        else:
            response = RedirectResponse(f"{PREFIX}/sign-in", status_code=303)
        if is_page:
            end(response)
        return response

    @app.exception_handler(ForeignForm)
    async def refuse_form(_request: Request, _: ForeignForm) -> Response:
        return JSONResponse({"detail": "this form came from another site"}, status_code=403)


class _SmallPages:
    """Compresses pages; answers of the API keep their bytes, which its entity tags are made of."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressed = GZipMiddleware(app, minimum_size=1000)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        is_page = scope["type"] == "http" and scope["path"].startswith(f"{PREFIX}/")
        await (self._compressed if is_page else self._app)(scope, receive, send)
