"""The store itself, on both databases: many rows at once, one moment per reader, writers that share or are alone."""

import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError

from serving.cli import main
from serving.store import StoreUnavailable
from serving.store import open_store as open_at
from serving.store.bulk import MANY, add_rows, change_rows
from serving.store.schema import LEASES, RUNS, RunState
from serving.store.turns import take_turn
from tests.serving.stores import open_store, settings_of
from tests.serving.village import NIGHT, TWO_O_CLOCK

pytestmark = pytest.mark.usefixtures("on_both_stores")


@pytest.fixture
def store(home):
    opened = open_store(home)
    yield opened
    opened.close()


def a_run(number):
    return {
        "run_id": f"{number:036}",
        "as_of_date": NIGHT,
        "attempt": number,
        "fence": 1,
        "state": RunState.FINISHED,
        "started_at": TWO_O_CLOCK,
        "finished_at": None if number % 2 else TWO_O_CLOCK + timedelta(seconds=number),
        "error": "100 % \\N \t\n,\"'" if number % 3 else None,
    }


@pytest.mark.parametrize("count", [0, 1, MANY - 1, MANY, MANY + 1])
def test_rows_added_at_once_are_those_added_one_by_one(store, count):
    rows = [a_run(number) for number in range(count)]

    with store.write() as work:
        add_rows(work, RUNS, rows)

    names = tuple(a_run(0))
    with store.read() as read:
        found = read.execute(select(*(RUNS.c[name] for name in names)).order_by(RUNS.c.run_id))
        assert [dict(row) for row in found.mappings()] == rows


def test_rows_added_at_once_are_all_there_or_none(store):
    rows = [a_run(number) for number in range(MANY + 1)]

    with pytest.raises(IntegrityError), store.write() as work:
        add_rows(work, RUNS, [*rows, rows[0]])

    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(RUNS)) == 0


@pytest.mark.parametrize("count", [0, 1, MANY - 1, MANY])
def test_rows_changed_at_once_are_those_changed_one_by_one(store, count):
    before = [a_run(number) for number in range(count + 1)]
    after = [row | {"attempt": row["attempt"] + 1_000, "error": "now"} for row in before[:count]]
    with store.write() as work:
        add_rows(work, RUNS, before)
        change_rows(work, RUNS, after)

    names = tuple(a_run(0))
    with store.read() as read:
        found = read.execute(select(*(RUNS.c[name] for name in names)).order_by(RUNS.c.run_id))
        assert [dict(row) for row in found.mappings()] == [*after, before[count]]


def count(connection):
    return connection.scalar(select(func.count()).select_from(RUNS))


def test_a_reader_sees_one_moment(store):
    with store.read() as read:
        assert count(read) == 0
        with store.write() as work:
            work.execute(insert(RUNS), [a_run(1)])
        assert count(read) == 0
    with store.read() as read:
        assert count(read) == 1


def in_thread(work):
    """Start ``work``; return the thread and what it appends to when it is through."""
    through = []
    thread = threading.Thread(target=lambda: through.append(work()))
    thread.start()
    return thread, through


def write_one(store, **how):
    def work():
        with store.write(**how) as connection:
            connection.execute(insert(RUNS), [a_run(1)])

    return work


def test_writers_run_side_by_side_on_postgresql_and_one_by_one_on_sqlite(store):
    with store.write() as first:
        first.execute(insert(RUNS), [a_run(2)])
        thread, through = in_thread(write_one(store))
        thread.join(0.5 if store.is_postgresql is False else 20)
        assert bool(through) is store.is_postgresql
    thread.join(20)
    assert through


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)])
def test_a_lone_writer_waits_for_others_and_they_for_it(store, first, second):
    with store.write(alone=first):
        thread, through = in_thread(write_one(store, alone=second))
        thread.join(0.3)
        assert not through
    thread.join(20)
    assert through


def test_a_turn_is_one_transactions_at_a_time(store):
    said = []

    def turn(name):
        with store.write() as work:
            take_turn(work, "lease")
            said.append(f"{name} in")
            time.sleep(0.05)
            said.append(f"{name} out")

    threads = [threading.Thread(target=turn, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [line.split()[1] for line in said] == ["in", "out"] * 4
    assert all(said[place][0] == said[place + 1][0] for place in range(0, 8, 2))


def test_a_database_that_is_not_there_is_said_so_without_its_password(home, capsys):
    url = "postgresql://somebody:geheim@127.0.0.1:1/nowhere"
    with pytest.raises(StoreUnavailable) as caught:
        open_at(home, url=url)
    assert "geheim" not in str(caught.value)

    assert main(["status"], settings_of(home) | {"ZHAOREN_STORE_URL": url}) != 0
    assert "geheim" not in "".join(capsys.readouterr())


def test_measuring_needs_an_empty_store(home, store, capsys):
    small = ["--grids", "4", "--alerts", "8", "--households", "100", "--passed-over", "10"]
    environ = settings_of(home)
    assert main(["bench", "publish", "--nights", "2", *small], environ) == 0
    told = capsys.readouterr().out
    assert told.count("8 alerts on 4 lists") == 2
    with store.read() as read:
        assert bool(read.execute(select(LEASES)).all()) is store.is_postgresql
    if store.is_postgresql:
        assert main(["bench", "publish", *small], environ) != 0
        assert "holds published lists" in capsys.readouterr().err
