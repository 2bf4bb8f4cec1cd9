"""The relay under crashes, silence and a virtual clock: nothing lost, at most one copy per crash, one id."""

import asyncio
import tempfile
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import insert, select

from serving.delivery.outbox import PublishedGrid, announce, enqueue
from serving.delivery.poster import Attempt, Result
from serving.delivery.relay import send_due
from serving.delivery.replaying import revive
from serving.delivery.targets import Target
from serving.store.schema import DELIVERIES, OUTBOX, PUBLICATIONS, RUNS
from tests.serving.stores import open_store
from tests.serving.village import NIGHT, TWO_O_CLOCK, TickingClock

IN_MEMORY = Path("/dev/shm")


class Killed(BaseException):
    """The process ends here; nothing after it runs."""


ANSWERS = {
    "yes": Attempt(result=Result.DELIVERED, told="204"),
    "yes, slowly": Attempt(result=Result.DELIVERED, told="204"),
    "no": Attempt(result=Result.REFUSED, told="500"),
    "later": Attempt(result=Result.REFUSED, told="429", retry_after=timedelta(hours=1)),
    "silent": Attempt(result=Result.UNREACHABLE, told="timeout"),
    "heard, then silent": Attempt(result=Result.UNREACHABLE, told="timeout"),
    "gone": Attempt(result=Result.GONE, told="410"),
}
HEARD = ("yes", "yes, slowly", "heard, then silent")
FAULTS = st.lists(
    st.one_of(
        st.sampled_from(["yes", "yes, slowly"]),
        st.sampled_from([*ANSWERS, "killed before", "killed after"]),
    ),
    max_size=12,
)


class Receiver:
    """A target's poster that answers as drawn, and after that with yes, now and then slowly."""

    def __init__(self, name):
        self.name, self.url = name, f"https://{name}.city.gov/"
        self.turns, self.heard, self.excused = [], Counter(), Counter()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def post(self, *, message_id, body, now):
        otherwise = "yes, slowly" if len(self.heard) % 3 == 1 else "yes"
        turn = self.turns.pop(0) if self.turns else otherwise
        if turn == "killed before":
            raise Killed
        if turn in (*HEARD, "killed after"):
            self.heard[message_id, body] += 1
        if turn in ("killed after", "heard, then silent"):
            self.excused[message_id, body] += 1
        if turn == "killed after":
            raise Killed
        if turn == "yes, slowly":
            await asyncio.sleep(0.005)
        return ANSWERS[turn]


class OutboxMachine(RuleBasedStateMachine):
    @initialize()
    def open(self):
        place = IN_MEMORY if IN_MEMORY.is_dir() else None
        self.folder = tempfile.TemporaryDirectory(prefix="zhaoren-", dir=place)
        self.store = open_store(Path(self.folder.name))
        self.clock = TickingClock()
        self.receivers = {name: Receiver(name) for name in ("all", "one")}
        self.targets = [
            Target(name="all", poster=self.receivers["all"]),
            Target(name="one", poster=self.receivers["one"], places=("d/g1",)),
        ]
        self.nights, self.in_flight_at_crash = 0, Counter()
        with self.store.write() as work:
            work.execute(
                insert(RUNS).values(
                    run_id="r",
                    as_of_date=NIGHT,
                    attempt=1,
                    fence=1,
                    state="finished",
                    started_at=TWO_O_CLOCK,
                )
            )

    @rule(grids=st.integers(1, 4), dies=st.booleans())
    def publish(self, grids, dies):
        self.nights += 1
        day = date(2026, 3, 1) + timedelta(days=self.nights)
        try:
            with self.store.write() as work:
                work.execute(
                    insert(PUBLICATIONS).values(
                        as_of_date=day,
                        publish_seq=1,
                        is_current=True,
                        run_id="r",
                        manifest_sha256="",
                        inputs_sha256="",
                        champion_sha256="",
                        inputs="",
                        header="{}",
                        published_at=self.clock(),
                    )
                )
                counts = [
                    PublishedGrid(grid_id=f"g{n}", place=f"d/g{n}", entries={"grid_worker": n})
                    for n in range(1, grids + 1)
                ]
                messages = announce(
                    as_of_date=day, publish_seq=1, published_at=self.clock(), grids=counts
                )
                enqueue(work, messages, now=self.clock())
                if dies:
                    raise Killed
        except Killed:
            pass

    @rule(to_all=FAULTS, to_one=FAULTS)
    def send(self, to_all, to_one):
        self.receivers["all"].turns, self.receivers["one"].turns = list(to_all), list(to_one)
        heard = {name: one.heard.copy() for name, one in self.receivers.items()}
        try:
            send_due(self.store, targets=self.targets, clock=self.clock, progress=lambda _: None)
        except Killed:
            # What was heard in this round and not yet written down was in flight.
            settled = self.settled()
            for name, one in self.receivers.items():
                for key in one.heard - heard[name]:
                    if (key[0], name) not in settled and one.excused[key] < one.heard[key]:
                        one.excused[key] += 1
        for one in self.receivers.values():
            one.turns = []

    @rule(hours=st.sampled_from([0.01, 0.1, 1, 30]))
    def wait(self, hours):
        self.clock.move(timedelta(hours=hours))

    @precondition(lambda self: self.nights)
    @rule()
    def replay(self):
        for one in self.receivers.values():
            for key in one.heard:
                # Given up on although it was heard once, and now asked for again.
                if (key[0], one.name) not in self.settled():
                    one.excused[key] = max(one.excused[key], one.heard[key])
        revive(self.store, targets=self.targets, now=self.clock())

    @invariant()
    def no_more_copies_than_crashes_and_lost_answers_explain(self):
        for one in getattr(self, "receivers", {}).values():
            for key, times in one.heard.items():
                assert times <= 1 + one.excused[key]
            assert len({known_as for known_as, _ in one.heard}) == len(one.heard)

    def settled(self):
        with self.store.read() as read:
            rows = read.execute(select(DELIVERIES).where(DELIVERIES.c.state == "delivered"))
            return {(row.message_id, row.target) for row in rows}

    def teardown(self):
        if not hasattr(self, "store"):
            return
        for _ in range(4):
            revive(self.store, targets=self.targets, now=self.clock())
            send_due(self.store, targets=self.targets, clock=self.clock, progress=lambda _: None)
            self.clock.move(timedelta(hours=30))
        with self.store.read() as read:
            written = {
                (row.message_id, row.body.encode()): row for row in read.execute(select(OUTBOX))
            }
        for key, row in written.items():
            assert self.receivers["all"].heard[key] >= 1
            assert (self.receivers["one"].heard[key] >= 1) == (row.grid_id == "g1")
        for one in self.receivers.values():
            assert set(one.heard) <= set(written)
        assert len(self.settled()) == sum(len(one.heard) for one in self.receivers.values())
        self.no_more_copies_than_crashes_and_lost_answers_explain()
        self.store.close()
        self.folder.cleanup()


OutboxMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestOutbox = OutboxMachine.TestCase
