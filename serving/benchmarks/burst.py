"""How the API bears a morning and a day: ``zhaoren bench lists`` and ``zhaoren bench outcomes``.

A made-up district is published and ``zhaoren serve`` answers for it in a process of its own. Lists: every
worker opens theirs once, each on a new connection. Outcomes: clients with a connection each send one after
another; every tenth is sent twice. Then the store is asked whether each is there, and once.
"""

import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import insert, select

from serving.access.tokens import issue
from serving.benchmarks.made_night import ROLE
from serving.store import Store
from serving.store.schema import ALERTS, MEMBERS, OUTCOMES

_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE_S = 60
_FINDINGS = ("not_found", "need_aid_started", "no_need", "refused")
_SENT_TWICE = 0.1


@dataclass
class Answers:
    """What came back, in seconds; ``acknowledged`` are the outcomes a client believes to be kept."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)

    def sentence(self, *, wall_s: float, cpu_s: float) -> str:
        """Return one line; the share of the server's own CPU holds however busy the machine is."""
        ordered = sorted(self.seconds)
        p50, p95, p99 = (
            1000 * ordered[int(part * (len(ordered) - 1))] for part in (0.5, 0.95, 0.99)
        )
        return (
            f"{len(ordered)} requests in {wall_s:.1f} s ({len(ordered) / wall_s:.1f} a second):"
            f" half within {p50:.0f} ms, 95 % within {p95:.0f} ms, 99 % within {p99:.0f} ms;"
            f" answers {dict(sorted(self.statuses.items()))}; server CPU {cpu_s:.1f} s"
            f" ({1000 * cpu_s / len(ordered):.1f} ms a request); load of the machine"
            f" {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        )


@dataclass(frozen=True, kw_only=True)
class People:
    """One worker per grid: their tokens, and the alerts on their lists."""

    tokens: Mapping[str, str]
    alerts: Mapping[str, Sequence[str]]


def people_of(store: Store, *, now: datetime) -> People:
    """Make every grid with a list a worker with a token."""
    alerts: dict[str, list[str]] = {}
    tokens: dict[str, str] = {}
    with store.write() as work:
        for row in work.execute(select(ALERTS.c.grid_id, ALERTS.c.alert_id)):
            alerts.setdefault(row.grid_id, []).append(row.alert_id)
        for grid_id in alerts:
            worker_id = f"w-{grid_id}"
            work.execute(
                insert(MEMBERS).values(
                    member_id=str(uuid4()),
                    worker_id=worker_id,
                    role=ROLE,
                    level="grid",
                    place_id=grid_id,
                    valid_from=now,
                )
            )
            until = now + timedelta(days=2)
            tokens[grid_id] = issue(work, worker_id=worker_id, now=now, expires_at=until).secret
    return People(tokens=tokens, alerts=alerts)


def open_lists(port: int, people: People, *, seconds: float) -> Answers:
    """Let every worker open their list once, at a moment of their own within ``seconds``."""
    chance = random.Random(7)
    answers = Answers()

    async def one(token: str, after: float) -> None:
        await asyncio.sleep(after)
        began = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        status, _ = await _ask(reader, writer, "GET", "/v1/me/list", token)
        answers.seconds.append(time.perf_counter() - began)
        answers.statuses[status] += 1
        writer.close()

    async def everybody() -> None:
        tasks = [one(token, chance.uniform(0, seconds)) for token in people.tokens.values()]
        await asyncio.gather(*tasks)

    asyncio.run(everybody())
    return answers


def send_outcomes(
    port: int, people: People, *, clients: int, rate: float, seconds: float, visited_on: str
) -> Answers:
    """Let ``clients`` send outcomes for ``seconds``, together about ``rate`` a second."""
    answers = Answers()
    grids = sorted(people.tokens)
    ends = time.perf_counter() + seconds

    async def one(number: int) -> None:
        chance = random.Random(number)
        grid_id = grids[number % len(grids)]
        await asyncio.sleep(chance.uniform(0, clients / rate))
        line = _Line(port)
        while time.perf_counter() < ends:
            path = f"/v1/alerts/{chance.choice(people.alerts[grid_id])}/outcomes"
            outcome = {
                "outcome_id": str(uuid4()),
                "visited_on": visited_on,
                "finding": chance.choice(_FINDINGS),
            }
            for _ in range(2 if chance.random() < _SENT_TWICE else 1):
                began = time.perf_counter()
                status, answer = await line.ask(path, people.tokens[grid_id], outcome)
                answers.seconds.append(time.perf_counter() - began)
                answers.statuses[status] += 1
                if status in (200, 201):
                    answers.acknowledged.append(json.loads(answer)["outcome_id"])
            left = ends - time.perf_counter()
            await asyncio.sleep(max(0.0, min(left, chance.expovariate(rate / clients))))
        line.close()

    async def everybody() -> None:
        await asyncio.gather(*(one(number) for number in range(clients)))

    asyncio.run(everybody())
    return answers


class _Line:
    """A client's connection, opened anew where the server closed one that was quiet for long."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, path: str, token: str, body: Mapping[str, str]) -> tuple[int, bytes]:
        """Post ``body``; once more, under the same id, where the line was dead."""
        if self._open is not None:
            try:
                return await _ask(*self._open, "POST", path, token, body)
            except (asyncio.IncompleteReadError, ConnectionError):
                self.close()
        self._open = await asyncio.open_connection("127.0.0.1", self._port)
        return await _ask(*self._open, "POST", path, token, body)

    def close(self) -> None:
        """Hang up."""
        if self._open is not None:
            self._open[1].close()
            self._open = None


def lost_and_double(store: Store, answers: Answers) -> tuple[int, int]:
    """Return how many acknowledged outcomes are not in the store, and how many are there twice."""
    with store.read() as read:
        kept = read.scalars(select(OUTCOMES.c.outcome_id)).all()
    return len({*answers.acknowledged} - {*kept}), len(kept) - len({*kept})


@contextmanager
def server(home: Path, *, url: str | None) -> Iterator[tuple[int, Callable[[], float]]]:
    """Run ``zhaoren serve`` while the block runs; yield its port and what tells its CPU seconds."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    given = {"ZHAOREN_HOME": str(home), "ZHAOREN_API_PORT": str(port)}
    if url is not None:
        given["ZHAOREN_STORE_URL"] = url
    process = subprocess.Popen(
        [sys.executable, "-m", "serving", "serve"],
        env=os.environ | given,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        began = _cpu_s(process.pid)
        yield port, lambda: _cpu_s(process.pid) - began
    finally:
        process.terminate()
        process.wait(timeout=_PATIENCE_S)


async def _ask(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    method: str,
    path: str,
    token: str,
    body: Mapping[str, str] | None = None,
) -> tuple[int, bytes]:
    content = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    writer.write(head.encode() + content)
    async with asyncio.timeout(_PATIENCE_S):
        told = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(told.split("content-length:", 1)[1].split("\r\n", 1)[0])
        return int(told.split(" ", 2)[1]), await reader.readexactly(length)


def _wait_for(port: int) -> None:
    for _ in range(_PATIENCE_S * 5):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError("the server did not begin to listen")


def _cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process and its ended children (proc(5), fields 14 to 17 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / _TICKS
