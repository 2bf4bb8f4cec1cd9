"""Who visits in the simulated grids: some named by number, leave told a month ahead."""

from dataclasses import replace

import numpy as np

from experiments.district.desk import Batch, Desk
from experiments.district.feeds import FEEDS
from experiments.district.months import NO_DAY, Month
from experiments.district.staff import LEAVE_DAYS, POSTS, report_leave, report_posts
from experiments.district.streams import Streams

GRIDS = 50
MAY = Month(index=3, year=2026, number=5)


def leave_of(month: Month) -> Batch:
    desk = Desk(is_open=True)
    report_leave(desk, Streams(952), month, grids=GRIDS)
    return desk.collect(FEEDS["staff_capacity"])


def test_every_grid_has_the_posts_and_only_social_workers_have_numbers() -> None:
    desk = Desk(is_open=True)
    report_posts(desk, grids=GRIDS, day=0)
    rows = desk.collect(FEEDS["staff_capacity"])

    role = FEEDS["staff_capacity"].cell("role")
    named = rows["worker_id"] >= 0
    assert len(rows["capacity_id"]) == GRIDS * len(POSTS)
    assert set(rows["role"][named]) == {role.code("social_worker")}
    assert len(set(rows["worker_id"][named])) == 2 * GRIDS
    assert rows["visits_per_list"].sum() == GRIDS * sum(post.visits for post in POSTS)


def test_leave_is_told_before_it_begins_ends_by_itself_and_is_of_somebody_named() -> None:
    rows = leave_of(MAY)

    assert 0 < len(rows["capacity_id"]) < 2 * GRIDS / 2
    assert np.all(rows["event_date"] == MAY.first)
    assert np.all((rows["first_day"] >= MAY.after) & (rows["first_day"] != NO_DAY))
    assert np.all(rows["valid_to"] - rows["first_day"] == LEAVE_DAYS)
    assert np.all(rows["visits_per_list"] == 0)
    assert np.all(rows["worker_id"] >= 0)


def test_statements_of_different_months_are_different_facts() -> None:
    later = leave_of(replace(MAY, index=4, number=6))

    assert not set(leave_of(MAY)["capacity_id"]) & set(later["capacity_id"])
