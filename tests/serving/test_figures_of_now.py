"""Waiting, never scored, workload: counted as by hand, withheld where few, by the caller's places."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from serving.access.roles import Role
from serving.benchmarks.made_night import Size
from serving.benchmarks.publishing import publish_nights
from serving.lists.list_policy import load_list_policy
from serving.store.schema import ALERTS, CASES, NEVER_SCORED, OUTCOMES
from serving.store.scopes import WHOLE
from serving.supervision.never_scored import never_scored
from serving.supervision.waiting import waiting
from serving.supervision.workload import workload
from tests.serving.desk import MORNING, Desk
from tests.serving.village import ZONE

NIGHT = date(2026, 3, 9)
NOW = MORNING.astimezone(UTC)
STREET = {0: "s000", 150: "s001"}
"""Streets have 150 grids: the first grid of each."""


@pytest.fixture
def desk(home):
    opened = Desk(home)
    policy = load_list_policy(None, as_of_date=NIGHT)
    size = Size(households=600, grids=200, alerts=400, passed_over=0, unscored=0)
    publish_nights(
        opened.store, size, policy, nights=1, zone=ZONE, now=NOW, say=lambda _: None
    )  # fmt: skip
    yield opened
    opened.close()


def changed(desk, until=400, *, every=1, **values):
    """Change some cases, in the order of their grids; the store's own ways to do so are tested elsewhere."""
    with desk.store.write() as work:
        ids = work.scalars(select(CASES.c.case_id).order_by(CASES.c.grid_id)).all()[:until:every]
        work.execute(update(CASES).where(CASES.c.case_id.in_(ids)).values(**values))


def told(desk, report, **asked):
    with desk.store.read(WHOLE) as read:
        return report(read, scope=asked.pop("scope", ("d1",)), **asked)


def lines(report, table):
    return {line.line: line for line in report.tables[table]}


def test_open_cases_are_told_by_place_clock_and_how_often_they_were_listed(desk):
    changed(desk, due_at=NOW, clock="normal")
    changed(desk, every=3, clock="red")
    changed(desk, every=4, due_at=NOW - timedelta(seconds=1))
    changed(desk, every=5, first_contact_at=NOW - timedelta(hours=1))
    changed(desk, every=2, repeats=2)

    found = told(desk, waiting, now=NOW)

    [everything] = found.tables["all"]
    assert (everything.cases, everything.overdue, everything.unreached) == (400, 100, 320)
    assert {name: line.cases for name, line in lines(found, "place").items()} == {
        "s000": 300, "s001": 100,
    }  # fmt: skip
    assert lines(found, "clock")["red"].cases == 135, "134 of 400, rounded"
    assert lines(found, "clock")["red"].overdue == 35, "34: each twelfth"
    assert lines(found, "place_clock")["s000/normal"].cases == 200
    assert lines(found, "listed")["3+"].cases == 200
    assert lines(found, "listed")["3+"].unreached == 160


def test_a_deadline_of_this_moment_is_in_time_and_a_closed_case_waits_no_more(desk):
    changed(desk, due_at=NOW)
    changed(desk, 100, state="closed")

    [everything] = told(desk, waiting, now=NOW).tables["all"]

    assert everything.cases == 300
    assert everything.overdue is None, "none is; a zero would say that of each"


def test_nine_overdue_are_withheld_with_the_sums_that_would_tell(desk):
    changed(desk, due_at=NOW)
    changed(desk, 9, due_at=NOW - timedelta(hours=1))

    found = told(desk, waiting, now=NOW)

    assert found.tables["all"][0].overdue is None
    assert {line.overdue for line in found.tables["place"]} == {None}


def unscored(desk, *rows):
    with desk.store.write() as work:
        work.execute(
            insert(NEVER_SCORED),
            [
                {"as_of_date": NIGHT, "publish_seq": 1, "grid_id": grid_id, "area_path": area_path,
                 "why": why, "households": households}
                for grid_id, area_path, why, households in rows
            ],
        )  # fmt: skip


def test_never_scored_households_are_told_by_place_and_why(desk):
    unscored(
        desk,
        ("g00000", "d1/s000/c0000/g00000", "membership_doubtful", 12),
        ("g00001", "d1/s000/c0000/g00001", "unregistered_dwelling", 20),
        ("g00150", "d1/s001/c0015/g00150", "unregistered_dwelling", 40),
        ("-", "-", "no_grid", 15),
    )

    district = told(desk, never_scored)
    street = told(desk, never_scored, scope=("d1/s000",))

    assert district.as_of_date == NIGHT
    assert {name: line.households for name, line in lines(district, "place").items()} == {
        "-": 15, "s000": 30, "s001": 40,
    }  # fmt: skip
    assert lines(district, "place_why")["s000/membership_doubtful"].households == 10
    assert {*lines(street, "place")} == {"c0000"}, "what lies in no grid is nobody's street"


def test_a_grid_with_nine_is_not_told(desk):
    unscored(
        desk,
        ("g00000", "d1/s000/c0000/g00000", "unregistered_dwelling", 9),
        ("g00150", "d1/s001/c0015/g00150", "unregistered_dwelling", 40),
    )

    found = told(desk, never_scored)

    assert {line.households for line in found.tables["place"]} == {None}
    assert found.tables["all"][0].households == 50


def test_workload_holds_what_was_listed_against_the_room_there_was(desk):
    with desk.store.write() as work:
        ids = work.scalars(select(ALERTS.c.alert_id).order_by(ALERTS.c.grid_id)).all()
        for alert_id in ids[:120]:
            work.execute(
                insert(OUTCOMES).values(
                    outcome_id=alert_id, body_sha256="x", alert_id=alert_id, state="accepted",
                    visited_on=NIGHT, finding="not_found", needs="", worker_id="w",
                    worker_role="grid_worker", recorded_at=datetime(2026, 3, 9, tzinfo=UTC),
                    recorded_on=NIGHT,
                )
            )  # fmt: skip

    found = told(desk, workload, until=NIGHT + timedelta(days=1), weeks=1)

    [everything] = found.tables["all"]
    assert (everything.capacity, everything.listed, everything.answered) == (400, 400, 120)
    assert everything.load == 1.0
    assert {*lines(found, "day")} == {"2026-03-09"}
    assert lines(found, "place_role")["s001/grid_worker"].capacity == 100
    assert told(desk, workload, until=NIGHT, weeks=1).tables["all"] == []


def test_a_sunday_is_no_working_day(desk):
    policy = load_list_policy(None, as_of_date=NIGHT)
    other = Desk(desk.home / "other")
    publish_nights(
        other.store, Size(households=60, grids=20, alerts=40, passed_over=0, unscored=0), policy, nights=1,
        zone=ZONE, now=NOW - timedelta(days=1), say=lambda _: None,
    )  # fmt: skip

    assert told(other, workload, until=NIGHT, weeks=1).tables["all"] == []
    other.close()


@pytest.mark.parametrize("report", ["waiting", "never-scored", "workload"])
def test_over_the_api_they_are_for_who_may_see_figures_and_audited(desk, report):
    path = f"/v1/aggregates/{report}"
    answers = {role: desk.get(path, desk.token("district:d1", role, worker=role)) for role in Role}

    allowed = {role for role, answer in answers.items() if answer.status_code == 200}
    assert allowed == {Role.SUPERVISOR, Role.DISTRICT_ADMIN, Role.DATA_SCIENTIST}
    assert {answer.status_code for role, answer in answers.items() if role not in allowed} == {403}
