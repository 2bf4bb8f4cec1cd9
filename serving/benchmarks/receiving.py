"""A webhook receiver in a process of its own, as slow as it is told to be; the drain benchmark posts to it."""

import asyncio
import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection

Arrivals = Callable[[], list[tuple[str, float]]]
"""Hands over the grid and moment (``time.monotonic``) of every message since it was last asked."""


@contextmanager
def receiver(*, latency_s: float) -> Iterator[tuple[str, Arrivals]]:
    """Run a receiver on loopback; give its URL and what arrives."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(latency_s, theirs), daemon=True)
    process.start()
    port = ours.recv()

    def arrivals() -> list[tuple[str, float]]:
        ours.send(None)
        found: list[tuple[str, float]] = ours.recv()
        return found

    try:
        yield f"http://127.0.0.1:{port}/hook", arrivals
    finally:
        process.terminate()
        process.join()


def _serve(latency_s: float, pipe: Connection) -> None:
    asyncio.run(_answer_for_ever(latency_s, pipe))


async def _answer_for_ever(latency_s: float, pipe: Connection) -> None:
    arrived: list[tuple[str, float]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                body = json.loads(await reader.readexactly(length))
                arrived.append((body["data"]["grid_id"], time.monotonic()))
                await asyncio.sleep(latency_s)
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def hand_over() -> None:
        pipe.recv()
        pipe.send(list(arrived))
        arrived.clear()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    pipe.send(server.sockets[0].getsockname()[1])
    asyncio.get_running_loop().add_reader(pipe.fileno(), hand_over)
    await asyncio.Event().wait()
