"""An ``ETag`` on every answer that was read, and 304 where the client has it already.

The tag is a hash of the bytes: it changes exactly when what this caller would see changes. It saves the
line, not the reading, so that a view is audited whether or not it is sent.
"""

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Conditional:
    """Holds back a ``200`` to a ``GET`` until its tag is known."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer ``If-None-Match``."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        start: Message = {}
        body = bytearray()

        async def held(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                if start["status"] != 200:
                    await send(start)
                return
            if start["status"] != 200:
                await send(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                await _finish(scope, start, bytes(body), send)

        await self._app(scope, receive, held)


async def _finish(scope: Scope, start: Message, body: bytes, send: Send) -> None:
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = MutableHeaders(raw=start["headers"])
    headers["ETag"] = tag
    if _has(Headers(scope=scope).get("if-none-match", ""), tag):
        for name in ("content-length", "content-type"):
            del headers[name]
        start["status"], body = 304, b""
    await send(start)
    await send({"type": "http.response.body", "body": body})


def _has(wanted: str, tag: str) -> bool:
    """Whether ``If-None-Match`` names ``tag``; weak tags compare as strong ones (RFC 9110 13.1.2)."""
    tags = {one.strip().removeprefix("W/") for one in wanted.split(",")}
    return "*" in tags or tag in tags
