"""What visitors found comes back as a delivery of the visits feed, once, whatever happens meanwhile."""

import hashlib
import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from serving.cases.findings import Finding, Need, Outcome, record_outcome
from serving.cases.visits_feed import deliver_findings
from serving.store.schema import ALERTS
from tests.serving.stores import open_store
from tests.serving.test_night_kills import killed_at
from tests.serving.village import NIGHT, TWO_O_CLOCK, TickingClock, policy, run

pytestmark = pytest.mark.usefixtures("on_both_stores")

TOMORROW = NIGHT + timedelta(days=1)


@pytest.fixture
def store(home):
    """A store with a published night in which nobody was drawn by lot."""
    run(home, lists=policy(exploration={"random_share": 0, "uncertain_share": 0}))
    opened = open_store(home)
    yield opened
    opened.close()


def report(store, household, *, on=NIGHT, finding=Finding.NEED_AID_STARTED, **changes):
    with store.write() as work:
        [alert] = work.scalars(select(ALERTS.c.alert_id).where(ALERTS.c.household_id == household))
        told = {
            "outcome_id": str(uuid4()),
            "alert_id": alert,
            "visited_on": on,
            "finding": finding,
            "needs": (Need.JOB, Need.CASH),
            "note": "电话 13800000000",
            "worker_id": "w1",
            "worker_role": "grid_worker",
        } | changes
        record_outcome(
            work,
            outcome=Outcome(**told),
            known_alert=True,
            now=TWO_O_CLOCK + (on - NIGHT),
            today=on,
        )
        return told["outcome_id"]


def deliver(store, home, *, as_of_date=TOMORROW, today=TOMORROW):
    return deliver_findings(store, landing=home / "landing", as_of_date=as_of_date, today=today)


def delivered(home, day=NIGHT):
    data = home / "landing" / "visits" / f"findings-{day}.jsonl"
    manifest = json.loads((data.parent / f"{data.name}.manifest.json").read_text())
    return [json.loads(line) for line in data.read_text().splitlines()], manifest, data


def test_an_outcome_becomes_a_visit_with_the_contracts_columns_and_without_the_note(store, home):
    outcome_id = report(store, "zhao_debts")

    assert deliver(store, home) == (1, 1)

    [visit], manifest, data = delivered(home)
    assert visit == {
        "visit_id": outcome_id,
        "household_id": "zhao_debts",
        "event_date": "2026-03-09",
        "channel": "list",
        "propensity": None,
        "finding": "need_aid_started",
        "needs": "cash;job",
        "worker_role": "grid_worker",
    }
    assert manifest == {
        "feed": "visits",
        "format": "jsonl",
        "received_at": "2026-03-09T23:59:59",
        "rows": 1,
        "sha256": hashlib.sha256(data.read_bytes()).hexdigest(),
    }


def test_the_channel_says_how_the_household_was_chosen_and_the_lot_goes_first(store, home):
    report(store, "wang_cut_off")
    report(store, "zhao_debts")
    with store.write() as work:
        work.execute(
            update(ALERTS).where(ALERTS.c.household_id == "zhao_debts").values(propensity=0.04)
        )

    deliver(store, home)

    visits, _, _ = delivered(home)
    assert {visit["household_id"]: (visit["channel"], visit["propensity"]) for visit in visits} == {
        "wang_cut_off": ("trigger", None),
        "zhao_debts": ("routine_random", 0.04),
    }


@pytest.mark.parametrize(
    ("as_of_date", "today", "files"),
    [
        (NIGHT, TOMORROW, 0),
        (TOMORROW, NIGHT, 0),
        (TOMORROW, TOMORROW, 1),
        (date(2026, 4, 1), TOMORROW, 1),
    ],
    ids=["the night before", "the day is not over", "the night after", "weeks later"],
)
def test_a_day_is_handed_back_once_it_is_over_and_to_nights_after_it(
    store, home, as_of_date, today, files
):
    report(store, "zhao_debts")

    assert deliver(store, home, as_of_date=as_of_date, today=today)[0] == files


def test_what_was_handed_back_is_not_handed_back_again_nor_touched(store, home):
    report(store, "zhao_debts")
    deliver(store, home)
    before = delivered(home)[2].stat().st_mtime_ns

    assert deliver(store, home) == (0, 0)
    assert delivered(home)[2].stat().st_mtime_ns == before


def test_conflicting_and_orphaned_outcomes_are_not_handed_back(store, home):
    outcome_id = report(store, "zhao_debts")
    with pytest.raises(Exception, match="recorded before"):
        report(store, "zhao_debts", outcome_id=outcome_id, finding=Finding.NO_NEED)

    deliver(store, home)

    visits, _, _ = delivered(home)
    assert [visit["finding"] for visit in visits] == ["need_aid_started"]


@pytest.mark.parametrize("name", ["outcomes.data_written", "outcomes.manifest_written"])
def test_killed_while_handing_back_the_next_night_does_it_once(store, home, name):
    report(store, "zhao_debts")
    store.close()
    clock = TickingClock(TWO_O_CLOCK + timedelta(days=1))

    assert killed_at(name, home, as_of_date=TOMORROW, clock=clock)
    run(home, as_of_date=TOMORROW, clock=clock)

    visits, manifest, data = delivered(home)
    assert len(visits) == manifest["rows"] == 1
    assert manifest["sha256"] == hashlib.sha256(data.read_bytes()).hexdigest()
    assert sorted(path.name for path in data.parent.iterdir()) == [
        "findings-2026-03-09.jsonl",
        "findings-2026-03-09.jsonl.manifest.json",
    ]
