"""GET /pages/static/NAME and /pages/sw.js: the scripts of the pages."""

from fastapi import APIRouter
from fastapi.responses import Response

from serving.api.problems import NotFound
from serving.pages.assets import script, worker
from serving.pages.session import PREFIX

router = APIRouter(prefix=PREFIX, include_in_schema=False)

_JAVASCRIPT = "text/javascript; charset=utf-8"


@router.get("/static/{name}")
def get_script(name: str) -> Response:
    """Return a script; the service worker keeps it until any of them changes."""
    try:
        text = script(name)
    except KeyError:
        raise NotFound from None
    return Response(text, media_type=_JAVASCRIPT, headers={"Cache-Control": "no-cache"})


@router.get("/sw.js")
def get_worker() -> Response:
    """Return the service worker."""
    return Response(
        worker(),
        media_type=_JAVASCRIPT,
        headers={
            "Cache-Control": "no-cache",
            # A worker is bound by its own answer's policy, not by that of the page.
            "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
        },
    )
