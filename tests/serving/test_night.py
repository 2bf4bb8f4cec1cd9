"""The night over the village: published once, byte for byte, or not at all."""

import errno
import json
import resource
import signal
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from serving.ledger.runs import latest_publication, publication
from serving.night.nightly import Done
from serving.refusals import ExitCode, Refusal
from serving.status import read_status
from serving.store.schema import ALERTS, DECISIONS, OUTBOX, PUBLICATIONS, RUN_STEPS
from serving.upstream.protocol import FeedState
from tests.serving.receiver import on_loopback, receiver
from tests.serving.stores import open_store
from tests.serving.village import (
    NIGHT,
    TWO_O_CLOCK,
    TickingClock,
    Village,
    policy,
    published_files,
    run,
)

pytestmark = pytest.mark.usefixtures("on_both_stores")


def rows(home, table):
    store = open_store(home)
    with store.read() as connection:
        found = connection.scalar(select(func.count()).select_from(table))
    store.close()
    return found


def refusal_of(home, **arguments):
    with pytest.raises(Refusal) as caught:
        run(home, **arguments)
    return caught.value


def test_a_night_publishes_every_list_in_four_formats_and_says_what_each_step_did(home):
    done = run(home)

    assert isinstance(done, Done)
    assert done.is_news
    assert [name for name, _ in done.said] == [
        "outcomes",
        "gate",
        "features",
        "rules",
        "score",
        "reasons",
        "lists",
        "publish",
        "send",
        "drift",
    ]
    files = published_files(home)
    assert {name.rsplit(".", 1)[1] for name in files if name.startswith("g1/grid_worker")} == {
        "json",
        "csv",
        "xlsx",
        "html",
    }
    assert not (home / "lists" / ".staging").exists() or not any(
        (home / "lists" / ".staging").iterdir()
    )


def test_the_same_date_twice_changes_no_byte_and_queues_no_message(home):
    run(home)
    first, messages, alerts = published_files(home), rows(home, OUTBOX), rows(home, ALERTS)

    again = run(home)

    assert isinstance(again, Done)
    assert not again.is_news
    assert published_files(home) == first
    assert (rows(home, OUTBOX), rows(home, ALERTS)) == (messages, alerts)
    assert messages == 3


def test_two_bureaus_with_the_same_inputs_publish_the_same_bytes_whatever_the_row_order(home):
    shuffled = Village()
    shuffled.households = shuffled.households.sample(frac=1, random_state=1).reset_index(drop=True)

    run(home / "one")
    run(home / "other", upstream=shuffled)

    files = published_files(home / "one")
    assert files == published_files(home / "other")
    assert len(files) == 5 * 4 + 3


def test_a_second_run_with_another_delivery_is_refused_and_names_the_feed(home):
    run(home)
    before = published_files(home)
    late = Village(deliveries={"residents": ["d1", "d2"]})

    refusal = refusal_of(home, upstream=late)

    assert refusal.code is ExitCode.INPUTS_CHANGED
    assert "feed residents: 1 deliveries more" in refusal.found
    assert published_files(home) == before
    assert rows(home, PUBLICATIONS) == 1


def test_a_second_run_with_another_policy_is_refused(home):
    run(home)

    refusal = refusal_of(home, lists=policy(seed="other"))

    assert refusal.code is ExitCode.INPUTS_CHANGED
    assert "policy changed" in refusal.found


def test_a_damaged_file_is_drawn_up_again_identically(home):
    run(home)
    before = published_files(home)
    (home / "lists" / NIGHT.isoformat() / "g1" / "grid_worker.html").write_text("spilt tea")

    done = run(home)

    assert published_files(home) == before
    assert dict(done.said)["publish"].startswith("the damaged files were drawn up again")
    assert rows(home, OUTBOX) == 3


@pytest.mark.parametrize(
    ("doubt", "code", "says"),
    [
        (Village(has_champion=False), ExitCode.NO_CHAMPION, "no champion"),
        (
            Village(households=Village().households.iloc[:0]),
            ExitCode.NOBODY_TO_SCORE,
            "not one household",
        ),
        (
            Village(
                states=[
                    FeedState(feed="residents", department="公安", last_received_at=None, late=True)
                ]
            ),
            ExitCode.FEED_NOT_USABLE,
            "never been delivered",
        ),
        (
            Village(
                states=[
                    FeedState(
                        feed="residents",
                        department="公安",
                        last_received_at=datetime.fromisoformat("2026-03-01"),
                        late=False,
                        refused=("column birth_date is missing",),
                    )
                ]
            ),
            ExitCode.FEED_NOT_USABLE,
            "column birth_date is missing",
        ),
        (
            Village(households=Village().households.assign(score=1.0)),
            ExitCode.MODEL_NOT_REPRODUCED,
            "same score",
        ),
        (
            Village(households=Village().households.assign(probability=1.2)),
            ExitCode.MODEL_NOT_REPRODUCED,
            "outside 0 to 1",
        ),
        (
            Village(households=Village().households.assign(score=[float("nan"), *range(11)])),
            ExitCode.MODEL_NOT_REPRODUCED,
            "1 of 12 households have no score",
        ),
        (Village(capacity={("g1", "wizard"): 3}), ExitCode.POLICY_WRONG, "wizard"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_on_doubt_the_earlier_list_stands_and_the_reason_is_kept(home, doubt, code, says):
    yesterday = NIGHT - timedelta(days=1)
    run(home, as_of_date=yesterday)

    refusal = refusal_of(home, upstream=doubt)

    assert refusal.code is code
    assert says in refusal.found
    assert refusal.to_do
    assert published_files(home) == {}
    store = open_store(home)
    assert latest_publication(store).as_of_date == yesterday
    newest = read_status(store).runs[0]
    assert (newest.state, says in newest.error) == ("refused", True)
    store.close()


@pytest.mark.parametrize(("days_old", "is_refused"), [(62, False), (63, True)])
def test_a_needed_feed_may_be_as_old_as_the_policy_says_and_not_a_day_older(
    home, days_old, is_refused
):
    received = datetime.combine(NIGHT - timedelta(days=days_old), datetime.min.time())
    village = Village(
        states=[
            FeedState(feed="residents", department="公安", last_received_at=received, late=True)
        ]
    )

    if is_refused:
        assert refusal_of(home, upstream=village).code is ExitCode.FEED_NOT_USABLE
    else:
        assert isinstance(run(home, upstream=village), Done)


def test_a_late_feed_is_named_on_the_list(home):
    run(home)

    header = json.loads(published_files(home)["g1/grid_worker.json"])["header"]

    assert header["notices"] == [
        "数据截至 2026-03-08",
        "迟到：缴费账单（水电气，最近到达 2026-01-12）",
    ]


def test_every_alert_is_announced_by_its_grids_one_message_and_every_decision_has_a_reason(home):
    run(home)

    store = open_store(home)
    with store.read() as connection:
        grids = set(connection.scalars(select(ALERTS.c.grid_id)))
        announced = sorted(connection.scalars(select(OUTBOX.c.grid_id)))
        decisions = {
            row.household_id: (row.decision, row.reason)
            for row in connection.execute(select(DECISIONS))
        }
        alerted = set(connection.scalars(select(ALERTS.c.household_id)))
    store.close()
    assert grids <= set(announced)
    assert announced == ["g1", "g2", "g3"]
    assert decisions["sun_covered"] == ("suppressed", "already_covered")
    assert decisions["wei_nowhere"] == ("truncated", "no_grid")
    assert decisions["wang_cut_off"] == ("alerted", "urgent")
    listed = {h for h, (decision, _) in decisions.items() if decision in ("alerted", "explored")}
    assert listed == alerted


def test_the_published_state_of_each_date_is_kept_side_by_side(home):
    for days in (2, 1, 0):
        run(home, as_of_date=NIGHT - timedelta(days=days))

    store = open_store(home)
    assert publication(store, as_of_date=NIGHT - timedelta(days=2)) is not None
    assert latest_publication(store).as_of_date == NIGHT
    store.close()


def test_an_unknown_feature_in_the_policy_stops_the_night_before_it_begins(home):
    wrong = policy(care_features=["childrn"])

    refusal = refusal_of(home, lists=wrong)

    assert refusal.code is ExitCode.POLICY_WRONG
    assert "did you mean children?" in refusal.found


@dataclass
class Unlucky(Village):
    """A village whose scoring fails with the given error."""

    error: Exception = field(default_factory=RuntimeError)

    def score(self, **_):
        raise self.error


def test_an_error_nobody_foresaw_is_told_without_what_it_quotes(home):
    refusal = refusal_of(home, upstream=Unlucky(error=KeyError("household 41 of Mrs Wang")))

    assert refusal.code is ExitCode.STEP_FAILED
    assert "step score failed: KeyError at test_night.py" in refusal.found
    assert "Wang" not in str(refusal)
    store = open_store(home)
    newest = read_status(store).runs[0]
    store.close()
    assert (newest.state, newest.step) == ("failed", "score")
    assert run(home).is_news


def test_an_error_of_the_storage_keeps_its_name_and_the_next_run_finishes(home):
    full = OSError(errno.ENOSPC, "No space left on device", "matrix.parquet")

    with pytest.raises(OSError, match="No space left"):
        run(home, upstream=Unlucky(error=full))

    assert run(home).is_news


@pytest.mark.parametrize("most_bytes", [1_000, 6_000, 20_000, 60_000])
def test_a_disk_that_is_full_leaves_nothing_half_published(home, on_both_stores, most_bytes):
    """No file may grow beyond ``most_bytes``: the store or a list fails to be written."""
    if on_both_stores == "postgresql" and most_bytes > 10_000:
        most_bytes = 500  # The store is not among the files of this process: lists are smaller.
    store = open_store(home)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
    try:
        with pytest.raises((OSError, Refusal)):
            run(home, store=store)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
        store.close()

    assert published_files(home) == {}
    assert rows(home, PUBLICATIONS) == 0
    # Where there was room for the lease and none to give it back, the next run waits until it has run out.
    later = TickingClock(TWO_O_CLOCK + timedelta(hours=1))
    assert run(home, clock=later).is_news


def test_the_ledger_keeps_the_hash_of_what_each_step_made(home):
    run(home)

    store = open_store(home)
    with store.read() as connection:
        hashes = dict(connection.execute(select(RUN_STEPS.c.step, RUN_STEPS.c.output_sha256)).all())
        manifest = connection.scalar(select(PUBLICATIONS.c.manifest_sha256))
    store.close()
    assert {step for step, digest in hashes.items() if digest} == {
        "features",
        "rules",
        "score",
        "lists",
    }
    assert hashes["lists"] == manifest


def test_a_refused_second_run_still_announces_what_stands(home):
    run(home)
    late = Village(deliveries={"residents": ["d1", "d2"]})

    with receiver() as address:
        refusal = refusal_of(home, upstream=late, targets=[on_loopback(address.url)])

    assert "3 delivered" in refusal.to_do
    assert len(address.received) == 3
