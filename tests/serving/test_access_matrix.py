"""Every endpoint of the description x role x level x whose household: nothing outside of reach is told.

The expectation is worked out here from the tree and ``roles.yaml`` alone, not from the code under test.
"""

import asyncio
import json
import re
from itertools import product
from uuid import uuid4

import pytest
import yaml
from sqlalchemy import select

from serving.access.roles import _FILE as ROLES_FILE
from serving.access.roles import Role
from serving.api.limiting import Allowances
from serving.store.schema import ALERTS, CASES
from tests.serving.desk import bearer, desk_over
from tests.serving.village import NIGHT

PATH = {
    "g1": ("grid:g1", "community:c-g1", "street:s1", "district:d"),
    "g2": ("grid:g2", "community:c-g2", "street:s1", "district:d"),
    "g3": ("grid:g3", "community:c-g3", "street:s2", "district:d"),
}
SCOPES = ("grid:g1", "community:c-g2", "street:s1", "district:d")
OPEN = {"get_problems", "get_problem", "get_health"}
ROLES = yaml.safe_load(ROLES_FILE.read_text(encoding="utf-8"))["roles"]
NEEDED = {
    "post_outcome": "record",
    "post_attempt": "record",
    "post_objection": "record",
    "post_search": "record",
    "post_intake": "record",
    "get_standing": "decide",
    "post_reassignment": "reassign",
    "post_search_decision": "decide",
    "post_closing": "decide",
    "post_escalation": "reassign",
    "post_intake_finding": "record",
    "post_objection_decision": "decide",
    "post_objection_withdrawal": "record",
    "get_aggregates": "aggregates",
    "get_waiting": "aggregates",
    "get_never_scored": "aggregates",
    "get_workload": "aggregates",
    "get_notices": "reassign",
    "get_model_health": ("aggregates", "operate"),
    "get_runs": ("aggregates", "operate"),
}
"""The right each operation asks for, beyond reaching the household."""


@pytest.fixture(scope="module")
def desk(published_on_both, tmp_path_factory):
    opened = desk_over(
        published_on_both,
        tmp_path_factory.mktemp("matrix"),
        allowances=Allowances(requests="100000 per 1 minute", households="100000 per 1 minute"),
    )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def targets(desk):
    """Households by grid and the role whose list they are on, and one that does not exist."""
    with desk.store.read() as read:
        cases = {row.household_id: row.case_id for row in read.execute(select(CASES))}
        listed = [
            {
                "household_id": row.household_id,
                "alert_id": row.alert_id,
                "grid_id": row.grid_id,
                "role": row.role,
                "case_id": cases[row.household_id],
            }
            for row in read.execute(select(ALERTS).order_by(ALERTS.c.alert_id))
        ]
    by_kind = {(one["grid_id"], one["role"]): one for one in listed}
    own, sibling, foreign = ("g1", "grid_worker"), ("g2", "grid_worker"), ("g3", "grid_worker")
    chosen = [by_kind[kind] for kind in (own, ("g1", "social_worker"), sibling, foreign)]
    missing = {
        "household_id": "nobody",
        "alert_id": str(uuid4()),
        "grid_id": "g9",
        "role": None,
        "case_id": str(uuid4()),
    }
    return [missing, *chosen], listed


def operations(desk):
    for path, methods in desk.client.get("/v1/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            yield operation["operationId"], method, path, operation


def filled(path, target):
    return (
        path.replace("{household_id}", target["household_id"])
        .replace("{alert_id}", target["alert_id"])
        .replace("{case_id}", target["case_id"])
        .replace("{grid_id}", target["grid_id"])
        .replace("{as_of_date}", NIGHT.isoformat())
        .replace("{objection_id}", str(uuid4()))
        .replace("{name}", "not-found")
    )


def body_of(operation):
    if "requestBody" not in operation:
        return None
    example = operation["requestBody"]["content"]["application/json"]["example"]
    fresh = json.loads(json.dumps(example))
    for name in fresh:
        if re.fullmatch(r"(outcome|attempt|objection|intake)_id", name):
            fresh[name] = str(uuid4())
    return fresh


def reaches(role, scope, target):
    """Whether somebody with one membership reaches what hangs on a household of ``target``."""
    if "household" not in ROLES[role]["rights"] or scope not in PATH.get(target["grid_id"], ()):
        return False
    return ROLES[role]["every_role_of_the_place"] or role == target["role"]


def may(role, operation):
    needed = NEEDED.get(operation)
    if needed is None:
        return True
    return bool({needed, *(needed if isinstance(needed, tuple) else ())} & {*ROLES[role]["rights"]})


async def asked_of_everything(desk, asked, tokens):
    of_household = [
        one for one in operations(desk) if re.search("{(household|alert|case|grid)", one[2])
    ]
    cells = []
    for (role, scope), token in tokens.items():
        for name, method, path, operation in of_household:
            for target in asked:
                told = await desk.ask(method, filled(path, target), token, body_of(operation))
                cells.append((role, scope, name, target, told))
    return cells


def test_no_cell_of_the_matrix_leaks(desk, targets):
    asked, listed = targets
    tokens = {
        (role, scope): desk.token(scope, role, worker=f"{role}-{scope}")
        for role, scope in product(Role, SCOPES)
    }
    cells = asyncio.run(asked_of_everything(desk, asked, tokens))

    missing = {tuple(cell): told for *cell, target, told in cells if target is asked[0]}
    wrong = []
    for role, scope, name, target, (status, text) in cells:
        # A list is asked for by grid: whoever has one there gets it, whoever it names.
        of_grid = [one for one in listed if one["grid_id"] == target["grid_id"]]
        same = of_grid if name == "get_list" else [target]
        if may(role, name) and any(reaches(role, scope, one) for one in same):
            is_right = status in {200, 201, 404, 409}
        else:
            expected = 404 if may(role, name) else 403
            is_right = status == expected and (status, text) == missing[role, scope, name]
        foreign = [
            other["household_id"]
            for other in listed
            if other["household_id"] in text and not reaches(role, scope, other)
        ]
        if not is_right or foreign:
            wrong.append((role, scope, name, target["grid_id"], status, foreign))
    assert not wrong, (len(wrong), wrong[:20])
    assert len(cells) >= 2_000, len(cells)


def test_what_is_in_reach_is_answered(desk, targets):
    """The matrix would also hold for a door that opens to nobody."""
    _, listed = targets
    one = next(x for x in listed if (x["grid_id"], x["role"]) == ("g1", "grid_worker"))
    token = desk.token("grid:g1", Role.GRID_WORKER, worker="own")

    answers = {
        name: desk.client.request(
            method, filled(path, one), headers=bearer(token), json=body_of(operation)
        ).status_code
        for name, method, path, operation in operations(desk)
        if "{" in path
    }

    reached = {name for name, status in answers.items() if status in {200, 201, 409}}
    assert reached >= {
        "get_list", "get_household", "get_reasons", "get_case", "get_objections",
        "post_outcome", "post_attempt", "post_objection",
    }  # fmt: skip


def test_what_has_no_id_in_its_address_names_nobody_out_of_reach(desk, targets):
    _, listed = targets
    without = [one for one in operations(desk) if "{" not in one[2] and one[1] == "get"]
    for role, scope in product(Role, SCOPES):
        token = desk.token(scope, role, worker=f"list-{role}-{scope}")
        for name, method, path, _ in without:
            answer = desk.client.request(method, path, headers=bearer(token))
            expected = {200} if may(role, name) else {403}
            assert answer.status_code in expected, (role, scope, name, answer.text)
            for other in listed:
                if not reaches(role, scope, other):
                    assert other["household_id"] not in answer.text, (role, scope, name)


def test_a_member_of_nothing_and_a_stranger_get_nothing(desk, targets):
    asked, _ = targets
    nobody = desk.stranger()
    for name, method, path, operation in operations(desk):
        if name in OPEN:
            continue
        for target in asked:
            body = body_of(operation)
            known = desk.client.request(
                method, filled(path, target), headers=bearer(nobody), json=body
            )
            unknown = desk.client.request(method, filled(path, target), json=body)
            assert (known.status_code, known.content) == (401, unknown.content)


def test_a_membership_that_ended_counts_no_more_from_the_next_request(desk):
    token = desk.token("grid:g1", Role.GRID_WORKER, worker="mover")
    mine = f"/v1/lists/{NIGHT}/g1"
    assert desk.get(mine, token).status_code == 200

    desk.token("grid:g2", Role.GRID_WORKER, worker="mover")

    assert desk.get(mine, token).status_code == 404
    assert desk.get(f"/v1/lists/{NIGHT}/g2", token).status_code == 200


def test_two_memberships_reach_the_union_of_their_places(desk):
    token = desk.token("grid:g1", Role.GRID_WORKER, worker="both")
    desk.another("both", "grid:g3", Role.GRID_WORKER)

    lists = desk.get("/v1/me/list", token).json()["lists"]

    assert [one["header"]["grid_id"] for one in lists] == ["g1", "g3"]
