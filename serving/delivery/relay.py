"""Send what waits: every target at its own pace, at least once, always under the same id.

Called by the night's last step and ``zhaoren outbox send`` for one round (:func:`send_due`), and by
``zhaoren outbox relay`` for as long as it runs (:func:`relay_until`). One transaction at a time settles
what came back since the last one and claims what may begin: it grows with the traffic by itself.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from serving.delivery.claims import Claim, Settlement, claim_due, judge, settle
from serving.delivery.disabling import disable, disabled_targets
from serving.delivery.lanes import Lane
from serving.delivery.poster import Attempt, Result
from serving.delivery.routing import route
from serving.delivery.targets import Target
from serving.delivery.waiting import waiting
from serving.failpoints import failpoint
from serving.store import Store
from serving.store.connection import StoreUnavailable
from serving.store.schema import DeliveryState

POLL_S = 0.5
"""How often the running relay looks for news while it has nothing to do."""

_STORE_REST_S = 5.0

Clock = Callable[[], datetime]
Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What one round of sending came to. ``halted`` says why it stopped early, if it did."""

    delivered: int = 0
    to_retry: int = 0
    dead: int = 0
    waiting: int = 0
    halted: str | None = None

    @property
    def sentence(self) -> str:
        """One line for the operator."""
        told = f"{self.delivered} delivered, {self.to_retry} to retry, {self.dead} dead, {self.waiting} waiting"
        return f"{told}; {self.halted}" if self.halted else told


def send_due(store: Store, *, targets: Sequence[Target], clock: Clock, progress: Progress) -> Sent:
    """Try every delivery that is due once. A receiver that is down ends its own round only."""
    if not targets:
        return Sent(waiting=waiting(store), halted="no webhook target is configured")
    relay = _Relay(store=store, targets=targets, clock=clock, progress=progress)
    asyncio.run(relay.run())
    return relay.sent()


async def relay_until(
    store: Store,
    *,
    targets: Sequence[Target],
    clock: Clock,
    progress: Progress,
    stop: asyncio.Event,
) -> Sent:
    """Send whatever becomes due until ``stop`` is set; what is in flight then lands first."""
    relay = _Relay(store=store, targets=targets, clock=clock, progress=progress, stop=stop)
    await relay.run()
    return relay.sent()


@dataclass(kw_only=True)
class _Relay:
    store: Store
    targets: Sequence[Target]
    clock: Clock
    progress: Progress
    stop: asyncio.Event | None = None
    """Set: end. None: one round, which ends by itself."""

    _lanes: dict[str, Lane] = field(init=False)
    _counts: Counter[DeliveryState] = field(default_factory=Counter, init=False)

    def __post_init__(self) -> None:
        self._lanes = {target.name: Lane(target=target) for target in self.targets}

    def sent(self) -> Sent:
        """Return what it came to so far."""
        halts = [
            lane.halted if len(self._lanes) == 1 else f"{name}: {lane.halted}"
            for name, lane in self._lanes.items()
            if lane.halted is not None
        ]
        return Sent(
            delivered=self._counts[DeliveryState.DELIVERED],
            to_retry=self._counts[DeliveryState.PENDING],
            dead=self._counts[DeliveryState.DEAD],
            waiting=waiting(self.store),
            halted="; ".join(halts) or None,
        )

    async def run(self) -> None:
        """Send until there is nothing more to do, or until told to stop; what is in flight lands."""
        async with AsyncExitStack() as posters:
            for target in self.targets:
                await posters.enter_async_context(target.poster)
            while True:
                await self._look_around()
                await self._send()
                if self.stop is None or self.stop.is_set():
                    return
                await self._rest(POLL_S)

    async def _look_around(self) -> None:
        """Route what is new and wake the lanes that may have work."""
        now = self.clock()
        try:
            await asyncio.to_thread(route, self.store, targets=self.targets, now=now)
            disabled = await asyncio.to_thread(disabled_targets, self.store, self.targets)
        except StoreUnavailable as error:
            if self.stop is None:
                raise
            self.progress(f"webhooks: {error}")
            await self._rest(_STORE_REST_S)
            return
        for name, lane in self._lanes.items():
            lane.wake(now=now, is_disabled=name in disabled)
            if name in disabled:
                lane.disable(disabled[name])

    async def _send(self) -> None:
        """Claim, send and settle until every lane is drained or halted and nothing is in flight."""
        done: list[Settlement] = []
        loop = asyncio.get_running_loop()
        looked = loop.time()
        while True:
            claims = await self._turn_over(done)
            for claim in claims:
                lane = self._lanes[claim.target]
                lane.in_flight.add(asyncio.create_task(self._attempt(claim, lane)))
            flying = [task for lane in self._lanes.values() for task in lane.in_flight]
            if not flying:
                return
            # A running relay looks up while a slow receiver keeps one lane busy: the others' news
            # must not wait for it.
            timeout = None if self.stop is None else POLL_S
            landed, _ = await asyncio.wait(
                flying, timeout=timeout, return_when=asyncio.FIRST_COMPLETED
            )
            done = [task.result() for task in landed]
            for lane in self._lanes.values():
                lane.in_flight -= landed
            for settlement in done:
                self._lanes[settlement.claim.target].note(settlement, now=self.clock())
            if self.stop is not None and loop.time() - looked >= POLL_S:
                await self._look_around()
                looked = loop.time()

    async def _turn_over(self, done: Sequence[Settlement]) -> list[Claim]:
        """Settle ``done`` and claim what may begin, in one transaction."""
        stopping = self.stop is not None and self.stop.is_set()
        wanted = {
            name: lane.free for name, lane in self._lanes.items() if lane.free and not stopping
        }
        if not done and not wanted:
            return []
        claims = await self._in_store(lambda work: self._settle_and_claim(work, done, wanted))
        for settlement in done:
            self._counts[settlement.state] += 1
        if done:
            failpoint("send.marked")
            self.progress(
                f"webhooks: {self._counts[DeliveryState.DELIVERED]} delivered,"
                f" {self._counts[DeliveryState.PENDING]} to retry,"
                f" {self._counts[DeliveryState.DEAD]} dead"
            )
        if claims:
            failpoint("send.claimed")
        claimed = Counter(claim.target for claim in claims)
        for name, most in wanted.items():
            self._lanes[name].drained = claimed[name] < most
        return claims

    def _settle_and_claim(
        self, work: Connection, done: Sequence[Settlement], wanted: dict[str, int]
    ) -> list[Claim]:
        now = self.clock()
        settle(work, done)
        for settlement in done:
            if settlement.attempt.result is Result.GONE:
                target = self._lanes[settlement.claim.target].target
                disable(work, target, others=self.targets, reason=settlement.attempt.told, now=now)
        return claim_due(work, wanted=wanted, now=now)

    async def _in_store(self, work_on: Callable[[Connection], list[Claim]]) -> list[Claim]:
        """Run one transaction beside the loop; a running relay waits for a store that is away."""

        def transaction() -> list[Claim]:
            with self.store.write() as work:
                return work_on(work)

        while True:
            try:
                return await asyncio.to_thread(transaction)
            except StoreUnavailable as error:
                if self.stop is None:
                    raise
                self.progress(f"webhooks: {error}")
                await self._rest(_STORE_REST_S)

    async def _attempt(self, claim: Claim, lane: Lane) -> Settlement:
        try:
            attempt = await lane.target.poster.post(
                message_id=claim.message_id, body=claim.body.encode(), now=self.clock()
            )
        except Exception as error:  # noqa: BLE001 - one target's surprise must not end all others' lanes
            attempt = Attempt(result=Result.UNREACHABLE, told=type(error).__name__)
        failpoint("send.delivered")
        return judge(claim, attempt, now=self.clock())

    async def _rest(self, seconds: float) -> None:
        if self.stop is None:
            await asyncio.sleep(seconds)
            return
        try:
            await asyncio.wait_for(self.stop.wait(), timeout=seconds)
        except TimeoutError:
            return
