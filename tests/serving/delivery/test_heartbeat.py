"""The list that never came, and the books of a night that do not close."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from serving.access.members import begin_membership
from serving.access.places import Level
from serving.access.roles import Role
from serving.delivery.balance import balances, reconcile
from serving.delivery.heartbeat import Trouble, expected_date, look, not_told_yet, note_told
from serving.delivery.relay import send_due
from serving.store.schema import DELIVERIES, OUTBOX
from tests.serving.receiver import on_loopback, receiver
from tests.serving.stores import open_store
from tests.serving.village import NIGHT, TWO_O_CLOCK, ZONE, TickingClock, Village, run

SIX = datetime(2026, 3, 9, 6, 0, tzinfo=ZONE)


@pytest.fixture
def store(home, on_both_stores):
    run(home)
    opened = open_store(home)
    yield opened
    opened.close()


def troubles(store, now):
    return [found.trouble for found in look(store, now=now, zone=ZONE, ready_hour=6)]


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (SIX - timedelta(seconds=1), date(2026, 3, 8)),
        (SIX, date(2026, 3, 9)),
        (SIX + timedelta(hours=23, minutes=59), date(2026, 3, 9)),
        (SIX + timedelta(hours=24), date(2026, 3, 10)),
    ],
)
def test_a_days_list_is_expected_from_the_hour_the_policy_promises(now, day):
    assert expected_date(now=now, zone=ZONE, ready_hour=6) == day


def test_a_list_that_is_there_and_was_delivered_is_no_news(store):
    with receiver() as address:
        send_due(
            store,
            targets=[on_loopback(address.url)],
            clock=TickingClock(),
            progress=lambda _: None,
        )

    assert troubles(store, SIX + timedelta(hours=3)) == []


def test_a_list_that_never_came_is_noticed_without_any_night_having_run(home):
    empty = open_store(home)

    assert troubles(empty, SIX) == [Trouble.LIST_MISSING]
    empty.close()


def test_the_morning_after_the_last_list_is_noticed_at_the_ready_hour_and_not_before(store):
    assert Trouble.LIST_MISSING not in troubles(store, SIX + timedelta(hours=23, minutes=59))
    assert troubles(store, SIX + timedelta(hours=24)) == [Trouble.LIST_MISSING]


@pytest.mark.parametrize(
    ("members", "wrong"),
    [([], False), (["w1", "w2"], False), (["w1"], True), (["somebody"], True)],
    ids=["lists on paper", "all of them", "one of two", "other numbers"],
)
def test_a_list_named_for_somebody_who_cannot_sign_in_is_noticed(home, members, wrong):
    village = Village(staff={("g1", "grid_worker"): {"w1": 2, "w2": 1}})
    run(home, upstream=village)
    opened = open_store(home)
    with opened.write() as work:
        for worker in members:
            begin_membership(
                work,
                worker_id=worker,
                role=Role.GRID_WORKER,
                level=Level.GRID,
                place_id="g1",
                now=TWO_O_CLOCK,
            )

    assert (Trouble.NOBODY_SIGNS_IN in troubles(opened, SIX)) == wrong
    opened.close()


def test_operators_are_told_once_and_again_of_something_else(store):
    tomorrow = look(store, now=SIX + timedelta(days=1), zone=ZONE, ready_hour=6)
    note_told(store, not_told_yet(store, tomorrow), now=SIX)
    note_told(store, tomorrow, now=SIX)
    day_after = look(store, now=SIX + timedelta(days=2), zone=ZONE, ready_hour=6)

    assert not_told_yet(store, tomorrow) == []
    assert not_told_yet(store, day_after) == day_after != []


def deliver_all(store, **changed):
    with receiver() as address:
        send_due(
            store,
            targets=[on_loopback(address.url)],
            clock=TickingClock(),
            progress=lambda _: None,
        )
    with store.write() as work:
        if changed:
            work.execute(update(DELIVERIES).where(DELIVERIES.c.grid_id == "g2").values(**changed))


def test_messages_that_were_given_up_on_are_told_of(store):
    deliver_all(store, state="dead")

    assert troubles(store, SIX) == [Trouble.MESSAGES_DEAD]


def test_messages_that_wait_for_an_hour_are_told_of(store):
    deliver_all(store, state="pending")

    assert troubles(store, SIX) == [Trouble.MESSAGES_LATE]


def test_a_list_that_no_message_announces_is_told_of_and_made_good_under_its_own_id(store):
    deliver_all(store)
    with store.write() as work:
        before = {row.grid_id: row for row in work.execute(OUTBOX.select())}
        work.execute(delete(DELIVERIES).where(DELIVERIES.c.grid_id.in_(["g1", "g2"])))
        work.execute(delete(OUTBOX).where(OUTBOX.c.grid_id == "g1"))
    assert troubles(store, SIX) == [Trouble.NOT_ANNOUNCED]

    target = on_loopback("http://127.0.0.1:9/")
    done = reconcile(store, targets=[target], since=NIGHT, now=TWO_O_CLOCK)
    again = reconcile(store, targets=[target], since=NIGHT, now=TWO_O_CLOCK)

    assert (done.messages, done.deliveries) == (1, 2)
    assert (again.messages, again.deliveries) == (0, 0)
    with store.read() as read:
        after = {row.grid_id: row for row in read.execute(OUTBOX.select())}
        [balance] = balances(read)
    assert {g: (row.message_id, row.body) for g, row in after.items()} == {
        g: (row.message_id, row.body) for g, row in before.items()
    }
    assert balance.by_target == {"loopback": {"delivered": 1, "pending": 2}}


def test_the_books_of_a_night_close_when_everything_is_delivered(store):
    with store.read() as read:
        [waiting] = balances(read)
    deliver_all(store)
    with store.read() as read:
        [closed] = balances(read)

    assert (waiting.published, waiting.announced, waiting.unrouted, waiting.is_closed) == (
        3,
        3,
        3,
        False,
    )
    assert (closed.by_target, closed.is_closed) == ({"loopback": {"delivered": 3}}, True)
