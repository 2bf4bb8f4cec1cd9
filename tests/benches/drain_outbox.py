"""How fast an outbox drains: ``python -m tests.benches.drain_outbox [--messages 15000] [--store-url URL]``.

A receiver of its own process on loopback answers after 20 ms. Three scenes: everything to it alone;
beside a receiver that takes 9 s for every answer; and with one grid that has 30 % of all messages. Wall
and CPU seconds of the relay are printed with the machine's load, because the machine may be shared.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from serving.delivery.outbox import PublishedGrid, announce, enqueue
from serving.delivery.poster import Poster
from serving.delivery.relay import send_due
from serving.delivery.targets import Target
from serving.store import Store, open_store
from serving.store.schema import OUTBOX, PUBLICATIONS, RUNS
from tests.serving.receiver import KEY, LOOPBACK

GRIDS = 3000
NIGHT = datetime(2026, 3, 9, tzinfo=UTC)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the scenes and print what they came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=15_000)
    parser.add_argument("--latency", type=float, default=0.02, help="seconds")
    parser.add_argument("--store-url", default=None, help="PostgreSQL, else SQLite on disk")
    asked = parser.parse_args(argv)
    even = [f"g{number % GRIDS:04d}" for number in range(asked.messages)]
    heavy = int(asked.messages * 0.3)
    skewed = ["heavy"] * heavy + even[heavy:]
    alone = even[heavy:]
    _tell(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs")
    with receiver(asked.latency) as (url, arrivals), receiver(9.0) as (slow_url, _):
        fast = target("fast", url)
        _tell("alone: " + _scene(asked, even, [fast], arrivals)[0])
        told, _ = _scene(asked, even, [fast, target("slow", slow_url)], arrivals, slow=40)
        _tell("beside a slow receiver: " + told)
        _, without = _scene(asked, alone, [fast], arrivals)
        told, with_heavy = _scene(asked, skewed, [fast], arrivals)
        before = p95([at for grid, at in without])
        after = p95([at for grid, at in with_heavy if grid != "heavy"])
        _tell("one grid with 30 %: " + told)
        _tell(
            f"  p95 of the others: {before:.2f} s without it, {after:.2f} s beside it"
            f" ({after / before - 1:+.1%})"
        )


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def target(name: str, url: str, **limits: object) -> Target:
    """Return a target on loopback with the deadlines of the product."""
    return Target(name=name, poster=Poster(url=url, keys=[KEY], allowed=LOOPBACK), **limits)


def p95(times: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return sorted(times)[int(len(times) * 0.95)]


def _scene(
    asked: argparse.Namespace,
    grids: Sequence[str],
    targets: Sequence[Target],
    arrivals: Callable[[], list[tuple[str, float]]],
    slow: int | None = None,
) -> tuple[str, list[tuple[str, float]]]:
    """Drain the messages of ``grids``; the second target, if any, wants only the first ``slow``."""
    with tempfile.TemporaryDirectory() as folder:
        store = (
            open_store(Path(folder))
            if asked.store_url is None
            else open_store(Path(folder), url=asked.store_url)
        )
        _fill(store, grids, slow=slow)
        if slow is not None:
            targets = [targets[0], Target(name="slow", poster=targets[1].poster, places=("slow",))]
        arrivals()
        began, cpu = time.time(), time.process_time()
        sent = send_due(
            store,
            targets=targets,
            clock=lambda: datetime.now(UTC),
            progress=lambda _: None,
        )
        wall, spent = time.time() - began, time.process_time() - cpu
        store.close()
    arrived = [(grid, at - began) for grid, at in arrivals()]
    last = max(at for _, at in arrived)
    told = (
        f"{len(arrived)} messages in {last:.1f} s ({len(arrived) / last:.0f}/s),"
        f" p95 {p95([at for _, at in arrived]):.2f} s; round {wall:.1f} s wall, {spent:.1f} s CPU;"
        f" {sent.sentence}"
    )
    return told, arrived


def _fill(store: Store, grids: Sequence[str], *, slow: int | None) -> None:
    day = NIGHT.date()
    with store.write() as work:
        for table in (OUTBOX, PUBLICATIONS, RUNS):
            work.execute(table.delete())
        work.execute(
            insert(RUNS).values(
                run_id="r", as_of_date=day, attempt=1, fence=1, state="finished", started_at=NIGHT
            )
        )
        for number in range(1, 1 + max(grids.count(grid) for grid in ("heavy", grids[-1]))):
            work.execute(
                insert(PUBLICATIONS).values(
                    as_of_date=day,
                    publish_seq=number,
                    is_current=number == 1,
                    run_id="r",
                    manifest_sha256="",
                    inputs_sha256="",
                    champion_sha256="",
                    inputs="",
                    header="{}",
                    published_at=NIGHT,
                )
            )
        seen: dict[str, int] = {}
        messages = []
        for number, grid in enumerate(grids):
            seen[grid] = seen.get(grid, 0) + 1
            place = "slow" if slow is not None and number < slow else f"d/{grid}"
            messages += announce(
                as_of_date=day,
                publish_seq=seen[grid],
                published_at=NIGHT,
                grids=[PublishedGrid(grid_id=grid, place=place, entries={"grid_worker": 5})],
            )
        enqueue(work, messages, now=NIGHT)


@contextmanager
def receiver(latency: float) -> Iterator[tuple[str, Callable[[], list[tuple[str, float]]]]]:
    """Run a receiver in its own process; the second value hands over what arrived since last asked."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_serve, args=(latency, theirs), daemon=True)
    process.start()
    port = ours.recv()

    def arrivals() -> list[tuple[str, float]]:
        ours.send("arrivals")
        found: list[tuple[str, float]] = ours.recv()
        return found

    try:
        yield f"http://127.0.0.1:{port}/hook", arrivals
    finally:
        process.terminate()
        process.join()


def _serve(latency: float, pipe: "multiprocessing.connection.Connection") -> None:
    arrived: list[tuple[str, float]] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                body = json.loads(await reader.readexactly(length))
                arrived.append((body["data"]["grid_id"], time.time()))
                await asyncio.sleep(latency)
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])

        def tell() -> None:
            pipe.recv()
            pipe.send(list(arrived))
            arrived.clear()

        asyncio.get_running_loop().add_reader(pipe.fileno(), tell)
        await asyncio.Event().wait()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
