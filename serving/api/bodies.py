"""Bodies that are too long or have no stated length are refused before they are read."""

from starlette.types import ASGIApp, Receive, Scope, Send

from serving.api.problems import LENGTH_REQUIRED, TOO_LARGE, problem

MOST_BODY_BYTES = 16 * 1024


class BodyLimit:
    """Refuses by ``Content-Length``; the server reads no more than that."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on requests whose body is short enough."""
        app = self._app
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            length = headers.get(b"content-length", b"0")
            if b"transfer-encoding" in headers or not length.isdigit():
                app = problem(LENGTH_REQUIRED)
            elif len(length) > 9 or int(length) > MOST_BODY_BYTES:
                app = problem(TOO_LARGE, f"a body has at most {MOST_BODY_BYTES} bytes")
        await app(scope, receive, send)
