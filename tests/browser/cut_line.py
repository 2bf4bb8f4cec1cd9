"""A line between a browser and the server that can be cut in the middle of an answer, as in a stairwell."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Line:
    """Passes requests on, each over a connection of its own; cuts one answer where it is told to."""

    def __init__(self, upstream_port: int) -> None:
        self._upstream_port = upstream_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._cut_next: float | None = None
        self.is_cut = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def cut_next(self, share: float) -> None:
        """Let no more than ``share`` of the next answer to a form through."""
        self.is_cut.clear()
        self._cut_next = share

    def close(self) -> None:
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            request = _request(client)
            if not request:
                return
            with socket.create_connection(("127.0.0.1", self._upstream_port)) as upstream:
                upstream.sendall(request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
                # The whole answer is here: whatever is cut off, the server has committed.
                answer = b"".join(iter(lambda: upstream.recv(65536), b""))
            share = self._cut_next if request.startswith(b"POST") else None
            if share is None:
                client.sendall(answer)
                return
            self._cut_next = None
            client.sendall(answer[: int(share * len(answer))])
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.is_cut.set()


def _request(client: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        more = client.recv(65536)
        if not more:
            return b""
        received += more
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    length = sum(int(one[15:]) for one in lines if one.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += client.recv(65536)
    kept = [one for one in lines if not one.lower().startswith(b"connection:")]
    return b"\r\n".join(kept) + b"\r\n\r\n" + body


@contextmanager
def line(upstream_port: int) -> Iterator[Line]:
    """Yield a line to the server on this machine."""
    opened = Line(upstream_port)
    try:
        yield opened
    finally:
        opened.close()
