"""A webhook receiver on loopback that behaves as a test tells it to."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from serving.delivery.allowed import Allowed
from serving.delivery.poster import Poster
from serving.delivery.targets import Target

KEY = bytes(range(32))
LOOPBACK = Allowed(hosts=frozenset({"127.0.0.1"}))


class _Server(ThreadingHTTPServer):
    # The default of 5 turns some of a wide lane's connections away.
    request_queue_size = 128


Behave = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Address:
    url: str
    received: list[Request] = field(default_factory=list)


def answer(status: int, **headers: str) -> Behave:
    """Answer with a status and headers (underscores become hyphens)."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("content-length", "0")
        handler.end_headers()

    return behave


def on_loopback(
    url: str, *, name: str = "loopback", deadline_s: float = 2.0, **limits: object
) -> Target:
    """Return a target that leads to a receiver of this machine."""
    poster = Poster(url=url, keys=[KEY], allowed=LOOPBACK, deadline_s=deadline_s)
    return Target(name=name, poster=poster, **limits)


@contextmanager
def receiver(*behaviours: Behave, tls: ssl.SSLContext | None = None) -> Iterator[Address]:
    """Serve; the n-th request meets the n-th behaviour, later ones the last, none at all 204."""
    turns = list(behaviours) or [answer(204)]
    served = threading.Lock()
    count = 0

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            nonlocal count
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length)
            with served:
                address.received.append(
                    Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                )
                behave = turns[min(count, len(turns) - 1)]
                count += 1
            behave(self)

        def log_message(self, *_: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    address = Address(f"http://127.0.0.1:{server.server_port}/hook")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
