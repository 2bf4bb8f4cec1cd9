"""A month in numbers: counted as by hand, withheld where they are few, the same for whoever may ask."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import insert, select

from serving.access.roles import Role
from serving.benchmarks.made_night import Size
from serving.benchmarks.publishing import publish_nights
from serving.lists.list_policy import load_list_policy
from serving.store.schema import ALERTS, OUTCOMES
from serving.store.scopes import WHOLE
from serving.supervision.figures import Result, figures
from tests.serving.desk import MORNING, Desk
from tests.serving.village import ZONE

MARCH = date(2026, 3, 1)
FINDINGS = ["need_aid_started"] * 40 + ["need_no_entitlement"] * 20 + ["no_need"] * 25
FINDINGS += ["refused"] * 3 + ["not_found"] * 12


@pytest.fixture
def desk(home):
    opened = Desk(home)
    policy = load_list_policy(None, as_of_date=date(2026, 3, 9))
    size = Size(households=2_000, grids=40, alerts=400, passed_over=0)
    publish_nights(
        opened.store, size, policy, nights=1, zone=ZONE, now=MORNING.astimezone(UTC),
        say=lambda _: None,
    )  # fmt: skip
    yield opened
    opened.close()


def visit(desk, *, number, finding, again=False):
    with desk.store.write() as work:
        alerts = work.scalars(
            select(ALERTS.c.alert_id).order_by(ALERTS.c.band, ALERTS.c.alert_id)
        ).all()
        work.execute(
            insert(OUTCOMES).values(
                outcome_id=f"o{number}{again}", body_sha256="x", alert_id=alerts[number],
                state="accepted", visited_on=date(2026, 3, 9 + number % 5 + again), finding=finding, needs="",
                helped_by="", worker_id="w", worker_role="grid_worker",
                recorded_at=datetime(2026, 3, 15 + again, tzinfo=UTC), recorded_on=date(2026, 3, 15),
            )
        )  # fmt: skip


def report(desk, month=MARCH):
    with desk.store.read(WHOLE) as read:
        return figures(read, scope=("d1",), month=month)


def test_every_alert_is_counted_once_by_its_last_outcome(desk):
    for number, finding in enumerate(FINDINGS):
        visit(desk, number=number, finding=finding)
    # The last word counts: a second visit found help after all.
    visit(desk, number=99, finding="need_aid_started", again=True)

    [line] = report(desk).tables["all"]

    assert line.alerts == 400
    assert line.results[Result.REFUSED] is None
    assert line.results[Result.HELPED] == 40
    assert line.results[Result.WAITING] == 300
    assert (line.reached, line.confirmed) == (90, 60)
    assert line.results[Result.NO_NEED] is None, "with it the three who refused would follow"


def test_the_share_has_an_interval_and_is_reckoned_from_what_is_shown(desk):
    for number, finding in enumerate(["need_aid_started"] * 40 + ["need_no_entitlement"] * 20
                                     + ["no_need"] * 40 + ["refused"] * 20):  # fmt: skip
        visit(desk, number=number, finding=finding)

    [line] = report(desk).tables["all"]

    assert (line.reached, line.confirmed, line.share) == (120, 60, 0.5)
    assert line.interval == (0.412, 0.588)


def test_another_month_and_another_place_hold_nothing(desk):
    assert report(desk, date(2026, 4, 1)).tables["all"][0].alerts is None
    with desk.store.read(WHOLE) as read:
        elsewhere = figures(read, scope=("elsewhere",), month=MARCH)
    assert elsewhere.tables["place"] == []


def test_the_days_until_a_visit_are_told_from_ten_visits_on(desk):
    for number in range(9):
        visit(desk, number=number, finding="no_need")
    assert set(report(desk).days_to_visit.values()) == {None}

    visit(desk, number=9, finding="no_need")
    assert set(report(desk).days_to_visit.values()) == {2}


def test_the_days_until_the_first_visit_are_told_as_a_distribution(desk):
    # Alert by alert visited on the day of the list, a day later, and so on to the fourth; then again.
    for number in range(100):
        visit(desk, number=number, finding="not_found")
    visit(desk, number=3, finding="no_need", again=True)

    days = {line.line: line.alerts for line in report(desk).tables["days"]}

    assert days == {"0-1": 40, "2-3": 40, "4-7": 20, "not_yet": 300}


def test_over_the_api_it_is_for_supervisors_and_data_scientists(desk):
    path = "/v1/aggregates?month=2026-03"
    answers = {role: desk.get(path, desk.token("district:d1", role, worker=role)) for role in Role}

    allowed = {role for role, answer in answers.items() if answer.status_code == 200}
    assert allowed == {Role.SUPERVISOR, Role.DISTRICT_ADMIN, Role.DATA_SCIENTIST}
    assert answers[Role.SUPERVISOR].content == answers[Role.DATA_SCIENTIST].content
    assert {answer.status_code for role, answer in answers.items() if role not in allowed} == {403}
