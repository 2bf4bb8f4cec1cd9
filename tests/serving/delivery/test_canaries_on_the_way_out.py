"""Fifty strings that name people, put wherever a person's data can be, and looked for in all that leaves."""

import base64
import csv
import dataclasses
import io
import logging

import pytest

from serving.access.members import begin_membership
from serving.access.places import Level
from serving.access.roles import Role
from serving.cli import main
from serving.delivery.files.filled import SheetRefused, rows_in
from serving.delivery.files.intake import read_in
from serving.delivery.relay import send_due
from serving.store import open_store
from serving.upstream.protocol import Explanation
from tests.canaries import fifty, hits_in_text
from tests.serving.receiver import KEY, answer, on_loopback, receiver
from tests.serving.village import NIGHT, TWO_O_CLOCK, TickingClock, Village, policy, run

EVERY = fifty().every


class TalkativeVillage(Village):
    """Reasons, uncertainties and address ids that name people, as a department might send them."""

    def explain(self, **arguments):
        told = "，".join(EVERY)
        return {
            household: Explanation(
                reasons=tuple(
                    dataclasses.replace(reason, text=f"{reason.text} {told}")
                    for reason in one.reasons
                ),
                uncertainty=told,
            )
            for household, one in super().explain(**arguments).items()
        }

    def surroundings(self, **arguments):
        found = super().surroundings(**arguments)
        addresses = found.addresses.assign(address_id=" ".join(EVERY))
        return dataclasses.replace(found, addresses=addresses)


@pytest.fixture
def published(home):
    """A night whose lists are full of names, because lists are what may hold facts."""
    run(home, upstream=TalkativeVillage())
    listed = (home / "lists" / NIGHT.isoformat() / "g1" / "grid_worker.html").read_text("utf-8")
    assert len(hits_in_text(listed, EVERY)) == len(EVERY) == 50
    return home


def echoing(status):
    """A receiver that sends people's data back, in its headers and its body."""

    def behave(handler):
        body = " ".join(EVERY).encode()
        handler.send_response(status)
        handler.send_header("x-said", EVERY[0])
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def test_no_message_no_result_and_no_log_line_names_anybody(published, caplog):
    caplog.set_level(logging.DEBUG)
    store = open_store(published)
    said = []
    with receiver(echoing(500), echoing(204), echoing(410)) as address:
        sent = send_due(
            store,
            targets=[on_loopback(address.url)],
            clock=TickingClock(),
            progress=said.append,
        )
    store.close()

    assert len(address.received) == 3
    left = [
        request.body.decode() + str(request.headers) + request.path for request in address.received
    ]
    assert hits_in_text("\n".join([*left, *said, sent.sentence, caplog.text]), EVERY) == []


def filled_with_names(home):
    """A sheet with people's data in every cell that is not meant for it."""
    path = home / "lists" / NIGHT.isoformat() / "g1" / "grid_worker.csv"
    lines = list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
    header = lines[0]
    for line, column in zip(lines[1:4], ("走访日期", "走访结果", "需要"), strict=True):
        line[header.index("走访日期")] = "2026-03-09"
        line[header.index("走访结果")] = "已帮扶"
        line[header.index("还需要什么")] = " ".join(EVERY)[:500]
        line[header.index(column)] = " ".join(EVERY)
    out = io.StringIO(newline="")
    csv.writer(out).writerows(lines)
    return out.getvalue().encode()


def test_what_is_not_understood_in_a_filled_sheet_is_not_repeated(published, caplog):
    caplog.set_level(logging.DEBUG)
    store = open_store(published)
    with store.write() as work:
        answers = read_in(
            work,
            rows_in(filled_with_names(published)),
            worker_id="w1",
            policy=policy(),
            now=TWO_O_CLOCK,
            today=NIGHT,
        )
    store.close()

    assert [one.answer for one in answers] == ["not understood"] * 3
    assert hits_in_text(f"{answers}{caplog.text}", EVERY) == []
    with pytest.raises(SheetRefused) as refused:
        rows_in(" ".join(EVERY).encode())
    assert hits_in_text(str(refused.value), EVERY) == []


def settings_of(home, url):
    """The environment of an operator whose gateway addresses hold people's telephone numbers."""
    folder = home / "gateways"
    folder.mkdir()
    (folder / "sms.url").write_text(f"{url.replace('http://', 'json://')}?:to={{address}}")
    (folder / "ops.url").write_text(url.replace("http://", "json://"))
    (folder / "contacts.csv").write_text(f"worker_id,gateway,address\nw1,sms,{EVERY[0]}\n")
    (folder / "gateways.yaml").write_text(
        "hosts: ['127.0.0.1']\ngateways: {sms: {url_file: sms.url}, ops: {url_file: ops.url}}\n"
        "operators: ops\ncontacts: contacts.csv\nlink: https://zhaoren.city.gov/\n"
    )
    return {
        "ZHAOREN_HOME": str(home),
        "ZHAOREN_GATEWAYS": str(folder / "gateways.yaml"),
        "ZHAOREN_WEBHOOK_URL": url,
        "ZHAOREN_WEBHOOK_HOSTS": "127.0.0.1",
        "ZHAOREN_WEBHOOK_SECRET": f"whsec_{base64.b64encode(KEY).decode()}",
    }


def test_no_command_of_the_operator_shows_anybody(published, tmp_path, capsys, caplog):
    caplog.set_level(logging.DEBUG)
    store = open_store(published)
    with store.write() as work:
        begin_membership(
            work,
            worker_id="w1",
            role=Role.GRID_WORKER,
            level=Level.GRID,
            place_id="g1",
            now=TWO_O_CLOCK,
        )
    store.close()
    sheet = tmp_path / "sheet.csv"
    sheet.write_bytes(filled_with_names(published))
    with receiver(echoing(500)) as address:
        environ = settings_of(published, address.url)
        for argv in (
            ["outbox", "send"],
            ["outbox", "show"],
            ["outbox", "audit"],
            ["digests", "send"],
            ["digests", "show"],
            ["sheets", "read", str(sheet), "--worker", "w1"],
            ["heartbeat"],
            ["status"],
            ["settings"],
        ):
            main(argv, environ)

    shown = "".join(capsys.readouterr())
    assert "not understood" in shown
    assert "list_missing" in shown
    assert hits_in_text(shown + caplog.text, EVERY) == []
    # The gateway is handed the one address it needs, in the place for it, and nothing else.
    digests = [
        request.body.decode() for request in address.received if b'"message"' in request.body
    ]
    texts = [
        body.replace(EVERY[0], "", 1) if f'"to": "{EVERY[0]}"' in body else body for body in digests
    ]
    assert digests
    assert hits_in_text("\n".join(texts), EVERY) == []


def test_an_error_in_the_middle_of_the_night_quotes_nobody(home, caplog):
    caplog.set_level(logging.DEBUG)

    class BreakingVillage(TalkativeVillage):
        def explain(self, **arguments):
            raise KeyError(" ".join(EVERY))

    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever it is, it must be silent
        run(home, upstream=BreakingVillage())

    assert hits_in_text(f"{caught.value}{caplog.text}", EVERY) == []
    with receiver(answer(204)) as address:
        store = open_store(home)
        send_due(
            store,
            targets=[on_loopback(address.url)],
            clock=TickingClock(),
            progress=lambda _: None,
        )
        store.close()
    assert address.received == []
