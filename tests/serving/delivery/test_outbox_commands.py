"""``zhaoren outbox`` as an operator meets it: what waits, whether the books close, sending again."""

import base64
from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from serving.cli import main
from serving.refusals import ExitCode
from serving.store import open_store
from serving.store.schema import DELIVERIES, OUTBOX
from tests.serving.receiver import KEY, answer, receiver
from tests.serving.village import NIGHT, run


@pytest.fixture
def night(home):
    run(home)
    return home


@pytest.fixture
def zhaoren(night, tmp_path, capsys):
    """Run a command with targets ``street`` (all of s1) and ``district`` (everything)."""

    def command(*argv, street=None, district=None):
        lines = ["hosts: ['127.0.0.1']", "targets:"]
        (tmp_path / "key").write_text(f"whsec_{base64.b64encode(KEY).decode()}")
        for name, url, place in (("street", street, "d/s1"), ("district", district, "everywhere")):
            if url is not None:
                lines.append(
                    f"  - {{name: {name}, url: '{url}', kinds: [list.published],"
                    f" places: ['{place}'], secret_file: key}}"
                )
        if len(lines) == 2:
            lines[1] = "targets: []"
        file = tmp_path / "targets.yaml"
        file.write_text("\n".join(lines))
        code = main(argv, {"ZHAOREN_HOME": str(night), "ZHAOREN_TARGETS": str(file)})
        return code, "".join(capsys.readouterr())

    return command


def test_what_waits_is_shown_before_there_is_a_target_and_after_one_said_no(zhaoren):
    _, before = zhaoren("outbox", "show")
    with receiver(answer(500)) as address:
        zhaoren("outbox", "send", street=address.url)
    _, after = zhaoren("outbox", "show")

    assert "none yet" in before
    assert "street" in after
    assert "500" in after


def test_everything_delivered_is_said(zhaoren):
    with receiver() as address:
        code, told = zhaoren("outbox", "send", district=address.url)
        _, shown = zhaoren("outbox", "show", district=address.url)

    assert (code, shown.strip()) == (0, "Everything was delivered.")
    assert "3 delivered" in told


def test_what_was_given_up_on_is_sent_again_to_the_named_target_only(zhaoren, night):
    with receiver() as street, receiver() as district:
        both = {"street": street.url, "district": district.url}
        zhaoren("outbox", "send", **both)
        store = open_store(night)
        with store.write() as work:
            work.execute(update(DELIVERIES).values(state="dead"))
        store.close()
        code, told = zhaoren("outbox", "replay", "--target", "street", **both)

    assert (code, "2 queued again; 2 delivered" in told) == (0, True)
    assert (len(street.received), len(district.received)) == (4, 3)


def test_a_target_that_came_later_is_given_the_nights_it_missed_when_asked(zhaoren):
    with receiver() as street, receiver() as district:
        zhaoren("outbox", "send", street=street.url)
        both = {"street": street.url, "district": district.url}
        zhaoren("outbox", "replay", "--since", str(NIGHT + timedelta(days=1)), **both)
        too_late = len(district.received)
        _, told = zhaoren("outbox", "replay", "--since", str(NIGHT), **both)

    assert (too_late, len(district.received)) == (0, 3)
    assert "3 queued again" in told


def test_a_target_nobody_knows_is_refused(zhaoren):
    code, told = zhaoren("outbox", "replay", "--target", "nobody")

    assert code == ExitCode.NOT_FOUND
    assert "there is no target nobody" in told


def test_books_that_do_not_close_end_with_a_code_of_their_own_until_reconciled(zhaoren, night):
    closed, told = zhaoren("outbox", "audit")
    store = open_store(night)
    with store.write() as work:
        work.execute(delete(OUTBOX).where(OUTBOX.c.grid_id == "g1"))
    store.close()
    open_books, _ = zhaoren("outbox", "audit")
    _, reconciled = zhaoren("outbox", "reconcile", "--since", str(NIGHT))
    again, _ = zhaoren("outbox", "audit", "--since", str(NIGHT))

    assert (closed, open_books, again) == (0, ExitCode.NOT_ANNOUNCED, 0)
    assert "2026-03-09" in told
    assert "1 messages" in reconciled


def test_a_relay_without_a_target_says_so_instead_of_waiting_for_ever(zhaoren):
    code, told = zhaoren("outbox", "relay")

    assert code == ExitCode.SETTINGS_WRONG
    assert "no target" in told
