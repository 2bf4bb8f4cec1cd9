"""The pages as one part of the API's application."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from serving.access.sign_on import SignOn
from serving.api.problems import Unauthenticated, problem
from serving.pages import (
    asset_routes,
    figures_routes,
    health_routes,
    household_routes,
    list_routes,
    objection_routes,
    recording_routes,
    sign_in_routes,
    sign_on_routes,
)
from serving.pages.grid_geometry import GridGeometry
from serving.pages.session import PREFIX, TOKEN_COOKIE, CookieBearer, ForeignForm, end

_ROUTES = (
    list_routes,
    recording_routes,
    household_routes,
    objection_routes,
    figures_routes,
    health_routes,
    sign_in_routes,
    sign_on_routes,
    asset_routes,
)


def add_pages(
    app: FastAPI,
    *,
    frame_ancestors: tuple[str, ...] = (),
    sign_on: SignOn | None = None,
    geometry: GridGeometry | None = None,
) -> None:
    """Serve the pages under ``/pages``.

    Args:
        app: the API they belong to.
        frame_ancestors: the sites that may embed them.
        sign_on: the provider of single sign-on; without one people sign in with a token only.
        geometry: the bureau's map of its grids; without one none is drawn.
    """
    app.state.frame_ancestors = frame_ancestors
    app.state.grid_geometry = geometry or GridGeometry()
    app.state.sign_on = sign_on
    for module in _ROUTES:
        app.include_router(module.router)
    app.add_middleware(_SmallPages)
    app.add_middleware(CookieBearer)

    @app.exception_handler(Unauthenticated)
    async def sign_in_first(request: Request, error: Unauthenticated) -> Response:
        is_page = request.url.path.startswith(f"{PREFIX}/")
        if not is_page or request.headers.get("accept", "").startswith("application/json"):
            response: Response = problem(error.kind)
        else:
            ended = "?why=ended" if TOKEN_COOKIE in request.cookies else ""
            response = RedirectResponse(f"{PREFIX}/sign-in{ended}", status_code=303)
        if is_page:
            end(request, response)
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
