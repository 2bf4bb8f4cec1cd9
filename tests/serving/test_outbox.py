"""Messages wait, are sent once, retried on schedule, and given up on into a person's hands."""

import json
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, update

from serving.delivery.lanes import UNREACHABLE_IN_A_ROW
from serving.delivery.outbox import PublishedGrid, announce
from serving.delivery.relay import send_due
from serving.delivery.replaying import revive
from serving.delivery.routing import route
from serving.delivery.schedule import RETRY_AFTER, wait_before
from serving.store.schema import DELIVERIES
from tests.serving.receiver import answer, on_loopback, receiver
from tests.serving.stores import open_store
from tests.serving.village import NIGHT, TWO_O_CLOCK, TickingClock, Village, grid, run

pytestmark = pytest.mark.usefixtures("on_both_stores")


@pytest.fixture
def store(home):
    """A store in which one night of three grids waits to be announced."""
    run(home)
    opened = open_store(home)
    yield opened
    opened.close()


def send(store, url, clock):
    return send_due(store, targets=[on_loopback(url)], clock=clock, progress=lambda _: None)


def messages(store):
    with store.read() as connection:
        rows = connection.execute(select(DELIVERIES).order_by(DELIVERIES.c.grid_id))
        return {row.grid_id: row for row in rows}


def only(store, grid_id):
    """Leave one message waiting, the others delivered."""
    route(store, targets=[on_loopback("http://127.0.0.1/")], now=TWO_O_CLOCK)
    with store.write() as connection:
        connection.execute(
            update(DELIVERIES).where(DELIVERIES.c.grid_id != grid_id).values(state="delivered")
        )


def test_each_grid_gets_one_message_with_counts_and_a_path_and_nothing_about_a_household(store):
    with receiver() as address:
        sent = send(store, address.url, TickingClock())

    assert (sent.delivered, sent.waiting) == (3, 0)
    requests = sorted(address.received, key=lambda request: json.loads(request.body)["subject"])
    bodies = [json.loads(request.body) for request in requests]
    assert [body["data"]["grid_id"] for body in bodies] == ["g1", "g2", "g3"]
    assert bodies[0] == {
        "specversion": "1.0",
        "id": requests[0].headers["webhook-id"],
        "source": "/zhaoren",
        "type": "zhaoren.list.published.v1",
        "subject": "d/s1/c-g1/g1",
        "time": "2026-03-08T18:00:00Z",
        "datacontenttype": "application/json",
        "data": {
            "as_of_date": "2026-03-09",
            "grid_id": "g1",
            "lists": [
                {"role": "grid_worker", "entries": 3},
                {"role": "social_worker", "entries": 1},
                {"role": "street_officer", "entries": 1},
            ],
            "path": "/v1/lists/2026-03-09/g1",
            "publish_seq": 1,
        },
    }
    for request in address.received:
        assert b"wang" not in request.body
        assert b"a-" not in request.body


def test_what_was_delivered_is_not_sent_again(store):
    with receiver() as address:
        send(store, address.url, TickingClock())
        again = send(store, address.url, TickingClock())

    assert again.delivered == 0
    assert len(address.received) == 3


def test_a_message_keeps_its_id_and_body_however_often_it_is_tried(store):
    only(store, "g1")
    clock = TickingClock()
    with receiver(answer(500), answer(503), answer(204)) as address:
        for _ in range(3):
            send(store, address.url, clock)
            clock.move(timedelta(hours=1))

    assert len({request.headers["webhook-id"] for request in address.received}) == 1
    assert len({request.body for request in address.received}) == 1
    stamps = [request.headers["webhook-timestamp"] for request in address.received]
    assert len(set(stamps)) == 3


def test_the_id_depends_on_date_grid_and_sequence_alone():
    def published(grid_id):
        return PublishedGrid(grid_id=grid_id, place=f"d/{grid_id}", entries={"grid_worker": 3})

    def ids(**changes):
        told = {
            "as_of_date": NIGHT,
            "publish_seq": 1,
            "published_at": TWO_O_CLOCK,
            "grids": [published("g1")],
        } | changes
        return [message.message_id for message in announce(**told)]

    assert ids() == ids(published_at=TWO_O_CLOCK + timedelta(hours=1))
    assert ids() != ids(publish_seq=2)
    assert ids() != ids(grids=[published("g2")])


def test_the_schedule_is_kept_to_the_second_and_ends_dead(store):
    only(store, "g2")
    clock = TickingClock()
    tried = []
    with receiver(answer(500)) as address:
        for _ in range(20):
            before = len(address.received)
            send(store, address.url, clock)
            row = messages(store)["g2"]
            if len(address.received) > before:
                tried.append(clock())
            if row.state == "dead":
                break
            due = row.next_attempt_at
            clock.move(due - clock() - timedelta(seconds=1))
            assert send(store, address.url, clock).to_retry == 0
            clock.move(timedelta(seconds=1))

    waits = [later - earlier for earlier, later in pairwise(tried)]
    assert len(tried) == len(RETRY_AFTER) + 1
    for wait, planned in zip(waits, RETRY_AFTER, strict=True):
        assert planned <= wait <= planned * 1.2
    row = messages(store)["g2"]
    assert (row.state, row.attempts, row.last_result) == ("dead", 10, "500")


def test_the_schedule_reaches_beyond_three_days():
    assert sum(RETRY_AFTER, timedelta()) > timedelta(hours=72)


def test_two_messages_that_failed_together_do_not_come_back_together():
    waits = {
        wait_before(attempts=2, message_id=f"msg_{number}", asked=None) for number in range(20)
    }

    assert len(waits) == 20


def test_the_receiver_may_ask_for_more_time_but_not_for_less():
    asked = wait_before(attempts=1, message_id="m", asked=timedelta(hours=1))
    hurried = wait_before(attempts=4, message_id="m", asked=timedelta(seconds=1))

    assert asked == timedelta(hours=1)
    assert hurried >= timedelta(hours=2)


def test_gone_kills_the_message_and_disables_the_target_until_replayed(store):
    clock = TickingClock()
    with receiver(answer(410), answer(204)) as address:
        first = send(store, address.url, clock)
        second = send(store, address.url, clock)

        assert (first.dead, first.waiting) == (1, 2)
        assert "disabled" in second.halted
        assert len(address.received) == 1

        revived = revive(store, targets=[on_loopback(address.url)], now=clock())
        third = send(store, address.url, clock)

    assert (revived, third.delivered, third.waiting) == (1, 3, 0)


def test_a_dead_receiver_ends_the_round_early_and_costs_the_others_no_attempt(home):
    eight = {f"g{number}": grid(f"g{number}", "s1") for number in range(1, 9)}
    run(home, upstream=Village(grids=eight, capacity={(g, "grid_worker"): 1 for g in eight}))
    store = open_store(home)
    with receiver() as address:
        pass

    sent = send(store, address.url, TickingClock())

    assert "unreachable" in sent.halted
    attempts = [row.attempts for row in messages(store).values()]
    assert sorted(attempts) == [0, 0, 0, *[1] * UNREACHABLE_IN_A_ROW]
    store.close()


def test_without_a_target_the_messages_wait_and_it_is_said(store):
    sent = send_due(store, targets=[], clock=TickingClock(), progress=lambda _: None)

    assert sent.waiting == 3
    assert "no webhook target" in sent.sentence


def test_a_message_claimed_by_another_sender_is_left_alone_until_its_claim_ends(store):
    clock = TickingClock()
    route(store, targets=[on_loopback("http://127.0.0.1/")], now=clock())
    with store.write() as connection:
        connection.execute(
            update(DELIVERIES).values(next_attempt_at=clock() + timedelta(minutes=2))
        )

    with receiver() as address:
        during = send(store, address.url, clock)
        clock.move(timedelta(minutes=2))
        after = send(store, address.url, clock)

    assert (during.delivered, after.delivered) == (0, 3)


def test_two_senders_at_once_share_the_work_and_send_nothing_twice(store, home):
    clock = TickingClock()
    other_senders_result = []

    def meanwhile(handler):
        second = open_store(home)
        other_senders_result.append(send(second, address.url, clock))
        second.close()
        answer(204)(handler)

    with receiver(meanwhile, answer(204)) as address:
        first = send(store, address.url, clock)

    assert len({request.headers["webhook-id"] for request in address.received}) == 3
    assert len(address.received) == 3
    assert (first.delivered, other_senders_result[0].delivered) == (1, 2)
