"""How fast an outbox drains, alone, beside a slow receiver, and with one grid that has 30 % of it.

``zhaoren bench drain`` calls :func:`drain`. The receivers are on loopback in processes of their own.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, insert

from serving.benchmarks.measuring import measured
from serving.benchmarks.receiving import Arrivals, receiver
from serving.delivery.allowed import Allowed
from serving.delivery.outbox import PublishedGrid, announce, enqueue
from serving.delivery.poster import Poster
from serving.delivery.relay import send_due
from serving.delivery.targets import Target
from serving.store import Store
from serving.store.schema import DELIVERIES, OUTBOX, PUBLICATIONS, RUNS, RunState

SLOW_S = 9.0
SLOW_MESSAGES = 40
HEAVY, HEAVY_SHARE = "heavy", 0.3
_SLOW = "slow"
_KEY = bytes(range(32))
_RUN = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, kw_only=True)
class Load:
    """How many messages of how many grids, and how long the receiver takes for each."""

    messages: int
    grids: int
    latency_s: float

    @property
    def even(self) -> list[str]:
        """The grid of every message, in turn."""
        return [f"g{number % self.grids:04d}" for number in range(self.messages)]


def drain(
    store: Store, load: Load, *, clock: Callable[[], datetime], say: Callable[[str], None]
) -> None:
    """Drain the same load in three scenes and tell what each came to. ``store`` must be empty."""
    even = load.even
    heavy = int(load.messages * HEAVY_SHARE)
    with (
        receiver(latency_s=load.latency_s) as (url, arrivals),
        receiver(latency_s=SLOW_S) as (slow_url, _),
    ):
        fast, slow = _target("fast", url), _target(_SLOW, slow_url, place=_SLOW)
        scene = _Scene(store=store, arrivals=arrivals, clock=clock, say=say)
        scene.play("alone", even, [fast])
        scene.play(f"beside a receiver that takes {SLOW_S:.0f} s", even, [fast, slow])
        without = scene.play("without the heavy grid", even[heavy:], [fast])
        beside = scene.play("one grid has 30 %", [HEAVY] * heavy + even[heavy:], [fast])
    others = [(grid, at) for grid, at in beside if grid != HEAVY]
    before, after = _p95([at for _, at in without]), _p95([at for _, at in others])
    say(
        f"p95 of the other grids: {before:.2f} s, {after:.2f} s beside it ({after / before - 1:+.1%})"
    )
    # Time depends on what else the machine does; the number of messages that went before does not.
    first, then = _p95(_places(without)), _p95(_places(beside))
    say(
        f"messages sent before it, p95: {first:.0f}, {then:.0f} beside it ({then / first - 1:+.1%})"
    )


@dataclass(frozen=True, kw_only=True)
class _Scene:
    store: Store
    arrivals: Arrivals
    clock: Callable[[], datetime]
    say: Callable[[str], None]

    def play(
        self, name: str, grids: Sequence[str], targets: Sequence[Target]
    ) -> list[tuple[str, float]]:
        """Fill the outbox, drain it, tell; return when each message arrived, in s from the start."""
        is_slow = any(target.name == _SLOW for target in targets)
        _fill(self.store, grids, slow=SLOW_MESSAGES if is_slow else 0, now=self.clock())
        self.arrivals()
        began = time.monotonic()
        with measured() as round_of:
            sent = send_due(
                self.store, targets=targets, clock=self.clock, progress=lambda _line: None
            )
        arrived = [(grid, at - began) for grid, at in self.arrivals()]
        last = max(at for _, at in arrived)
        self.say(
            f"{name}: {len(arrived)} messages in {last:.1f} s ({len(arrived) / last:.0f}/s), p95"
            f" {_p95([at for _, at in arrived]):.2f} s; {sent.sentence}; {round_of.sentence}"
        )
        return arrived


def _target(name: str, url: str, *, place: str = "") -> Target:
    allowed = Allowed(hosts=frozenset({"127.0.0.1"}))
    return Target(name=name, poster=Poster(url=url, keys=[_KEY], allowed=allowed), places=(place,))


def _p95(times: Sequence[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def _places(arrived: Sequence[tuple[str, float]]) -> list[float]:
    """Return how many messages arrived before each that is not of the heavy grid."""
    in_order = sorted(arrived, key=lambda one: one[1])
    return [float(place) for place, (grid, _) in enumerate(in_order) if grid != HEAVY]


def _fill(store: Store, grids: Sequence[str], *, slow: int, now: datetime) -> None:
    """Announce one message per entry of ``grids``; the first ``slow`` are for the slow target, too."""
    night = date(2026, 3, 9)
    most = max(Counter(grids).values())
    with store.write() as work:
        for table in (DELIVERIES, OUTBOX, PUBLICATIONS, RUNS):
            work.execute(delete(table))
        work.execute(
            insert(RUNS).values(
                run_id=_RUN,
                as_of_date=night,
                attempt=1,
                fence=1,
                state=RunState.FINISHED,
                started_at=now,
            )
        )
        work.execute(
            insert(PUBLICATIONS),
            [
                {
                    "as_of_date": night,
                    "publish_seq": number,
                    "is_current": number == 1,
                    "run_id": _RUN,
                    "manifest_sha256": "",
                    "inputs_sha256": "",
                    "champion_sha256": "",
                    "inputs": "{}",
                    "header": "{}",
                    "published_at": now,
                }
                for number in range(1, most + 1)
            ],
        )
        seen: Counter[str] = Counter()
        messages = []
        for number, grid in enumerate(grids):
            seen[grid] += 1
            messages += announce(
                as_of_date=night,
                publish_seq=seen[grid],
                published_at=now,
                grids=[
                    PublishedGrid(
                        grid_id=grid,
                        place=_SLOW if number < slow else f"d/{grid}",
                        entries={"grid_worker": 5},
                    )
                ],
            )
        enqueue(work, messages, now=now)
