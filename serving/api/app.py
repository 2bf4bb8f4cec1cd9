"""The application: routers, refusals, and the description at ``/v1/openapi.json``."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI, Request, Response

from serving.api import get_explain, get_health, get_list, get_reasons, post_outcome
from serving.api.problems import add_handlers, problem
from serving.policy_place import Place
from serving.settings import Settings, read_settings
from serving.store import Store, open_store

MOST_BODY_BYTES = 16 * 1024

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def create_app(
    store: Store, *, zone: ZoneInfo, home: Path | None = None, place: Place | None = None
) -> FastAPI:
    """Return the API over ``store``; rules are explained from the matrices in ``home``, if it is given."""
    # No documentation pages: FastAPI's load scripts from elsewhere, and the offices are offline.
    app = FastAPI(
        title="zhaoren",
        version="1",
        description="Lists of doors to knock on, why, and what was found. No score, no decision:"
        " what rules say of a household is a guess to be checked.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.store = store
    app.state.zone = zone
    app.state.home = home
    app.state.place = place or Place(region="cn.default")
    for module in (get_list, get_reasons, get_explain, post_outcome, get_health):
        app.include_router(module.router)
    add_handlers(app)

    @app.middleware("http")
    async def guarded(
        request: Request, call_next: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        length = request.headers.get("content-length", "0")
        if "transfer-encoding" in request.headers or not length.isdecimal():
            response: Response = problem(411, title="Length Required", detail="send Content-Length")
        elif int(length) > MOST_BODY_BYTES:
            response = problem(
                413, title="Content Too Large", detail="an outcome is a few hundred bytes"
            )
        else:
            response = await call_next(request)
        for name, value in _HEADERS.items():
            response.headers[name] = value
        return response

    return app


def app_from_environment() -> FastAPI:
    """Return the API for a server that imports it (``--factory``), with the settings it finds."""
    settings = read_settings(os.environ)
    return app_with(settings)


def app_with(settings: Settings) -> FastAPI:
    """Return the API of one deployment."""
    return create_app(
        open_store(settings.home), zone=settings.zone, home=settings.home, place=settings.place
    )
