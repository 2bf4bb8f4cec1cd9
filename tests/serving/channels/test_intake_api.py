"""An intake over the API: whoever records it is told which case it opened, or why there is none."""

from uuid import uuid4

import pytest
import yaml

from serving.access.roles import Role
from tests.serving.cases.desk import strict
from tests.serving.channels.test_entering import CLOCKS
from tests.serving.desk import Desk
from tests.serving.village import NIGHT, run


@pytest.fixture
def desk(home, tmp_path):
    lists = strict(intakes=CLOCKS)
    policy = tmp_path / "policy.yaml"
    policy.write_text(yaml.safe_dump({"versions": [lists.model_dump(mode="json")]}))
    run(home, lists=lists)
    opened = Desk(home, list_policy=policy)
    opened.app.state.home = home
    yield opened
    opened.store.close()


def intake(**changes):
    return {
        "intake_id": str(uuid4()),
        "channel": "mandatory_report",
        "came_on": NIGHT.isoformat(),
        "grid_id": "g1",
        "household_id": "zhao_debts",
    } | changes


def test_a_report_is_answered_with_the_case_it_joined_and_the_case_is_urgent_now(desk):
    token = desk.token("grid:g1", Role.SUPERVISOR)
    body = intake()
    first, again = desk.post("/v1/intakes", body, token), desk.post("/v1/intakes", body, token)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["entered"] == "joined"
    assert again.json() == first.json()
    case = desk.get(f"/v1/cases/{first.json()['case_id']}", token).json()
    assert case["clock"] == "urgent"


@pytest.mark.parametrize(
    ("household", "grid", "code", "entered"),
    [
        ("wu_quiet", "g1", 201, "opened"),
        ("wu_quiet", "g2", 404, None),
        ("chen_far", "g1", 404, None),
        ("a_stranger", "g1", 404, None),
    ],
    ids=[
        "its grid, on no list",
        "another of its street",
        "another street's",
        "not in the register",
    ],
)
def test_a_household_no_list_named_may_be_named_for_the_grid_it_lives_in_and_is_in_reach_then(
    desk, household, grid, code, entered
):
    token = desk.token("street:s1", Role.SUPERVISOR)
    body = intake(household_id=household, grid_id=grid)
    answer = desk.post("/v1/intakes", body, token)

    assert (answer.status_code, answer.json().get("entered")) == (code, entered)
    page = desk.get(f"/v1/households/{household}", token)
    if entered:
        assert page.json()["case"]["case_id"] == answer.json()["case_id"]
    else:
        assert page.status_code == 404


def test_what_is_found_later_says_which_case_it_went_into(desk):
    token = desk.token("grid:g1", Role.SUPERVISOR)
    body = intake(household_id=None)
    unknown = desk.post("/v1/intakes", body, token).json()
    found = {"household_id": "zhao_debts", "finding": "need_aid_started"}
    known = desk.post(f"/v1/intakes/{body['intake_id']}/findings", found, token).json()

    assert (unknown["entered"], unknown["case_id"]) == ("household_unknown", None)
    assert (known["version"], known["entered"]) == (2, "joined")
    case = desk.get(f"/v1/cases/{known['case_id']}", token).json()
    assert (case["state"], case["closed_because"]) == ("closed", "need_aid_started")
