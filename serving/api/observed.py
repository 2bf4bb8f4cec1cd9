"""The outermost layer: a request id, one log line, one count, the headers of every answer, and no crash.

A log line has the route's template, never the address that was asked: that holds ids of households. Of an
error it has the type and the line of code, never the message: that may quote a row.
"""

import json
import logging
import traceback
from time import perf_counter
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.meters import Meters
from serving.api.problems import BROKEN, problem

LOGGER = logging.getLogger("zhaoren.api")
UNKNOWN_ROUTE = "unknown"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_FIELDS = ("request_id", "method", "route", "status", "ms", "error", "at")


class JsonLines(logging.Formatter):
    """One JSON object per line; only the fields listed here ever get out."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of ``record``."""
        line: dict[str, object] = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
        }
        if record.name == LOGGER.name:
            line["event"] = record.msg
            line |= {name: vars(record)[name] for name in _FIELDS if name in vars(record)}
        else:
            # Other loggers' texts are not ours to vouch for: where they spoke is all that is kept.
            line |= {"at": f"{record.module}:{record.lineno}"}
        return json.dumps(line, ensure_ascii=False)


def log_as_json() -> None:
    """Make every log line of this process one of :class:`JsonLines`, on standard error."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    LOGGER.setLevel(logging.INFO)


class Observed:
    """Wraps the whole application."""

    def __init__(self, app: ASGIApp, *, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, log and count one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        request_id = uuid4().hex
        status = 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                headers["X-Request-Id"] = request_id
                for name, value in _HEADERS.items():
                    # A page says itself what it may use.
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:  # noqa: BLE001 - the last place that can answer
            where = traceback.extract_tb(error.__traceback__)[-1]
            LOGGER.error(
                "failed",
                extra={
                    "request_id": request_id,
                    "error": type(error).__name__,
                    "at": f"{where.name}:{where.lineno}",
                },
            )
            if not status:
                await problem(BROKEN)(scope, receive, sent)
        route = getattr(scope.get("route"), "path", UNKNOWN_ROUTE)
        seconds = perf_counter() - began
        self._meters.count(route=route, method=scope["method"], status=status, seconds=seconds)
        LOGGER.info(
            "answered",
            extra={
                "request_id": request_id,
                "method": scope["method"],
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
            },
        )
