"""One night at a time: who holds the lease, until when, and what a late sleeper may still do."""

import os
import subprocess
import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from serving.ledger.leases import (
    LEASE,
    Held,
    LeaseLost,
    release,
    renew,
    renewing,
    take,
    this_process,
)
from serving.night.nightly import AlreadyRunning
from serving.refusals import ExitCode, Refusal
from serving.store.schema import LEASES
from tests.serving.stores import open_store
from tests.serving.village import NIGHT, TWO_O_CLOCK, TickingClock, run

pytestmark = pytest.mark.usefixtures("on_both_stores")


@pytest.fixture
def store(home):
    opened = open_store(home)
    yield opened
    opened.close()


ELSEWHERE = "another-host:1:1"


def taken(store, *, owner=ELSEWHERE, after=timedelta()):
    return take(store, owner=owner, as_of_date=NIGHT, now=TWO_O_CLOCK + after)


@pytest.mark.parametrize(
    ("after", "is_held"), [(LEASE - timedelta(seconds=1), True), (LEASE, False)]
)
def test_a_lease_is_held_until_it_expires_and_not_longer(store, after, is_held):
    taken(store)

    assert isinstance(taken(store, after=after), Held) == is_held


def test_every_takeover_raises_the_fence_even_after_a_release(store):
    first = taken(store)
    release(store, first, now=TWO_O_CLOCK)
    second = taken(store)
    third = taken(store, after=LEASE)

    assert [lease.fence for lease in (first, second, third)] == [1, 2, 3]


def test_a_renewed_lease_lasts_longer(store):
    lease = taken(store)

    assert renew(store, lease, now=TWO_O_CLOCK + timedelta(minutes=5))
    assert isinstance(taken(store, after=LEASE), Held)


def test_whoever_lost_the_lease_can_neither_renew_nor_release_nor_commit(store):
    old = taken(store)
    new = taken(store, after=LEASE)

    assert not renew(store, old, now=TWO_O_CLOCK + LEASE)
    release(store, old, now=TWO_O_CLOCK + LEASE)
    assert isinstance(taken(store, after=LEASE), Held)
    with store.write() as work:
        new.check(work)
        with pytest.raises(LeaseLost, match="another run took over"):
            old.check(work)


def test_the_lease_of_a_process_of_this_host_that_is_gone_is_free_at_once(store):
    gone = subprocess.Popen(["true"])
    gone.wait()
    host = this_process().split(":")[0]
    taken(store, owner=f"{host}:{gone.pid}:123")

    assert not isinstance(taken(store), Held)


def test_a_process_that_reused_the_pid_is_not_mistaken_for_the_holder(store):
    host, pid, started = this_process().split(":")
    assert int(pid) == os.getpid()
    if not started:
        pytest.skip("no /proc here to tell two processes of one pid apart")
    taken(store, owner=f"{host}:{pid}:{int(started) - 1}")

    assert not isinstance(taken(store), Held)


def test_the_lease_of_a_living_process_is_respected(store):
    taken(store, owner=this_process())

    assert isinstance(taken(store), Held)


def test_a_long_step_keeps_its_lease_by_renewing_it(store):
    length = timedelta(milliseconds=90)
    clock = TickingClock()
    lease = take(store, owner=ELSEWHERE, as_of_date=NIGHT, now=clock(), length=length)

    def expires_at():
        with store.read() as connection:
            return connection.scalar(select(LEASES.c.expires_at))

    with renewing(store, lease, clock=clock, length=length):
        for _ in range(3):
            clock.move(length * 0.9)
            give_up = time.monotonic() + 10
            while expires_at() < clock() + length and time.monotonic() < give_up:
                time.sleep(0.01)
            assert expires_at() == clock() + length


def test_the_same_night_in_another_process_leaves_nothing_to_do(home, store):
    taken(store)

    done = run(home, store=store)

    assert isinstance(done, AlreadyRunning)


def test_another_night_in_another_process_is_refused(home, store):
    taken(store)

    with pytest.raises(Refusal) as caught:
        run(home, store=store, as_of_date=NIGHT + timedelta(days=1), clock=TickingClock())

    assert caught.value.code is ExitCode.ANOTHER_NIGHT_RUNNING
    assert str(NIGHT) in caught.value.found
