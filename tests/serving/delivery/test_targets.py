"""Who gets which messages, and that no target waits for another."""

import asyncio
import base64
import dataclasses
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http
from cloudevents.core.formats.json import JSONFormat
from sqlalchemy import select
from standardwebhooks import Webhook

from serving.delivery.allowed import Allowed
from serving.delivery.claims import claim_due
from serving.delivery.envelopes import Kind
from serving.delivery.outbox import Message, PublishedGrid, announce, enqueue
from serving.delivery.relay import relay_until, send_due
from serving.delivery.routing import route
from serving.delivery.targets import Target, TargetsWrong, read_targets
from serving.delivery.waiting import NO_TARGET, undelivered
from serving.store.schema import DELIVERIES
from tests.serving.receiver import KEY, answer, on_loopback, receiver
from tests.serving.stores import open_store
from tests.serving.village import NIGHT, TWO_O_CLOCK, TickingClock, run

SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
BEFORE = f"whsec_{base64.b64encode(bytes(range(100, 132))).decode()}"
FILE = """
hosts: [hook.city.gov]
networks: [10.20.0.0/16]
targets:
  - name: street-platform
    url: https://hook.city.gov/a
    kinds: [list.published]
    places: [d/s1]
    secret_file: now.key
    secret_before_file: before.key
"""


@pytest.fixture
def store(home, on_both_stores):
    run(home)
    opened = open_store(home)
    yield opened
    opened.close()


@pytest.fixture
def targets_file(tmp_path):
    (tmp_path / "now.key").write_text(SECRET + "\n")
    (tmp_path / "before.key").write_text(BEFORE)
    file = tmp_path / "targets.yaml"
    file.write_text(FILE)
    return file


def send(store, *targets, clock=None):
    return send_due(store, targets=targets, clock=clock or TickingClock(), progress=lambda _: None)


def grids(address):
    return sorted(
        request.body.split(b'"grid_id": "')[1][:2].decode() for request in address.received
    )


def test_a_file_of_targets_says_who_gets_what(targets_file):
    [target] = read_targets(targets_file)

    assert (target.name, target.poster.url) == ("street-platform", "https://hook.city.gov/a")
    assert target.poster.keys == [KEY, bytes(range(100, 132))]
    assert target.wants("list.published", "d/s1/c1/g1")
    assert target.wants("list.published", "d/s1")
    assert not target.wants("list.published", "d/s10/c1/g1")
    assert not target.wants("list.published", "d/s2/c1/g1")
    assert not target.wants("list.published", "")
    assert not target.wants("target.disabled", "d/s1/c1/g1")


@pytest.mark.parametrize(
    ("written", "instead", "says"),
    [
        ("hosts: [hook.city.gov]", "hosts: []", "not among the allowed hosts"),
        ("https://hook", "http://hook", "https only"),
        ("now.key", "absent.key", "absent.key"),
        ("[list.published]", "[everything]", "kinds"),
        ("[list.published]", "[]", "kinds"),
        ("places: [d/s1]", "places: []", "places"),
        ("places: [d/s1]", "places: [/d/s1/]", "place"),
        ("    places: [d/s1]\n", "", "places"),
        ("    secret_file: now.key\n", "", "secret_file"),
        ("10.20.0.0/16", "10.20.0.0/99", "networks"),
        ("street-platform", "Street Platform", "name"),
        ("targets:", "target:", "targets"),
    ],
)
def test_what_is_not_listed_is_denied_and_a_wrong_file_refused(
    targets_file, written, instead, says
):
    targets_file.write_text(FILE.replace(written, instead, 1))

    with pytest.raises(TargetsWrong, match=says):
        read_targets(targets_file)


def test_two_targets_of_one_name_are_refused(targets_file):
    targets_file.write_text(FILE + FILE[FILE.index("  - name") :])

    with pytest.raises(TargetsWrong, match="two targets"):
        read_targets(targets_file)


def test_a_weak_secret_is_refused_without_being_shown(targets_file):
    (targets_file.parent / "now.key").write_text("changeme")

    with pytest.raises(TargetsWrong) as caught:
        read_targets(targets_file)

    assert "changeme" not in str(caught.value)


def test_each_target_gets_its_places_and_kinds_under_the_same_id(store):
    with receiver() as everything, receiver() as street, receiver() as nothing:
        send(
            store,
            on_loopback(everything.url, name="all"),
            on_loopback(street.url, name="s1", places=("d/s1",)),
            on_loopback(nothing.url, name="none", kinds=frozenset({Kind.TARGET_DISABLED})),
        )

    assert (grids(everything), grids(street), nothing.received) == (
        ["g1", "g2", "g3"],
        ["g1", "g2"],
        [],
    )
    ids = [
        {request.headers["webhook-id"] for request in one.received} for one in (everything, street)
    ]
    assert ids[1] < ids[0]


def test_a_receiver_with_the_standard_libraries_understands_the_message_and_its_sender(
    store, monkeypatch
):
    with receiver() as address:
        send(store, on_loopback(address.url, places=("d/s1/c-g1",)))

    [request] = address.received
    sent_at = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), tz=UTC)
    monkeypatch.setattr("standardwebhooks.webhooks.datetime", _Frozen(sent_at))
    assert Webhook(SECRET).verify(request.body, request.headers)["subject"] == "d/s1/c-g1/g1"
    event = from_http(HTTPMessage(headers=request.headers, body=request.body), JSONFormat())
    assert event.get_type() == "zhaoren.list.published.v1"
    assert event.get_id() == request.headers["webhook-id"]
    assert event.get_data()["grid_id"] == "g1"


class _Frozen:
    """The library asks the clock; this one stands still."""

    def __init__(self, at):
        self.at = at

    def now(self, tz=None):
        return self.at

    def fromtimestamp(self, *arguments, **options):
        return datetime.fromtimestamp(*arguments, tz=options.get("tz", UTC))


def test_while_a_secret_is_replaced_both_the_old_and_the_new_one_verify(
    targets_file, store, monkeypatch
):
    [target] = read_targets(targets_file)
    with receiver() as address:
        on_this_machine = on_loopback(address.url, places=("d/s1/c-g1",))
        on_this_machine.poster.keys = target.poster.keys
        send(store, on_this_machine)

    [request] = address.received
    sent_at = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), tz=UTC)
    monkeypatch.setattr("standardwebhooks.webhooks.datetime", _Frozen(sent_at))
    for secret in (SECRET, BEFORE):
        Webhook(secret).verify(request.body, request.headers)


def test_a_target_added_later_gets_what_comes_later(store):
    with receiver() as early, receiver() as late:
        send(store, on_loopback(early.url, name="early"))
        send(store, on_loopback(early.url, name="early"), on_loopback(late.url, name="late"))

    assert (len(early.received), len(late.received)) == (3, 0)


def test_one_that_is_gone_is_disabled_and_another_target_is_told(store):
    with receiver(answer(410)) as gone, receiver() as other:
        targets = [on_loopback(gone.url, name="gone"), on_loopback(other.url, name="other")]
        sent = send(store, *targets)
        send(store, *targets)

    assert "gone: the receiver answered 410 Gone" in sent.halted
    assert len(gone.received) == 1
    assert len(other.received) == 4
    news = [request.body for request in other.received if b"target.disabled" in request.body]
    assert len(news) == 1
    assert b'"target": "gone"' in news[0]


def test_a_disabled_target_that_has_moved_is_tried_again(store):
    with receiver(answer(410)) as old, receiver() as new:
        send(store, on_loopback(old.url))
        send(store, on_loopback(new.url))

    assert len(new.received) == 2


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_to_wait_is_left_alone_by_all_its_messages(store, status):
    with receiver(answer(status, retry_after="3600")) as address:
        sent = send(store, on_loopback(address.url))

    assert len(address.received) == 1
    assert "asked to wait 1:00:00" in sent.halted


def test_a_name_that_leads_inside_stops_its_lane_and_is_tried_again_later(store, monkeypatch):
    target = on_loopback("http://127.0.0.1:9/")
    target.poster.url = "https://hook.city.gov/"
    target.poster.allowed = Allowed(hosts=frozenset({"hook.city.gov"}))
    target.poster.resolve = lambda host, port: ["10.0.0.1"]

    sent = send(store, target)

    assert "not connected" in sent.halted
    assert (sent.to_retry, sent.dead, sent.waiting) == (1, 0, 3)


def test_a_target_that_surprises_does_not_end_the_others(store, monkeypatch):
    with receiver() as address:
        strange = on_loopback("http://127.0.0.1:9/", name="strange")
        strange.poster.resolve = lambda host, port: ["no address"]
        sent = send(store, strange, on_loopback(address.url))

    assert len(address.received) == 3
    assert sent.delivered == 3


def test_a_date_to_come_back_on_is_understood(store):
    clock = TickingClock()
    until = (TWO_O_CLOCK + timedelta(hours=2)).astimezone(UTC)
    with receiver(answer(503, retry_after=until.strftime("%a, %d %b %Y %H:%M:%S GMT"))) as address:
        send(store, on_loopback(address.url, places=("d/s1/c-g1",)), clock=clock)

    with store.read() as read:
        assert read.scalar(select(DELIVERIES.c.next_attempt_at)) == until


def test_what_waits_is_shown_by_target_and_without_one(store):
    [line] = undelivered(store)
    assert (line.target, line.messages) == (NO_TARGET, 3)
    with receiver(answer(500)) as address:
        send(store, on_loopback(address.url, places=("d/s1",)))

    [line] = undelivered(store)
    assert (line.target, line.state, line.messages, line.last_result) == (
        "loopback",
        "pending",
        2,
        "500",
    )


def test_a_slow_receiver_holds_up_nobody_else(store):
    arrived = []
    let_go = threading.Event()

    def slow(handler):
        let_go.wait(5)
        answer(204)(handler)

    def fast(handler):
        arrived.append(time.monotonic())
        answer(204)(handler)

    with receiver(slow) as slow_one, receiver(fast) as fast_one:
        began = time.monotonic()
        threading.Timer(1.5, let_go.set).start()
        sent = send(
            store, on_loopback(slow_one.url, name="slow"), on_loopback(fast_one.url, name="fast")
        )

    assert sent.delivered == 6
    assert max(arrived) - began < 1.0
    assert time.monotonic() - began > 1.5


def test_the_running_relay_sends_news_while_a_slow_receiver_keeps_it_waiting(store):
    """News for one target must not wait for another target's answer."""
    let_go = threading.Event()

    def slow(handler):
        let_go.wait(8)
        answer(204)(handler)

    async def scene(targets, address):
        stop = asyncio.Event()
        running = asyncio.create_task(
            relay_until(
                store, targets=targets, clock=TickingClock(), progress=lambda _: None, stop=stop
            )
        )
        while len(address.received) < 3:
            await asyncio.sleep(0.02)
        began = time.monotonic()
        with store.write() as work:
            enqueue(work, [news("g9")], now=TWO_O_CLOCK)
        while len(address.received) < 4:
            await asyncio.sleep(0.02)
        waited = time.monotonic() - began
        let_go.set()
        stop.set()
        return waited, await asyncio.wait_for(running, 5)

    with receiver(slow) as slow_one, receiver() as address:
        targets = [
            on_loopback(slow_one.url, name="slow", deadline_s=10.0),
            on_loopback(address.url, name="fast"),
        ]
        waited, sent = asyncio.run(asyncio.wait_for(scene(targets, address), 15))

    assert waited < 1.5
    assert sent.delivered >= 5


def news(grid_id):
    return Message(
        message_id=f"msg_{grid_id}",
        kind=Kind.LIST_PUBLISHED,
        grid_id=grid_id,
        place=f"d/s1/c1/{grid_id}",
        body=f'{{"grid_id": "{grid_id}"}}',
    )


def test_every_grids_first_message_goes_before_any_grids_second(home):
    store = open_store(home)
    heavy = [dataclasses.replace(news("heavy"), message_id=f"msg_h{n}") for n in range(6)]
    with store.write() as work:
        enqueue(work, heavy, now=TWO_O_CLOCK)
        enqueue(work, [news("g1"), news("g2")], now=TWO_O_CLOCK + timedelta(seconds=1))
    later = TWO_O_CLOCK + timedelta(minutes=1)
    route(store, targets=[on_loopback("http://127.0.0.1:9/")], now=later)
    with store.write() as work:
        claims = [
            claim.message_id
            for _ in range(8)
            for claim in claim_due(work, wanted={"loopback": 1}, now=later)
        ]
    store.close()

    assert claims == ["msg_h0", "msg_g1", "msg_g2", *[f"msg_h{n}" for n in range(1, 6)]]


def test_ids_of_the_same_publication_are_the_same_wherever_they_are_made():
    told = {
        "as_of_date": NIGHT,
        "publish_seq": 1,
        "published_at": TWO_O_CLOCK,
        "grids": [PublishedGrid(grid_id="g1", place="d/g1", entries={"grid_worker": 1})],
    }

    assert announce(**told) == announce(**told)


def test_a_target_named_by_nobody_gets_nothing():
    assert not Target(name="t", poster=on_loopback("http://127.0.0.1/").poster, places=()).wants(
        "list.published", "d"
    )
