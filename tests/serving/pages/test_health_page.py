"""What the page of health draws: every feed with its worst state, nights with their time, what moved most."""

import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from serving.ledger.runs import PastRun
from serving.pages.health_page import FeedState, counts, feeds_of, most_moved, nights
from serving.upstream.drifting import DriftLine

NIGHT = date(2026, 3, 9)


def published(*feeds):
    return SimpleNamespace(as_of_date=NIGHT, inputs=json.dumps({"feeds": feeds}))


def feed(name, received="2026-03-01 02:00:00", *, late=False, refused=(), degraded=()):
    return {
        "feed": name,
        "department": "民政",
        "last_received_at": received,
        "late": late,
        "refused": list(refused),
        "degraded": list(degraded),
    }


def test_the_worst_of_a_feed_counts_and_the_worst_come_first() -> None:
    told = feeds_of(
        published(
            feed("a_fresh"),
            feed("b_odd", degraded=["few rows"]),
            feed("c_late", None, late=True, degraded=["few rows"]),
            feed("d_refused", late=True, refused=["no header"]),
        )
    )

    assert [(one.name, one.state, one.said, one.days) for one in told] == [
        ("d_refused", FeedState.REFUSED, ["no header"], 8),
        ("c_late", FeedState.LATE, ["few rows"], None),
        ("b_odd", FeedState.DEGRADED, ["few rows"], 8),
        ("a_fresh", FeedState.FRESH, [], 8),
    ]
    assert set(counts(told).values()) == {1}


def run(state, seconds):
    began = datetime(2026, 3, 9, tzinfo=UTC)
    ended = None if seconds is None else began + timedelta(seconds=seconds)
    return PastRun(run_id="r", as_of_date=NIGHT, attempt=1, fence=1, state=state,
                   started_at=began, finished_at=ended)  # fmt: skip


def test_a_night_tells_how_long_it_took_once_it_is_over() -> None:
    told = nights([run("running", None), run("finished", 40 * 60 + 20), run("failed", 20)])

    assert [night.minutes for night in told] == [None, 40, 0]


def drifted(name, psi):
    return DriftLine(name=name, title="", group="", psi=psi, missing_then=0.0, missing_now=0.0,
                     verdict="steady", reasons=())  # fmt: skip


def test_the_score_comes_first_and_only_what_moved_most_follows() -> None:
    features = tuple(drifted(f"f{number}", psi) for number, psi in enumerate([3.0, 0.25, None] * 5))

    moved = most_moved(SimpleNamespace(score=drifted("score", 0.1), features=features))

    assert [one.line.name for one in moved] == ["score", "f0", "f1", "f2", "f3", "f4", "f5"]
    assert [one.width for one in moved[:4]] == [pytest.approx(0.2), 1.0, pytest.approx(0.5), None]
