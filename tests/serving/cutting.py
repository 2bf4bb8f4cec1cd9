"""A proxy that passes a request on and cuts the answer off after so many bytes."""

import socket
import struct
import threading
from contextlib import contextmanager


@contextmanager
def cutting(upstream_port, *, after):
    """Yield a port; the answer to one request through it ends after ``after`` bytes, as if the signal were lost there."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        client, _ = listener.accept()
        with client, socket.create_connection(("127.0.0.1", upstream_port)) as upstream:
            client.settimeout(5)
            upstream.settimeout(5)
            upstream.sendall(_request(client))
            # Whatever is cut off, the server has begun to answer: it has committed.
            answer = upstream.recv(65536)
            client.sendall(answer[:after])
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        thread.join(timeout=5)
        listener.close()


def _request(client):
    received = b""
    while b"\r\n\r\n" not in received:
        received += client.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    lengths = [
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    ]
    while len(body) < sum(lengths):
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body
