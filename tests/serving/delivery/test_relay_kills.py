"""Relays that die, relays side by side, a receiver that is away for days: nothing lost, few copies, one id."""

import base64
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from serving.delivery.envelopes import Kind
from serving.delivery.lanes import MOST_IN_FLIGHT
from serving.delivery.outbox import Message, enqueue
from serving.delivery.relay import send_due
from serving.delivery.replaying import revive
from serving.delivery.schedule import RETRY_AFTER
from serving.store.schema import DELIVERIES
from tests.serving.receiver import KEY, answer, on_loopback, receiver
from tests.serving.stores import open_store
from tests.serving.village import TWO_O_CLOCK, TickingClock

MESSAGES = 60


def fill(store, number=MESSAGES):
    with store.write() as work:
        enqueue(
            work,
            [
                Message(
                    message_id=f"msg_{n:03d}",
                    kind=Kind.LIST_PUBLISHED,
                    grid_id=f"g{n:03d}",
                    place=f"d/s{n % 3}/g{n:03d}",
                    body="{}",
                )
                for n in range(number)
            ],
            now=TWO_O_CLOCK,
        )


def send(store, address, clock):
    return send_due(store, targets=[on_loopback(address.url)], clock=clock, progress=lambda _: None)


def ids(address):
    return Counter(request.headers["webhook-id"] for request in address.received)


@pytest.mark.parametrize("dies_at", [1, 9, 30, 55])
def test_a_relay_killed_at_any_request_sends_at_most_what_was_in_flight_a_second_time(
    home, dies_at
):
    store = open_store(home)
    fill(store)
    store.close()
    child, killed = 0, threading.Event()

    def kill_then_answer(handler):
        if len(address.received) >= dies_at and not killed.is_set():
            killed.set()
            os.kill(child, signal.SIGKILL)
        answer(204)(handler)

    with receiver(kill_then_answer) as address:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                send(open_store(home), address, TickingClock())
                code = 0
            finally:
                os._exit(code)
        _, ended = os.waitpid(child, 0)
        assert os.WIFSIGNALED(ended)
        clock = TickingClock()
        clock.move(timedelta(minutes=3))
        again = open_store(home)
        sent = send(again, address, clock)
        again.close()

    arrived = ids(address)
    assert sent.waiting == 0
    assert len(arrived) == MESSAGES
    assert max(arrived.values()) <= 2
    assert sum(arrived.values()) - MESSAGES <= MOST_IN_FLIGHT


def test_two_relays_at_once_send_nothing_twice(home, on_both_stores):
    stores = [open_store(home), open_store(home)]
    fill(stores[0])
    clock = TickingClock()
    with receiver() as address:
        relays = [threading.Thread(target=send, args=(store, address, clock)) for store in stores]
        for relay in relays:
            relay.start()
        for relay in relays:
            relay.join()
    for store in stores:
        store.close()

    assert ids(address) == {f"msg_{n:03d}": 1 for n in range(MESSAGES)}


def test_a_receiver_that_is_away_for_80_hours_gets_everything_in_order_when_a_person_says_so(home):
    store = open_store(home)
    fill(store, 4)
    clock = TickingClock()
    with receiver() as address:
        pass
    began = clock()
    while True:
        sent = send(store, address, clock)
        if not sent.waiting:
            break
        clock.move(timedelta(minutes=1) if sent.to_retry + sent.dead else timedelta(hours=1))

    assert clock() - began >= timedelta(hours=75)
    with store.read() as read:
        assert read.execute(
            select(DELIVERIES.c.state, func.min(DELIVERIES.c.attempts)).group_by(DELIVERIES.c.state)
        ).all() == [("dead", len(RETRY_AFTER) + 1)]
    with receiver() as back:
        assert revive(store, targets=[on_loopback(back.url)], now=clock()) == 4
        send(store, back, clock)
    store.close()
    assert sorted(ids(back)) == [f"msg_{n:03d}" for n in range(4)]
    assert back.received[0].headers["webhook-id"] == "msg_000"


def test_the_relay_of_the_command_line_sends_and_ends_when_it_is_told_to(home):
    store = open_store(home)
    fill(store, 5)
    store.close()

    with receiver() as address:
        environ = {
            **os.environ,
            "ZHAOREN_HOME": str(home),
            "ZHAOREN_WEBHOOK_URL": address.url,
            "ZHAOREN_WEBHOOK_HOSTS": "127.0.0.1",
            "ZHAOREN_WEBHOOK_SECRET": f"whsec_{base64.b64encode(KEY).decode()}",
        }
        relay = subprocess.Popen(
            [sys.executable, "-m", "serving", "outbox", "relay"],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        waiting = threading.Event()
        for _ in range(600):
            if len(address.received) == 5:
                break
            waiting.wait(0.1)
        relay.send_signal(signal.SIGTERM)
        told, _ = relay.communicate(timeout=60)

    assert relay.returncode == 0
    assert "Relaying to default" in told
    assert "5 delivered" in told
