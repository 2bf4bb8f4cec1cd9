"""Who saw what: entries hold each other, nothing can be changed or cut off unseen, nobody is told before it is kept."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from serving.access.anchors import anchor_file, verify, write_anchor
from serving.access.audit import Action, append, first_break, head, saw_household, saw_list
from serving.access.auditor import Auditor
from serving.access.seen import views
from serving.cli import main
from serving.refusals import ExitCode
from serving.store import StoreUnavailable
from serving.store.schema import AUDIT_ENTRIES
from tests.serving.stores import open_store, settings_of
from tests.serving.village import NIGHT, TWO_O_CLOCK, run

pytestmark = pytest.mark.usefixtures("on_both_stores")


@pytest.fixture
def store(home):
    opened = open_store(home)
    yield opened
    opened.close()


def one(household="h1", *, after=timedelta(), actor="w1"):
    return saw_household(
        actor=actor, action=Action.REASONS, household_id=household, at=TWO_O_CLOCK + after
    )


def keep(store, *households):
    with store.write() as work:
        append(work, [one(household) for household in households])


def tamper(store, on_both_stores, request, *statements):
    """Change the table as somebody who owns the database could: with its triggers off."""
    if on_both_stores == "sqlite":
        with store.write() as work:
            for verb in ("update", "delete"):
                work.execute(text(f"DROP TRIGGER audit_entries_refuses_{verb}"))
            for statement in statements:
                work.execute(text(statement))
        return
    cluster = request.getfixturevalue("postgresql")
    database = store.engine.url.database
    cluster.run("ALTER TABLE audit_entries DISABLE TRIGGER ALL", *statements, database=database)


def broken(store, home):
    with store.read() as read:
        return verify(read, anchor_file(home)).broken


def test_a_chain_holds_from_its_first_entry_to_its_newest(store, home):
    keep(store, "h1", "h2")
    keep(store, "h3")

    with store.read() as read:
        assert first_break(read) is None
        assert head(read).seq == 3
    assert broken(store, home) is None


@pytest.mark.parametrize(
    "verb", ["UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"]
)
def test_the_database_refuses_to_change_what_was_seen(store, verb):
    keep(store, "h1")

    with pytest.raises(DatabaseError), store.write() as work:
        work.execute(text(verb))

    with store.read() as read:
        assert read.scalar(select(AUDIT_ENTRIES.c.actor)) == "w1"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE audit_entries SET household_id = 'h9' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE audit_entries SET actor = 'w9' WHERE seq = 3", "entry 3 was changed"),
        ("DELETE FROM audit_entries WHERE seq = 2", "entry 2 is missing"),
        ("DELETE FROM audit_entries WHERE seq < 3", "entry 1 to 2 is missing"),
        (
            "UPDATE audit_entries SET prev_hash = 'f' WHERE seq = 3",
            "entry 3 does not follow from the one before",
        ),
    ],
)
def test_the_first_break_is_found_and_named(store, home, on_both_stores, request, statement, told):
    keep(store, "h1", "h2", "h3", "h4")

    tamper(store, on_both_stores, request, statement)

    assert told in broken(store, home)


def test_a_cut_off_end_shows_only_by_the_anchor(store, home, on_both_stores, request):
    keep(store, "h1", "h2", "h3")
    with store.read() as read:
        write_anchor(read, anchor_file(home), now=TWO_O_CLOCK)
    tamper(store, on_both_stores, request, "DELETE FROM audit_entries WHERE seq > 1")

    with store.read() as read:
        assert first_break(read) is None
    assert "there were 3 entries, now there are 1; entries 2 to 3 are gone" in broken(store, home)


def test_a_chain_written_anew_is_not_the_one_that_was_anchored(
    store, home, on_both_stores, request
):
    keep(store, "h1", "h2")
    with store.read() as read:
        write_anchor(read, anchor_file(home), now=TWO_O_CLOCK)
    tamper(store, on_both_stores, request, "DELETE FROM audit_entries")
    keep(store, "h1", "other", "h3")

    assert "entry 2 is not the one that was anchored" in broken(store, home)


def test_an_entry_is_committed_before_anybody_is_told(store):
    auditor = Auditor(store)

    auditor.record([one()])

    with store.read() as read:
        assert head(read).seq == 1
    auditor.close()


def test_what_cannot_be_kept_is_not_shown(store, monkeypatch):
    auditor = Auditor(store)

    def full(*_args):
        raise StoreUnavailable("the disk is full")

    monkeypatch.setattr("serving.access.auditor.append", full)
    with pytest.raises(StoreUnavailable):
        auditor.record([one()])
    monkeypatch.undo()

    auditor.record([one()])
    auditor.close()


def test_many_who_look_at_once_share_commits_and_the_chain_holds(store, monkeypatch):
    commits = []

    def slowly(work, seen):
        commits.append(len(seen))
        time.sleep(0.02)
        append(work, seen)

    monkeypatch.setattr("serving.access.auditor.append", slowly)
    auditor = Auditor(store)
    people = [
        threading.Thread(target=auditor.record, args=([one(f"h{number}")],)) for number in range(40)
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    auditor.close()

    with store.read() as read:
        assert first_break(read) is None
        assert read.scalar(select(func.count()).select_from(AUDIT_ENTRIES)) == 40
    assert sum(commits) == 40
    assert len(commits) < 20


def test_two_processes_make_one_chain(store, home):
    other = open_store(home)
    auditors = [Auditor(store), Auditor(other)]
    people = [
        threading.Thread(target=auditor.record, args=([one(f"h{number}")],))
        for number in range(10)
        for auditor in auditors
    ]
    for person in people:
        person.start()
    for person in people:
        person.join()
    for auditor in auditors:
        auditor.close()

    with store.read() as read:
        assert head(read).seq == 20
        assert first_break(read) is None
    other.close()


def test_opening_a_list_is_a_view_of_every_household_on_it(store, home):
    run(home, store=store)
    opened = saw_list(
        actor="w1", as_of_date=NIGHT, grid_id="g2", role="grid_worker", entries=2, at=TWO_O_CLOCK
    )
    with store.write() as work:
        append(work, [opened, one("zhao_debts", after=timedelta(hours=1), actor="w2")])

    def seen(**of):
        with store.read() as read:
            found = views(read, since=TWO_O_CLOCK, until=TWO_O_CLOCK + timedelta(hours=2), **of)
            return [(view.actor, view.household_id) for view in found]

    assert seen() == [("w1", "zheng_two"), ("w1", "feng_two"), ("w2", "zhao_debts")]
    assert seen(household_id="feng_two") == [("w1", "feng_two")]
    assert seen(actor="w2") == [("w2", "zhao_debts")]
    with store.read() as read:
        late = views(read, since=TWO_O_CLOCK, until=TWO_O_CLOCK + timedelta(hours=1))
        assert [view.actor for view in late] == ["w1", "w1"]


def test_the_operator_is_told_where_it_breaks(home, on_both_stores, store, capsys, request):
    keep(store, "h1", "h2", "h3")
    environ = settings_of(home)
    assert main(["audit", "anchor"], environ) == 0
    assert main(["audit", "verify"], environ) == 0
    assert "3 entries, 1 anchors: all hold" in capsys.readouterr().out

    tamper(store, on_both_stores, request, "DELETE FROM audit_entries WHERE seq = 3")
    assert main(["audit", "verify"], environ) == ExitCode.AUDIT_BROKEN
    assert "entries 3 to 3 are gone" in capsys.readouterr().err


def test_the_operator_asks_who_saw_whom(home, store, capsys, tmp_path):
    keep(store, "h1", "h2")
    out = tmp_path / "seen.csv"
    asked = ["audit", "seen", "--from", "2026-03-09", "--to", "2026-03-09"]

    assert main([*asked, "--out", str(out)], settings_of(home)) == 0

    assert "2 views of 2 households by 1 people" in capsys.readouterr().out
    assert out.read_text(encoding="utf-8-sig").splitlines()[1] == (
        "2026-03-09 02:00:00,w1,reasons,h1"
    )
