"""A visitor's whole day with a client that was made from the description alone."""

from uuid import uuid4

import aiopenapi3
import httpx2
import pytest

from serving.access.roles import Role
from tests.serving.desk import desk_over
from tests.serving.served import served


@pytest.fixture
def desk(published_on_both, tmp_path):
    opened = desk_over(published_on_both, tmp_path / "home")
    yield opened
    opened.close()


class Client:
    """Calls operations by their id, with a token."""

    def __init__(self, address, token):
        self._api = aiopenapi3.OpenAPI.load_sync(
            f"{address}/v1/openapi.json", session_factory=httpx2.Client
        )
        self._api.authenticate(HTTPBearer=token.secret)

    def __call__(self, operation, body=None, **parameters):
        request = getattr(self._api._, operation)
        if body is not None:
            # Checked against the description, sent as it is: the model would add nulls for what is left out.
            request.data.get_type().model_validate(body)
        return request(parameters=parameters or None, data=body)


def case_id_of(page):
    return page.timeline[0].case_id


def test_a_day_of_a_visitor_and_the_evening_of_their_supervisor(desk):
    with served(desk.app) as address:
        visitor = Client(address, desk.token("grid:g1", Role.GRID_WORKER, worker="visitor"))
        chief = Client(address, desk.token("street:s1", Role.SUPERVISOR, worker="chief"))

        # Morning: who am I, what is my list, why this household, what is to be asked.
        assert visitor("get_me").worker_id == "visitor"
        [mine] = visitor("get_my_list").lists
        households = [entry.household_id for entry in mine.entries]
        assert "zhao_debts" in households
        page = visitor("get_household", household_id="zhao_debts")
        case = visitor("get_case", case_id=case_id_of(page))
        assert case.state == "open"
        assert [task.task for task in page.tasks] == ["visit"]
        assert visitor("get_reasons", household_id="zhao_debts").band.code == "orange"

        # Nobody at home; then somebody is, and help is begun.
        tried = visitor(
            "post_attempt",
            {
                "attempt_id": str(uuid4()),
                "channel": "visit",
                "result": "nobody_home",
                "evidence": "note_left",
            },
            case_id=case.case_id,
        )
        assert tried.state == "accepted"
        found = visitor(
            "post_outcome",
            {
                "outcome_id": str(uuid4()),
                "visited_on": "2026-03-09",
                "finding": "need_aid_started",
                "needs": ["cash"],
                "base_version": tried.case_version,
            },
            alert_id=case.alert_id,
        )
        assert (found.state, found.clash) == ("accepted", None)
        after = visitor("get_household", household_id="zhao_debts")
        assert visitor("get_case", case_id=case.case_id).state == "closed"
        assert [one.kind for one in after.timeline][-2:] == ["attempted", "outcome"]

        # Somebody on the way who was on no list, and somebody who does not want to be on one.
        came = visitor(
            "post_intake",
            {
                "intake_id": str(uuid4()),
                "channel": "field",
                "came_on": "2026-03-09",
                "grid_id": "g1",
                "finding": "need_aid_started",
                "needs": ["care"],
            },
        )
        assert came.recorded_at is not None
        other = next(one for one in households if one != "zhao_debts")
        objected = visitor(
            "post_objection",
            {"objection_id": str(uuid4()), "ground": "automated_listing"},
            household_id=other,
        )

        # Evening: the supervisor decides, hands over, and looks at the month.
        decided = chief(
            "post_objection_decision",
            {"upheld": True, "reason": "不愿被自动列入"},
            household_id=other,
            objection_id=objected.objection_id,
        )
        assert decided.state == "upheld"
        waiting = chief("get_cases", queue="open").cases
        moved = chief(
            "post_reassignment",
            {"to_worker": "colleague", "reason": "absent"},
            case_id=waiting[0].case_id,
        )
        assert moved.assigned_to == "colleague"
        assert str(chief("get_aggregates", month="2026-03").month) == "2026-03-01"
        assert chief("get_waiting").tables.root["all"][0].line == "all"
        assert str(chief("get_never_scored").as_of_date) == "2026-03-09"
        assert str(chief("get_workload", weeks=1).since) == "2026-03-02"
        assert chief("get_standing", household_id=other).band
        assert chief("get_freshness").late_feeds[0].feed == "utility_bills"
        assert "folder of the nights" in chief("get_model_health").problems[0]
        assert chief("get_runs").runs[0].state == "finished"
        assert chief("get_notices").notices == []
        assert chief("get_catalogue").entries == []
