"""One digest per visitor and night, through gateways that may say no; nothing about a household in it."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from serving.access.members import begin_membership
from serving.access.places import Level
from serving.access.roles import Role
from serving.delivery.digests.gateways import GatewaysWrong, read_gateways
from serving.delivery.digests.overview import UNCERTAIN, overview
from serving.delivery.digests.sending import RETRY_AFTER, prepare, send_due_digests
from serving.ledger.runs import latest_publication
from serving.store.schema import DIGESTS
from tests.serving.receiver import answer, receiver
from tests.serving.stores import open_store
from tests.serving.village import HOUSEHOLDS, TWO_O_CLOCK, TickingClock, run

HOUSEHOLD_IDS = [line.split("|")[0].strip() for line in HOUSEHOLDS.splitlines()[3:] if "|" in line]


@pytest.fixture
def store(home):
    """A night of three grids and three people: two visit, one is nobody's visitor."""
    run(home)
    opened = open_store(home)
    people = [
        ("w1", Role.GRID_WORKER, Level.GRID, "g1"),
        ("w2", Role.GRID_WORKER, Level.STREET, "s1"),
        ("w3", Role.SUPERVISOR, Level.DISTRICT, "d"),
    ]
    with opened.write() as work:
        for worker, role, level, place in people:
            begin_membership(
                work, worker_id=worker, role=role, level=level, place_id=place, now=TWO_O_CLOCK
            )
    yield opened
    opened.close()


def gateways(folder, url, *, hosts=("127.0.0.1",), contacts=("w1", "w2", "w3")):
    lines = "".join(f"{worker},sms,1380000000{n}\n" for n, worker in enumerate(contacts))
    (folder / "contacts.csv").write_text(f"worker_id,gateway,address\n{lines}")
    (folder / "sms.url").write_text(url.replace("http://", "json://") + "?:to={address}&:token=tk0")
    (folder / "ops.url").write_text(url.replace("http://", "json://"))
    file = folder / "gateways.yaml"
    file.write_text(
        f"hosts: {json.dumps(list(hosts))}\n"
        "gateways: {sms: {url_file: sms.url}, ops: {url_file: ops.url}}\n"
        "operators: ops\ncontacts: contacts.csv\nlink: https://zhaoren.city.gov/\n"
    )
    return read_gateways(file)


def said(code):
    """Answer 200 with a result code in the body, as 企业微信 and 钉钉 do."""

    def behave(handler):
        body = json.dumps({"errcode": code, "errmsg": "hint"}).encode()
        handler.send_response(200)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def send(store, through, clock):
    night = latest_publication(store)
    prepare(store, through, night=night, now=clock())
    return send_due_digests(store, through, night=night, clock=clock)


def states(store):
    with store.read() as connection:
        rows = connection.execute(select(DIGESTS).order_by(DIGESTS.c.worker_id))
        return {row.worker_id: (row.state, row.attempts, row.last_result) for row in rows}


def test_each_visitor_hears_once_how_many_households_and_where_to_read_them(store, tmp_path):
    with receiver() as address:
        through = gateways(tmp_path, address.url)
        first = send(store, through, TickingClock())
        again = send(store, through, TickingClock())

    assert (first.sent, again.sent) == (2, 0)
    told = {
        json.loads(request.body)["to"]: json.loads(request.body)["message"]
        for request in address.received
    }
    assert told == {
        "13800000000": "2026-03-09：请走访 3 户。https://zhaoren.city.gov/",
        "13800000001": "2026-03-09：请走访 5 户。https://zhaoren.city.gov/",
    }


def test_nothing_about_a_household_is_in_a_digest(store, tmp_path):
    with receiver() as address:
        send(store, gateways(tmp_path, address.url), TickingClock())

    everything = b"".join(request.body for request in address.received).decode()
    assert everything
    assert not [known_as for known_as in HOUSEHOLD_IDS if known_as in everything]
    assert "欠费" not in everything


@pytest.mark.parametrize("no", [answer(500), answer(401), said(45009), said(42001)])
def test_one_who_was_not_reached_is_tried_again_alone_and_then_given_up_on(store, tmp_path, no):
    clock = TickingClock()
    with receiver(no) as address:
        through = gateways(tmp_path, address.url, contacts=["w1"])
        rounds = [send(store, through, clock)]
        for wait in RETRY_AFTER:
            assert send(store, through, clock).to_retry == 0
            clock.move(wait)
            rounds.append(send(store, through, clock))

    assert [one.to_retry for one in rounds] == [1, 1, 1, 0]
    assert rounds[-1].failed == 1
    assert len(address.received) == 1 + len(RETRY_AFTER)


def test_a_result_code_of_zero_is_a_yes(store, tmp_path):
    with receiver(said(0)) as address:
        assert send(store, gateways(tmp_path, address.url), TickingClock()).sent == 2


def test_the_failure_of_one_is_not_that_of_the_others(store, tmp_path):
    with receiver(answer(500), answer(204)) as address:
        through = gateways(tmp_path, address.url)
        clock = TickingClock()
        first = send(store, through, clock)
        clock.move(timedelta(minutes=1))
        second = send(store, through, clock)

    assert (first.sent, first.to_retry, second.sent) == (1, 1, 1)
    assert len(address.received) == 3


def test_a_gateway_that_takes_one_a_minute_gets_one_a_call(store, tmp_path):
    with receiver() as address:
        gateways(tmp_path, address.url)
        file = tmp_path / "gateways.yaml"
        file.write_text(file.read_text().replace("sms.url}", "sms.url, per_minute: 1}"))
        through = read_gateways(file)
        rounds = [send(store, through, TickingClock()).sent for _ in range(3)]

    assert rounds == [1, 1, 0]


def test_a_digest_of_which_nobody_knows_whether_it_arrived_is_shown_and_not_sent_again(
    store, tmp_path, monkeypatch
):
    class Killed(BaseException):
        pass

    def die(name):
        if name == "digests.handed_over":
            raise Killed

    clock = TickingClock()
    with receiver() as address:
        through = gateways(tmp_path, address.url, contacts=["w1"])
        monkeypatch.setattr("serving.delivery.digests.sending.failpoint", die)
        with pytest.raises(Killed):
            send(store, through, clock)
        monkeypatch.undo()
        clock.move(timedelta(hours=1))
        again = send(store, through, clock)

    assert (again.sent, len(address.received)) == (0, 1)
    [line] = overview(store, now=clock())
    assert (line.state, line.workers) == (UNCERTAIN, ("w1",))


def test_a_gateway_on_a_host_that_is_not_listed_is_never_connected_to(store, tmp_path):
    with receiver() as address:
        through = gateways(tmp_path, address.url, hosts=["qyapi.weixin.qq.com"])
        handed = send(store, through, TickingClock())

    assert (handed.sent, handed.to_retry) == (0, 2)
    assert address.received == []
    assert states(store)["w1"][2] == "host not allowed"


def test_a_gateway_that_sends_elsewhere_is_not_followed(store, tmp_path):
    with receiver() as other, receiver(answer(307, location=other.url)) as address:
        send(store, gateways(tmp_path, address.url, contacts=["w1"]), TickingClock())

        assert len(address.received) == 1
        assert other.received == []


@pytest.mark.parametrize(
    "url",
    [
        "wecombot://0a1b2c3d-aaaa-bbbb-cccc-1234567890ab",
        "dingtalk://" + "a" * 64 + "/13800000000",
        "feishu://" + "a" * 40,
        "mailtos://user:pass@smtp.city.gov?to=a@city.gov",
        "jsons://sms.city.gov/send",
    ],
)
def test_gateways_of_every_kind_are_understood_and_end_at_the_list_of_hosts(store, tmp_path, url):
    (tmp_path / "x.url").write_text(url)
    through = gateways(tmp_path, "http://127.0.0.1:9/")
    (tmp_path / "ops.url").write_text(url)
    through = read_gateways(tmp_path / "gateways.yaml")

    said = through.tell_operators(title="t", body="b")

    assert said is not None
    assert not said.is_accepted
    assert said.told in ("host not allowed", "refused")


def test_no_address_and_no_token_is_ever_shown(store, tmp_path, caplog, capsys):
    with receiver(answer(500)) as address:
        through = gateways(tmp_path, address.url)
        send(store, through, TickingClock())

    shown = repr(through) + caplog.text + "".join(capsys.readouterr()) + repr(states(store))
    for secret in ("138000", "tk0", "json://"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("gateways.yaml", "hosts: [a]\n", "gateways"),
        ("gateways.yaml", "{", "cannot be read"),
        ("contacts.csv", "worker_id,gateway\nw1,sms\n", "line 2"),
        ("contacts.csv", "worker_id,gateway,address\nw1,pager,1\n", "no such gateway"),
        ("contacts.csv", "worker_id,gateway,address\nw1,sms,1\nw1,sms,2\n", "line already"),
    ],
)
def test_a_wrong_file_is_refused_by_its_entry(tmp_path, name, content, says):
    gateways(tmp_path, "http://127.0.0.1:9/")
    (tmp_path / name).write_text(content)

    with pytest.raises(GatewaysWrong, match=says):
        read_gateways(tmp_path / "gateways.yaml")
