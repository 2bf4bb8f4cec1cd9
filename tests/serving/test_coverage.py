"""Quarters on a map: each boundary from both sides, every household once, and nothing of a few doors."""

from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, select

from serving.benchmarks.made_night import Size
from serving.benchmarks.publishing import publish_nights
from serving.lists.list_policy import load_list_policy
from serving.store.schema import ALERTS, OUTCOMES, PUBLICATIONS
from serving.store.scopes import WHOLE
from serving.supervision.coverage import Coverage, coverage
from tests.serving.desk import MORNING, Desk
from tests.serving.village import ZONE

MARCH = date(2026, 3, 1)


@contextmanager
def published(home, *, alerts, nights=1):
    """A desk over lists of twenty grids with as many alerts each, night after night the same households."""
    opened = Desk(home)
    policy = load_list_policy(None, as_of_date=date(2026, 3, 9))
    size = Size(households=2_000, grids=20, alerts=alerts, passed_over=0)
    publish_nights(
        opened.store, size, policy, nights=nights, zone=ZONE, now=MORNING.astimezone(UTC),
        say=lambda _: None,
    )  # fmt: skip
    yield opened
    opened.close()


@pytest.fixture
def desk(home):
    with published(home, alerts=240) as opened:
        yield opened


def told(desk, scope=WHOLE, month=MARCH):
    with desk.store.read(WHOLE) as read:
        return coverage(read, scope=scope, month=month)


def alerts_by_grid(desk):
    with desk.store.read(WHOLE) as read:
        rows = read.execute(select(ALERTS.c.grid_id, ALERTS.c.alert_id).order_by(ALERTS.c.alert_id))
        found = {}
        for grid_id, alert_id in rows:
            found.setdefault(grid_id, []).append(alert_id)
    return found


def visit(desk, alert_id, finding, *, state="accepted", number=0):
    with desk.store.write() as work:
        work.execute(
            insert(OUTCOMES).values(
                outcome_id=f"{alert_id[:30]}{number}", body_sha256="x", alert_id=alert_id,
                state=state, visited_on=date(2026, 3, 9), finding=finding, needs="", helped_by="",
                worker_id="w", worker_role="grid_worker",
                recorded_at=datetime(2026, 3, 15, tzinfo=UTC), recorded_on=date(2026, 3, 15),
            )
        )  # fmt: skip


def test_a_quarter_begins_where_it_is_full(desk):
    grid_id, alerts = max(alerts_by_grid(desk).items(), key=lambda item: len(item[1]))
    assert len(alerts) == 12

    seen = [told(desk)[grid_id]]
    for number, alert_id in enumerate(alerts):
        # Refusing is an answer too: somebody was met.
        visit(desk, alert_id, "refused" if number == 0 else "no_need")
        seen.append(told(desk)[grid_id])

    assert seen == (
        [Coverage.UNDER_A_QUARTER] * 3 + [Coverage.UNDER_HALF] * 3
        + [Coverage.UNDER_THREE_QUARTERS] * 3 + [Coverage.MOST] * 4
    )  # fmt: skip


def test_nobody_met_and_nothing_accepted_are_no_reach(desk):
    grid_id, alerts = max(alerts_by_grid(desk).items(), key=lambda item: len(item[1]))
    for alert_id in alerts:
        visit(desk, alert_id, "not_found")
        visit(desk, alert_id, "no_need", state="orphan", number=1)

    assert told(desk)[grid_id] is Coverage.UNDER_A_QUARTER


@pytest.mark.parametrize(
    ("alerts", "told_of"), [(200, Coverage.UNDER_A_QUARTER), (180, Coverage.WITHHELD)]
)
def test_ten_doors_are_told_and_nine_are_not(home, alerts, told_of):
    # A second night lists the same households: they count once.
    with published(home, alerts=alerts, nights=2) as opened:
        assert set(told(opened).values()) == {told_of}


def test_a_replaced_list_another_month_and_another_place_do_not_count(desk):
    assert set(told(desk, month=date(2026, 4, 1)).values()) == {Coverage.WITHHELD}
    assert told(desk, scope=("elsewhere",)) == {}
    with desk.store.write() as work:
        work.execute(PUBLICATIONS.update().values(is_current=False))
    assert set(told(desk).values()) == {Coverage.WITHHELD}
