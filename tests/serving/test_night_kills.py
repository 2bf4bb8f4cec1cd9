"""The night is killed at every failpoint, and again while it recovers; nothing is ever half-published."""

import os
import shutil
import signal
from datetime import timedelta

import pytest
from sqlalchemy import select

from serving import failpoints
from serving.delivery.files.folder import damaged_files
from serving.ledger.leases import LeaseLost
from serving.ledger.runs import latest_publication, publication
from serving.night.nightly import Done
from serving.night.steps import STEPS, Step
from serving.store import open_store
from serving.store.schema import (
    ALERTS,
    CASE_EVENTS,
    CASES,
    DECISIONS,
    LISTS,
    OUTBOX,
    PUBLICATIONS,
)
from tests.serving.receiver import on_loopback, receiver
from tests.serving.village import NIGHT, TickingClock, Village, published_files, run

YESTERDAY = NIGHT - timedelta(days=1)
SENDING = ("send.claimed", "send.delivered", "send.marked")
DIGESTS = ("digests.claimed", "digests.handed_over")
OUTCOMES = ("outcomes.data_written", "outcomes.manifest_written")
REPAIRING = ("publish.old_moved_away",)


def killed_at(name, home, **arguments):
    """Run the night in a child that dies at ``name``; return whether it really died there."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            failpoints.arm(name)
            run(home, **arguments)
            code = 0
        finally:
            os._exit(code)
    _, ended = os.waitpid(child, 0)
    return os.WIFSIGNALED(ended) and os.WTERMSIG(ended) == signal.SIGKILL


def contents(home):
    """Return what the store says was published, apart from times and run ids."""
    store = open_store(home)
    told = {}
    with store.read() as connection:
        for table in (PUBLICATIONS, LISTS, ALERTS, DECISIONS, OUTBOX, CASES, CASE_EVENTS):
            columns = [
                column
                for column in table.c
                if column.name
                not in ("run_id", "published_at", "created_at", "next_attempt_at", "body")
            ]
            told[table.name] = sorted(map(tuple, connection.execute(select(*columns))), key=repr)
    store.close()
    return told


@pytest.fixture(scope="module")
def yesterday(tmp_path_factory):
    """A home whose lists of yesterday alerted two households; tonight the others have their turn."""
    home = tmp_path_factory.mktemp("yesterday")
    everybody = Village().households
    known_then = everybody[everybody["household_id"].isin(["qian_debts", "chu_far"])]
    run(home, as_of_date=YESTERDAY, upstream=Village(households=known_then))
    return home


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, yesterday):
    home = tmp_path_factory.mktemp("undisturbed")
    shutil.copytree(yesterday, home, dirs_exist_ok=True)
    run(home)
    told = contents(home)
    assert len(told["alerts"]) == 2 + 8
    assert len(told["outbox"]) == 3 + 3
    assert len(told["cases"]) == len(told["case_events"]) == 2 + 8
    return published_files(home), told


@pytest.fixture
def standing(home, yesterday):
    """A home where yesterday's lists stand."""
    shutil.copytree(yesterday, home, dirs_exist_ok=True)
    return home


@pytest.mark.parametrize(
    "name",
    [name for name in failpoints.NAMES if name not in (*SENDING, *DIGESTS, *OUTCOMES, *REPAIRING)],
)
def test_killed_anywhere_the_earlier_list_stands_and_the_next_run_finishes(
    standing, undisturbed, name
):
    home = standing
    assert killed_at(name, home)

    store = open_store(home)
    flipped = publication(store, as_of_date=NIGHT) is not None
    stands = latest_publication(store).as_of_date
    store.close()
    assert flipped == (name in ("publish.committed", "night.before_release"))
    assert stands == (NIGHT if flipped else YESTERDAY)
    assert published_files(home, YESTERDAY)

    done = run(home)

    assert isinstance(done, Done)
    assert (published_files(home), contents(home)) == undisturbed
    assert not any((home / "lists").glob(".staging/*"))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("publish.renamed", "publish.old_moved_away"),
        ("publish.renamed", "publish.renamed"),
        ("publish.outbox_inserted", "publish.old_moved_away"),
        ("lists.half_written", "night.run_recorded"),
        ("publish.before_rename", "publish.alerts_inserted"),
    ],
)
def test_killed_again_while_recovering_the_third_run_finishes(standing, undisturbed, first, second):
    home = standing
    assert killed_at(first, home)
    assert killed_at(second, home)
    run(home)

    assert (published_files(home), contents(home)) == undisturbed


@pytest.mark.parametrize("name", SENDING)
def test_killed_while_sending_each_message_arrives_and_at_most_one_arrives_twice(home, name):
    with receiver() as address:
        targets = [on_loopback(address.url)]

        assert killed_at(name, home, targets=targets)
        clock = TickingClock()
        clock.move(timedelta(minutes=3))
        done = run(home, targets=targets, clock=clock)

        ids = [request.headers["webhook-id"] for request in address.received]
        assert done.sent.waiting == 0
        assert len(set(ids)) == 3
        assert len(ids) == (4 if name == "send.delivered" else 3)


def test_every_failpoint_is_one_a_test_can_name():
    with pytest.raises(failpoints.UnknownFailpoint, match=r"publish\.renamed"):
        failpoints.arm("publish.renmaed")
    assert len(failpoints.NAMES) == len(set(failpoints.NAMES)) >= 15


def test_a_run_that_slept_past_its_lease_can_change_nothing(home):
    """The zombie: it stops for longer than the lease, another run publishes, then it wakes up."""
    clock = TickingClock()
    other = Village(deliveries={"residents": ["d1", "d2"]})

    def draw_and_sleep_while_another_publishes(night):
        drawn = next(step for step in STEPS if step.name == "lists").work(night)
        clock.move(timedelta(hours=1))
        # The other run clears debris; the zombie's folder is on another disk, so to say.
        night.draft.folder.rename(home / "asleep")
        run(home, clock=clock, upstream=other)
        night.draft.folder = home / "asleep"
        return drawn

    steps = tuple(
        Step(name="lists", work=draw_and_sleep_while_another_publishes)
        if step.name == "lists"
        else step
        for step in STEPS
    )
    with pytest.raises(LeaseLost):
        run(home, clock=clock, steps=steps)

    store = open_store(home)
    published = publication(store, as_of_date=NIGHT)
    with store.read() as connection:
        assert len(connection.execute(select(PUBLICATIONS)).all()) == 1
        assert len(connection.execute(select(OUTBOX)).all()) == 3
    store.close()
    assert '"d2"' in published.inputs
    folder = home / "lists" / NIGHT.isoformat()
    assert damaged_files(folder, manifest_sha256=published.manifest_sha256) == []


def test_a_zombie_is_refused_at_the_last_moment_too(home):
    """It wakes up right before it would publish."""
    clock = TickingClock()

    def sleep_then_publish(night):
        clock.move(timedelta(hours=1))
        night.draft.folder.rename(home / "asleep")
        run(home, clock=clock, upstream=Village(deliveries={"residents": ["d1", "d2"]}))
        night.draft.folder = home / "asleep"
        return next(step for step in STEPS if step.name == "publish").work(night)

    steps = tuple(
        Step(name="publish", work=sleep_then_publish) if step.name == "publish" else step
        for step in STEPS
    )
    with pytest.raises(LeaseLost):
        run(home, clock=clock, steps=steps)

    store = open_store(home)
    published = publication(store, as_of_date=NIGHT)
    store.close()
    folder = home / "lists" / NIGHT.isoformat()
    assert damaged_files(folder, manifest_sha256=published.manifest_sha256) == []


def test_two_schedulers_on_one_night_leave_one_winner(home):
    """The other finds it running (or finished) and has nothing to do."""
    results = []
    for _ in range(2):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.close(reading)
                done = run(home, upstream=Village())
                told = "published" if isinstance(done, Done) and done.is_news else "nothing to do"
                os.write(writing, told.encode())
                code = 0
            finally:
                os._exit(code)
        os.close(writing)
        results.append((child, reading))
    told = []
    for child, reading in results:
        _, ended = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(ended) == 0
        told.append(os.read(reading, 100).decode())
        os.close(reading)

    assert sorted(told) == ["nothing to do", "published"]
    store = open_store(home)
    with store.read() as connection:
        assert len(connection.execute(select(OUTBOX)).all()) == 3
    store.close()
