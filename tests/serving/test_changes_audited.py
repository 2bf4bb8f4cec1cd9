"""Every change by a person stands in the audit: committed with it, or neither is."""

import json
import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from serving.access.audit import first_break
from serving.access.roles import Role
from serving.api.examples import BODIES
from serving.cases.journal import CaseMoved
from serving.dossier.change import changing
from serving.store.schema import AUDIT_ENTRIES, CASES, OBJECTION_WITHDRAWALS
from tests.serving.desk import desk_over


@pytest.fixture
def desk(published_on_both, tmp_path):
    opened = desk_over(published_on_both, tmp_path / "home")
    yield opened
    opened.close()


def entries(desk, actor):
    with desk.store.read() as read:
        found = read.execute(
            select(AUDIT_ENTRIES)
            .where(AUDIT_ENTRIES.c.actor == actor)
            .order_by(AUDIT_ENTRIES.c.seq)
        ).all()
        assert first_break(read) is None
    return [(row.action, row.household_id, json.loads(row.detail)) for row in found]


def case_of(desk, household_id):
    with desk.store.read() as read:
        return read.execute(select(CASES).where(CASES.c.household_id == household_id)).one()


def fresh(name, **changes):
    """Return the example body of an operation under a new id."""
    ids = {
        key: str(uuid4())
        for key in BODIES[name]
        if re.fullmatch(r"\w+_id", key) and key != "grid_id"
    }
    return {**BODIES[name], **ids, **changes}


def test_what_a_visitor_records_is_entered_with_household_and_id(desk):
    token = desk.token("grid:g1", Role.GRID_WORKER, worker="visitor")
    case = case_of(desk, "zhao_debts")
    sent = {
        "attempt": (f"/v1/cases/{case.case_id}/attempts", fresh("post_attempt")),
        "objection": ("/v1/households/zhao_debts/objections", fresh("post_objection")),
        "intake": ("/v1/intakes", fresh("post_intake")),
        "outcome": (f"/v1/alerts/{case.alert_id}/outcomes", fresh("post_outcome")),
    }

    for path, body in sent.values():
        answer = desk.post(path, body, token)
        assert answer.status_code == 201, answer.text

    told = entries(desk, "visitor")
    assert [(action, detail["what"]) for action, _, detail in told] == [
        ("recorded", what) for what in sent
    ]
    assert [household for _, household, _ in told] == [
        "zhao_debts",
        "zhao_debts",
        None,
        "zhao_debts",
    ]
    outcome_id = sent["outcome"][1]["outcome_id"]
    assert told[-1][2] == {"what": "outcome", "id": outcome_id}


@pytest.mark.parametrize(
    ("operation", "path", "action"),
    [
        ("post_reassignment", "reassignments", "reassigned"),
        ("post_escalation", "escalations", "reassigned"),
        ("post_search", "search", "recorded"),
    ],
)
def test_what_is_done_to_a_case_is_entered_once_per_request(desk, operation, path, action):
    token = desk.token("street:s1", Role.SUPERVISOR, worker="chief")
    case = case_of(desk, "zhao_debts")

    answer = desk.post(f"/v1/cases/{case.case_id}/{path}", BODIES[operation], token)

    assert answer.status_code == 200, answer.text
    what = operation.removeprefix("post_")
    assert entries(desk, "chief") == [(action, "zhao_debts", {"what": what, "id": case.case_id})]


def test_what_is_refused_leaves_neither_a_change_nor_an_entry(desk):
    token = desk.token("street:s1", Role.SUPERVISOR, worker="chief")
    case = case_of(desk, "zhao_debts")
    stale = {**BODIES["post_reassignment"], "base_version": case.version + 7}

    assert desk.post(f"/v1/cases/{case.case_id}/reassignments", stale, token).status_code == 409
    foreign = desk.token("grid:g2", Role.GRID_WORKER, worker="stranger")
    objection = fresh("post_objection")
    path = "/v1/households/zhao_debts/objections"
    assert desk.post(path, objection, foreign).status_code == 404

    assert case_of(desk, "zhao_debts").version == case.version
    assert entries(desk, "chief") == entries(desk, "stranger") == []


def test_an_entry_that_cannot_be_written_takes_the_change_back(desk, monkeypatch):
    token = desk.token("grid:g1", Role.GRID_WORKER, worker="visitor")
    case = case_of(desk, "zhao_debts")

    def full(_work, _seen):
        raise CaseMoved(expected=1, found=2)

    monkeypatch.setattr(f"{changing.__module__}.append", full)
    body = fresh("post_outcome")
    assert desk.post(f"/v1/alerts/{case.alert_id}/outcomes", body, token).status_code == 409
    assert desk.outcomes() == []


def test_an_objection_is_taken_back_and_taking_it_back_again_changes_nothing(desk):
    visitor = desk.token("grid:g1", Role.GRID_WORKER, worker="visitor")
    chief = desk.token("street:s1", Role.SUPERVISOR, worker="chief")
    objection = fresh("post_objection")
    path = "/v1/households/zhao_debts/objections"
    desk.post(path, objection, visitor)
    back = f"{path}/{objection['objection_id']}/withdrawal"

    first, again = desk.post(back, None, visitor), desk.post(back, None, chief)

    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert first.json()["withdrawn_at"] is not None
    with desk.store.read() as read:
        assert len(read.execute(select(OBJECTION_WITHDRAWALS)).all()) == 1
    assert entries(desk, "visitor")[-1][2]["what"] == "objection_withdrawal"


def test_an_objection_of_another_household_cannot_be_taken_back_through_this_one(desk):
    visitor = desk.token("grid:g1", Role.GRID_WORKER, worker="visitor")
    objection = fresh("post_objection")
    desk.post("/v1/households/zhao_debts/objections", objection, visitor)
    desk.token("grid:g2", Role.GRID_WORKER, worker="other")
    other = desk.token("grid:g2", Role.GRID_WORKER, worker="other")

    path = f"/v1/households/zheng_two/objections/{objection['objection_id']}/withdrawal"
    assert desk.post(path, None, other).status_code == 404


def test_a_refused_objection_cannot_be_taken_back(desk):
    chief = desk.token("street:s1", Role.SUPERVISOR, worker="chief")
    objection = fresh("post_objection")
    path = "/v1/households/zhao_debts/objections"
    desk.post(path, objection, chief)
    one = f"{path}/{objection['objection_id']}"
    desk.post(f"{one}/decision", {"upheld": False, "reason": "名单来自规则"}, chief)

    assert desk.post(f"{one}/withdrawal", None, chief).status_code == 409
