"""Who visits in each grid, how many visits one of their lists may ask for, and when they are on leave.

Grid management names nobody and states what a role can do together; social-work stations name their people, by
number. Leave is told a month ahead.
"""

from dataclasses import dataclass

import numpy as np

from experiments.district.desk import Desk
from experiments.district.feeds import FEEDS
from experiments.district.months import NO_DAY, Ints, Month
from experiments.district.streams import Streams

LEAVE_PER_MONTH = 0.1
LEAVE_DAYS = 5
_NOBODY = -1


@dataclass(frozen=True)
class Post:
    """What one person, or a role together, can add to a list in every grid."""

    role: str
    visits: int
    is_named: bool = False


POSTS = (
    Post("grid_worker", 5),
    Post("social_worker", 2, is_named=True),
    Post("social_worker", 1, is_named=True),
    Post("street_officer", 1),
    Post("volunteer", 2),
)


def report_posts(desk: Desk, *, grids: int, day: int) -> None:
    """Hand in the staff of every grid as it stands at the start."""
    count = grids * len(POSTS)
    numbers = np.arange(count, dtype=np.int64)
    named = np.repeat([post.is_named for post in POSTS], grids)
    _report(
        desk,
        capacity=numbers,
        post=numbers,
        grids=grids,
        worker=np.where(named, numbers, _NOBODY),
        told=np.full(count, day, np.int64),
        first=np.full(count, NO_DAY, np.int64),
        until=np.full(count, NO_DAY, np.int64),
        visits=np.repeat([post.visits for post in POSTS], grids).astype(np.int64),
    )


def report_leave(desk: Desk, streams: Streams, month: Month, *, grids: int) -> None:
    """Hand in whose leave in the next month was granted in this one."""
    rng = streams.at("leave", month.index)
    named = np.flatnonzero(np.repeat([post.is_named for post in POSTS], grids))
    away = named[rng.random(len(named)) < LEAVE_PER_MONTH]
    first = month.after + rng.integers(0, 28 - LEAVE_DAYS, len(away))
    _report(
        desk,
        capacity=grids * len(POSTS) * (month.index + 1) + away,
        post=away,
        grids=grids,
        worker=away,
        told=np.full(len(away), month.first, np.int64),
        first=first,
        until=first + LEAVE_DAYS,
        visits=np.zeros(len(away), np.int64),
    )


def _report(
    desk: Desk,
    *,
    capacity: Ints,
    post: Ints,
    grids: int,
    worker: Ints,
    told: Ints,
    first: Ints,
    until: Ints,
    visits: Ints,
) -> None:
    """Hand in statements; ``post`` counts the posts of all grids, those of one kind after another."""
    role = FEEDS["staff_capacity"].cell("role")
    codes = np.array([role.code(one.role) for one in POSTS], dtype=np.int64)
    desk.report(
        "staff_capacity",
        capacity_id=capacity,
        grid_id=post % grids,
        role=codes[post // grids],
        worker_id=worker,
        event_date=told,
        first_day=first,
        valid_to=until,
        visits_per_list=visits,
    )
