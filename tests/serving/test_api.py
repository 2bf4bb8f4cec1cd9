"""The HTTP door: who gets in, what they see, and that an outcome is never lost or doubled."""

import json
from contextlib import contextmanager
from datetime import timedelta
from uuid import uuid4

import pytest

from serving.access.roles import Role
from serving.access.tokens import revoke
from serving.lists.documents import alert_id
from tests.serving.desk import Desk, bearer, desk_over
from tests.serving.village import NIGHT, TWO_O_CLOCK


@pytest.fixture
def published(published_on_both):
    return published_on_both


@pytest.fixture
def desk(published, tmp_path):
    opened = desk_over(published, tmp_path / "home")
    yield opened
    opened.close()


def an_outcome(**changes):
    return {
        "outcome_id": str(uuid4()),
        "visited_on": "2026-03-09",
        "finding": "need_aid_started",
        "needs": ["cash", "care"],
        "note": "需要轮椅",
    } | changes


def path_of(household):
    return f"/v1/alerts/{alert_id(as_of_date=NIGHT, household_id=household)}/outcomes"


LIST = f"/v1/lists/{NIGHT}/g1"
REASONS = "/v1/households/zhao_debts/reasons"


def test_every_described_endpoint_but_health_and_the_problems_turns_strangers_away(desk):
    answers = {}
    for path, methods in desk.client.get("/v1/openapi.json").json()["paths"].items():
        for method in methods:
            filled = (
                path.replace("{as_of_date}", "2026-03-09")
                .replace("{grid_id}", "g1")
                .replace("{household_id}", "zhao_debts")
                .replace("{alert_id}", str(uuid4()))
                .replace("{case_id}", str(uuid4()))
                .replace("{objection_id}", str(uuid4()))
                .replace("{name}", "not-found")
            )
            for headers in ({}, {"Authorization": "Bearer zr_wrong"}, {"Authorization": "Basic x"}):
                response = desk.client.request(method, filled, headers=headers)
                answers[method, path, str(headers)] = response.status_code

    open_to_all = {"/health", "/v1/problems", "/v1/problems/{name}"}
    known = {code for (_, path, _), code in answers.items() if path in open_to_all}
    others = {code for (_, path, _), code in answers.items() if path not in open_to_all}
    assert len(answers) >= 12
    assert known == {200}
    assert others == {401}, answers


def test_a_list_is_read_as_it_was_published(desk, published):
    token = desk.token("grid:g1", Role.GRID_WORKER)

    response = desk.get(LIST, token)

    on_disk = json.loads((published / "lists" / "2026-03-09/g1/grid_worker.json").read_text())
    assert response.status_code == 200
    assert response.json() == {"lists": [on_disk]}
    assert response.headers["cache-control"] == "no-store"


def test_a_worker_sees_the_list_of_their_role_and_a_supervisor_all_of_them(desk):
    roles = {
        role: [
            found["header"]["role"]
            for found in desk.get(LIST, desk.token("grid:g1", role)).json().get("lists", [])
        ]
        for role in Role
    }

    assert roles == {
        Role.GRID_WORKER: ["grid_worker"],
        Role.STREET_OFFICER: ["street_officer"],
        Role.SOCIAL_WORKER: ["social_worker"],
        Role.VOLUNTEER: [],
        Role.SUPERVISOR: ["grid_worker", "social_worker", "street_officer"],
        Role.DISTRICT_ADMIN: ["grid_worker", "social_worker", "street_officer"],
        Role.AUDITOR: [],
        Role.DATA_SCIENTIST: [],
        Role.OPERATOR: [],
    }


@pytest.mark.parametrize(
    ("scope", "reached"),
    [
        ("grid:g1", {"g1"}),
        ("grid:g2", {"g2"}),
        ("grid:g3", {"g3"}),
        ("community:c-g1", {"g1"}),
        ("street:s1", {"g1", "g2"}),
        ("street:s2", {"g3"}),
        ("district:d", {"g1", "g2", "g3"}),
        ("district:elsewhere", set()),
        ("grid:s1", set()),
        ("street:g1", set()),
        ("grid:", set()),
        ("grid:%", set()),
    ],
)
def test_a_scope_reaches_its_subtree_and_nothing_else_and_what_it_does_not_reach_does_not_exist(
    desk, scope, reached
):
    token = desk.token(scope)
    households = {"g1": "zhao_debts", "g2": "zheng_two", "g3": "chen_far"}
    nowhere = [
        desk.get(f"/v1/lists/{NIGHT}/g9", token),
        desk.get("/v1/households/nobody/reasons", token),
        desk.post(f"/v1/alerts/{uuid4()}/outcomes", an_outcome(), token),
    ]
    assert {response.status_code for response in nowhere} == {404}
    [missing] = {response.content for response in nowhere}

    for grid, household in households.items():
        answers = {
            "list": desk.get(f"/v1/lists/{NIGHT}/{grid}", token),
            "reasons": desk.get(f"/v1/households/{household}/reasons", token),
            "outcome": desk.post(path_of(household), an_outcome(), token),
        }
        if grid in reached:
            assert {name: r.status_code for name, r in answers.items()} == {
                "list": 200,
                "reasons": 200,
                "outcome": 201,
            }
        else:
            for response in answers.values():
                assert (response.status_code, response.content) == (404, missing)
                assert response.headers["content-type"] == "application/problem+json"


def test_an_unpublished_date_and_an_unknown_page_look_the_same_as_a_foreign_list(desk):
    token = desk.token("grid:g1")

    foreign = desk.get(f"/v1/lists/{NIGHT}/g2", token)

    assert desk.get("/v1/lists/2026-03-10/g1", token).content == foreign.content
    assert desk.get("/v1/nothing/here", token).content == foreign.content


def test_a_household_on_another_roles_list_does_not_exist_for_a_worker(desk):
    assert desk.get(REASONS, desk.token("grid:g1", Role.GRID_WORKER)).status_code == 200
    assert desk.get(REASONS, desk.token("grid:g1", Role.SOCIAL_WORKER)).status_code == 404


def test_reasons_are_sentences_without_a_score(desk):
    found = desk.get(REASONS, desk.token("grid:g1")).json()

    assert set(found) == {
        "household_id",
        "alert_id",
        "band",
        "reasons",
        "uncertainty",
        "ask",
        "data_until",
    }
    assert found["reasons"] == [
        {"text": "水电气热欠费", "dated": "2026-02-20", "when": "2026-02-20"}
    ]


def test_a_revoked_token_is_refused_at_once_and_an_expired_one_on_the_second(desk):
    revoked, expiring = desk.token("grid:g1"), desk.token("grid:g1", days=1)
    assert desk.get(LIST, revoked).status_code == 200
    with desk.store.write() as work:
        assert revoke(work, token_id=revoked.token_id, now=desk.clock())

    assert desk.get(LIST, revoked).status_code == 401
    desk.clock.move(timedelta(days=1) - timedelta(seconds=1))
    assert desk.get(LIST, expiring).status_code == 200
    desk.clock.move(timedelta(seconds=1))
    assert desk.get(LIST, expiring).status_code == 401


def test_the_store_keeps_no_token_only_its_hash(desk):
    secret = desk.token("grid:g1").secret

    with desk.store.read() as connection:
        kept = connection.exec_driver_sql("select * from api_tokens").fetchall()

    assert secret not in repr(kept)


def test_an_outcome_is_new_once_and_its_receipt_is_the_same_for_every_resend(desk):
    token, body = desk.token("grid:g1", Role.GRID_WORKER), an_outcome()

    first = desk.post(path_of("zhao_debts"), body, token)
    desk.clock.move(timedelta(hours=1))
    again = desk.post(path_of("zhao_debts"), body, token)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    [kept] = desk.outcomes()
    assert (kept.state, kept.finding, kept.needs) == ("accepted", "need_aid_started", "care;cash")
    assert (kept.worker_id, kept.worker_role) == ("w1", "grid_worker")


def test_the_order_of_needs_does_not_make_another_outcome(desk):
    token, body = desk.token("grid:g1"), an_outcome(needs=["cash", "care"])

    desk.post(path_of("zhao_debts"), body, token)
    again = desk.post(path_of("zhao_debts"), body | {"needs": ["care", "cash"]}, token)

    assert again.status_code == 200


@pytest.mark.parametrize(
    "change",
    [{"finding": "no_need"}, {"needs": []}, {"note": None}, {"visited_on": "2026-03-08"}],
    ids=lambda change: next(iter(change)),
)
def test_the_same_id_with_another_body_is_a_conflict_and_both_are_kept(desk, change):
    token, body = desk.token("grid:g1"), an_outcome()
    desk.post(path_of("zhao_debts"), body, token)

    answers = [desk.post(path_of("zhao_debts"), body | change, token) for _ in range(2)]

    assert {response.status_code for response in answers} == {409}
    assert answers[0].headers["content-type"] == "application/problem+json"
    assert [row.state for row in desk.outcomes()] == ["accepted", "conflicting"]
    assert desk.post(path_of("zhao_debts"), body, token).status_code == 200


def test_the_same_id_for_another_household_is_a_conflict(desk):
    token, body = desk.token("grid:g1"), an_outcome()
    desk.post(path_of("zhao_debts"), body, token)

    assert desk.post(path_of("qian_debts"), body, token).status_code == 409


def test_an_outcome_for_an_alert_out_of_reach_is_refused_but_not_discarded(desk):
    token, body = desk.token("grid:g2", Role.GRID_WORKER), an_outcome()

    refused = [desk.post(path_of("zhao_debts"), body, token) for _ in range(2)]

    assert {response.status_code for response in refused} == {404}
    assert [row.state for row in desk.outcomes()] == ["orphan"]


def test_an_orphan_counts_once_the_alert_is_the_workers_and_it_is_sent_again(desk):
    body = an_outcome()
    desk.post(path_of("zhao_debts"), body, desk.token("grid:g2"))

    found = desk.post(path_of("zhao_debts"), body, desk.token("grid:g1"))

    assert found.status_code == 201
    assert [row.state for row in desk.outcomes()] == ["accepted"]


def test_a_recorded_outcome_keeps_its_receipt_after_the_grid_was_given_to_somebody_else(desk):
    body = an_outcome()
    first = desk.post(path_of("zhao_debts"), body, desk.token("grid:g1", worker="w7"))

    moved = desk.post(path_of("zhao_debts"), body, desk.token("grid:g2", worker="w7"))
    stranger = desk.post(path_of("zhao_debts"), body, desk.token("grid:g2", worker="w8"))

    assert (moved.status_code, moved.json()) == (200, first.json())
    assert stranger.status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"finding": "rich"},
        {"needs": ["car"]},
        {"visited_on": "yesterday"},
        {"outcome_id": "no-uuid"},
        {"score": 0.9},
        {"note": "x" * 501},
        {"visited_on": "2026-03-10"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_malformed_outcome_is_refused_without_repeating_what_was_sent(desk, wrong):
    response = desk.post(path_of("zhao_debts"), an_outcome(**wrong), desk.token("grid:g1"))

    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert str(next(iter(wrong.values()))) not in response.text or "visited_on" in wrong
    assert desk.outcomes() == []


def test_today_is_the_bureaus_today_not_greenwichs(desk):
    """At 02:00 in Shanghai it is still yesterday in Greenwich."""
    desk.clock.time = TWO_O_CLOCK
    token = desk.token("grid:g1")

    assert desk.post(path_of("zhao_debts"), an_outcome(), token).status_code == 201


def test_a_commit_that_fails_is_never_answered_with_success(desk, monkeypatch):
    requests = desk.app.state.store
    real = requests.write

    @contextmanager
    def write(scope):
        with real(scope) as connection:
            yield connection
            raise OSError("the disk is full")

    token = desk.token("grid:g1")
    monkeypatch.setattr(requests, "write", write)

    response = desk.post(path_of("zhao_debts"), an_outcome(), token)

    assert response.status_code == 500
    assert desk.outcomes() == []


@pytest.mark.parametrize(
    ("clock_moves", "status"), [(timedelta(), "ok"), (timedelta(days=1), "stale")]
)
def test_health_needs_no_token_and_tells_how_fresh_the_lists_are(desk, clock_moves, status):
    desk.clock.move(clock_moves)

    health = desk.get("/health").json()

    assert health == {
        "status": status,
        "last_publication": {
            "as_of_date": "2026-03-09",
            "published_at": "2026-03-08T18:00:00Z",
            "data_until": "2026-03-08",
            "late_feeds": ["utility_bills"],
        },
    }


def test_health_before_the_first_night_says_empty(home):
    desk = Desk(home)

    assert desk.get("/health").json() == {"status": "empty", "last_publication": None}
    desk.store.close()


def test_there_is_no_page_that_loads_scripts_from_elsewhere(desk):
    assert desk.get("/docs").status_code == 404
    assert desk.get("/redoc").status_code == 404
    assert desk.client.get("/v1/openapi.json").status_code == 200


def test_a_body_that_is_too_long_or_has_no_length_is_not_read(desk):
    token = desk.token("grid:g1")

    too_long = desk.post(path_of("zhao_debts"), an_outcome(note="x" * 20_000), token)
    endless = desk.client.post(
        path_of("zhao_debts"), content=iter([b"{", b"}"]), headers=bearer(token)
    )

    assert (too_long.status_code, endless.status_code) == (413, 411)
