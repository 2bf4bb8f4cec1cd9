"""What holds for every endpoint: refusals, tags, pages, keys, limits, counters and a log that names nobody."""

import json
import logging
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, select

from serving.access.audit import Action
from serving.access.roles import Role
from serving.api.cursors import cursor_after, key_of
from serving.api.limiting import Allowances, RateLimits
from serving.api.observed import JsonLines
from serving.api.problems import KINDS, TYPES, Refused
from serving.store.connection import StoreUnavailable
from serving.store.schema import AUDIT_ENTRIES, CASES, LISTS
from tests.serving.desk import desk_over
from tests.serving.village import NIGHT

HOUSEHOLD = "/v1/households/zhao_debts"
CANARIES = [f"金丝雀{number:02d}-{uuid4().hex[:12]}" for number in range(50)]


@pytest.fixture(scope="module")
def published(published_on_both):
    return published_on_both


@pytest.fixture
def desk(published, tmp_path):
    opened = desk_over(published, tmp_path / "home")
    yield opened
    opened.close()


def case_of(desk, household="zhao_debts"):
    with desk.store.read() as read:
        return read.execute(select(CASES).where(CASES.c.household_id == household)).one()


def audit_of(desk):
    with desk.store.read() as read:
        return read.execute(select(AUDIT_ENTRIES).order_by(AUDIT_ENTRIES.c.seq)).all()


def test_the_type_of_every_refusal_leads_to_what_to_do(desk):
    answers = [
        desk.get("/v1/me"),
        desk.get("/v1/nothing", desk.token("grid:g1")),
        desk.client.request("DELETE", "/v1/me"),
        desk.get("/v1/runs?limit=0", desk.token("grid:g1")),
        desk.get("/v1/aggregates", desk.token("grid:g1", Role.GRID_WORKER)),
    ]

    assert [answer.status_code for answer in answers] == [401, 404, 405, 422, 403]
    for answer in answers:
        assert answer.headers["content-type"] == "application/problem+json"
        kind = desk.get(answer.json()["type"]).json()
        assert kind["status"] == answer.status_code
        assert kind["type"] == answer.json()["type"]
    assert answers[2].headers["allow"] == "GET"
    assert {one["type"] for one in desk.get("/v1/problems").json()["problems"]} == {
        TYPES + name for name in KINDS
    }


def test_nothing_is_sent_twice_that_has_not_changed_and_a_view_is_audited_all_the_same(desk):
    token = desk.token("grid:g1", Role.GRID_WORKER)
    first = desk.get("/v1/me/list", token)

    again = desk.get("/v1/me/list", token, **{"If-None-Match": first.headers["etag"]})
    other = desk.get("/v1/me/list", token, **{"If-None-Match": '"0"'})

    assert (first.status_code, again.status_code, other.status_code) == (200, 304, 200)
    assert (again.content, again.headers["etag"]) == (b"", first.headers["etag"])
    assert [row.action for row in audit_of(desk)] == [Action.LIST] * 3


def test_the_tag_of_a_household_changes_with_its_case(desk):
    token = desk.token("grid:g1", Role.GRID_WORKER)
    before = desk.get(HOUSEHOLD, token).headers["etag"]

    tried = {"attempt_id": str(uuid4()), "channel": "visit", "result": "nobody_home"}
    assert desk.post(f"/v1/cases/{case_of(desk).case_id}/attempts", tried, token).status_code == 201

    assert desk.get(HOUSEHOLD, token).headers["etag"] != before


def test_pages_follow_each_other_and_stay_put_while_rows_are_added(desk):
    token = desk.token("district:d", Role.SUPERVISOR)
    seen, cursor = [], None
    while True:
        query = f"?limit=2{f'&cursor={cursor}' if cursor else ''}"
        page = desk.get(f"/v1/lists/{NIGHT}{query}", token).json()
        seen += [(one["grid_id"], one["role"]) for one in page["lists"]]
        if cursor is None:
            # A row before those already shown, as a second publication would bring.
            with desk.store.write() as work:
                row = work.execute(select(LISTS).where(LISTS.c.grid_id == "g1").limit(1)).one()
                work.execute(insert(LISTS).values(**dict(row._mapping) | {"grid_id": "g0"}))
        cursor = page["next"]
        if cursor is None:
            break

    assert seen == sorted(set(seen))
    assert {grid for grid, _ in seen} == {"g1", "g2", "g3"}


@pytest.mark.parametrize("spoilt", [lambda one: one[:-3], lambda one: "A" + one[1:], lambda _: "x"])
def test_a_cursor_that_is_cut_changed_or_of_another_list_is_refused(spoilt):
    cursor = cursor_after(["g1", "grid_worker"], of="lists")

    assert key_of(cursor, of="lists") == ["g1", "grid_worker"]
    with pytest.raises(Refused):
        key_of(spoilt(cursor), of="lists")
    with pytest.raises(Refused):
        key_of(cursor, of="cases")


def test_a_request_with_a_key_is_done_once_however_often_it_is_sent(desk):
    token = desk.token("street:s1", Role.SUPERVISOR)
    path = f"/v1/cases/{case_of(desk).case_id}/reassignments"
    body, key = {"to_worker": "w9", "reason": "absent"}, {"Idempotency-Key": "reassign-0001"}

    answers = [desk.post(path, body, token, **key) for _ in range(3)]
    other = desk.post(path, body | {"to_worker": "w8"}, token, **key)
    without = desk.post(path, body, token)

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len({answer.content for answer in answers}) == 1
    assert (other.status_code, other.json()["type"]) == (422, "/v1/problems/key-reused")
    assert without.json()["version"] == answers[0].json()["version"] + 1


def test_a_change_against_an_older_version_of_a_case_is_refused_and_names_both(desk):
    token = desk.token("street:s1", Role.SUPERVISOR)
    path = f"/v1/cases/{case_of(desk).case_id}/reassignments"
    version = case_of(desk).version
    body = {"to_worker": "w9", "reason": "absent", "base_version": version}
    desk.post(path, body, token)

    late = desk.post(path, body, token)

    assert late.status_code == 409
    assert late.json()["detail"] == (
        f"the case is at version {version + 1}, not {version}: read it again"
    )


def test_somebody_who_opens_too_many_households_is_held_up_and_their_supervisor_is_told(
    published, tmp_path
):
    desk = desk_over(
        published, tmp_path / "home", allowances=Allowances(households="5 per 10 minute")
    )
    collector = desk.token("grid:g1", Role.GRID_WORKER, worker="collector")
    answers = [desk.get(HOUSEHOLD, collector) for _ in range(9)]
    colleague = desk.get(HOUSEHOLD, desk.token("grid:g1", Role.GRID_WORKER, worker="colleague"))

    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 4
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 600
    assert colleague.status_code == 200
    told = desk.get("/v1/notices", desk.token("street:s1", worker="chief")).json()["notices"]
    assert [(one["kind"], one["worker_id"]) for one in told] == [("many_households", "collector")]
    elsewhere = desk.token("street:s2", worker="other")
    assert desk.get("/v1/notices", elsewhere).json()["notices"] == []
    desk.close()


def test_somebody_who_asks_too_much_is_held_up_for_a_minute(published, tmp_path):
    desk = desk_over(published, tmp_path / "home", allowances=Allowances(requests="3 per 1 minute"))
    token = desk.token("grid:g1", Role.GRID_WORKER)

    assert [desk.get("/v1/me", token).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    desk.close()


@pytest.mark.parametrize(("processes", "share"), [(1, 6), (2, 3), (4, 1), (9, 1)])
def test_processes_share_what_a_person_may_ask(processes, share):
    allowed = Allowances(requests="600 per 1 minute", households="6 per 10 minute")
    limits = RateLimits(allowed, processes=processes)

    for _ in range(share):
        limits.take_household("w1")
    with pytest.raises(Refused):
        limits.take_household("w1")


def test_what_cannot_be_audited_is_not_shown(desk, monkeypatch):
    token = desk.token("grid:g1", Role.GRID_WORKER)

    def broken(_seen):
        raise StoreUnavailable("disk full")

    monkeypatch.setattr(desk.app.state.auditor, "record", broken)

    for path in (HOUSEHOLD, f"{HOUSEHOLD}/reasons", "/v1/me/list", "/v1/cases"):
        answer = desk.get(path, token)
        assert (answer.status_code, answer.json()["type"]) == (503, "/v1/problems/unavailable")
        assert "zhao" not in answer.text


def test_every_field_nobody_asked_for_is_refused(desk):
    """Mass assignment: no body takes a field that is not described."""
    description = desk.client.get("/v1/openapi.json").json()
    schemas = description["components"]["schemas"]
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
        for methods in description["paths"].values()
        for operation in methods.values()
        if "requestBody" in operation
    ]

    assert len(bodies) >= 8
    assert [name for name in bodies if schemas[name].get("additionalProperties") is not False] == []


def test_counters_are_for_this_machine_or_the_scrapers_token(published, tmp_path):
    desk = desk_over(published, tmp_path / "home", metrics_token="scraper")
    desk.get(HOUSEHOLD, desk.token("grid:g1", Role.GRID_WORKER))

    from_afar = desk.get("/metrics")
    forwarded = desk.get("/metrics", **{"X-Forwarded-For": "10.0.0.1"})
    allowed = desk.get("/metrics", Authorization="Bearer scraper")

    assert (from_afar.status_code, forwarded.status_code, allowed.status_code) == (404, 404, 200)
    assert (
        'zhaoren_requests_total{method="GET",route="/v1/households/{household_id}",status="200"} 1.0'
        in allowed.text
    )
    assert "zhaoren_publication_age_seconds" in allowed.text
    assert "zhao_debts" not in allowed.text
    desk.close()


def test_fifty_canaries_never_come_out_in_a_log_a_counter_or_a_refusal(
    published, tmp_path, caplog, monkeypatch
):
    desk = desk_over(published, tmp_path / "home", metrics_token="scraper")
    token = desk.token("grid:g1", Role.GRID_WORKER)
    caplog.set_level(logging.DEBUG)
    told = []
    for number, canary in enumerate(CANARIES):
        outcome = {
            "outcome_id": str(uuid4()), "visited_on": "2026-03-09", "finding": "no_need", "note": canary,
        }  # fmt: skip
        alert = f"/v1/alerts/{case_of(desk).alert_id}/outcomes"
        match number % 7:
            case 0:
                told.append(desk.post(alert, outcome, token))
            case 1:
                told.append(desk.post(alert, outcome | {canary: canary}, token))
            case 2:
                told.append(desk.post(alert, outcome | {"finding": canary}, token))
            case 3:
                told.append(desk.get(f"/v1/households/{canary}", token))
            case 4:
                told.append(desk.get(f"/v1/households/{canary}/reasons?{canary}={canary}", token))
            case 5:
                told.append(desk.get("/v1/me", **{"X-Note": canary.encode().hex()}))
                told.append(desk.get(f"/v1/lists/{canary}/{canary}", token))
            case 6:
                told.append(desk.client.request(f"X{number}", f"/v1/{canary}"))
    # Not even by way of an error that quotes a row.
    monkeypatch.setattr(
        desk.app.state.auditor, "record", lambda _: (_ for _ in ()).throw(KeyError(CANARIES[0]))
    )
    told.append(desk.get(HOUSEHOLD, token))
    assert told[-1].status_code == 500

    lines = "\n".join(JsonLines().format(record) for record in caplog.records)
    lines += caplog.text
    counters = desk.get("/metrics", Authorization="Bearer scraper").text
    answers = "\n".join(f"{answer.text}{dict(answer.headers)}" for answer in told)

    assert len(told) >= 50
    assert '"route": "/v1/households/{household_id}"' in lines
    assert json.loads(lines.splitlines()[0])["logger"]
    for canary in CANARIES:
        assert canary not in lines
        assert canary not in counters
        assert canary not in answers
    desk.close()


def test_a_token_that_was_revoked_is_refused_by_the_next_request_everywhere(desk):
    from serving.access.tokens import revoke

    token = desk.token("grid:g1", Role.GRID_WORKER)
    paths = ("/v1/me", "/v1/me/list", HOUSEHOLD, "/v1/cases", "/v1/freshness")
    assert {desk.get(path, token).status_code for path in paths} == {200}
    with desk.store.write() as work:
        revoke(work, token_id=token.token_id, now=desk.clock())

    assert {desk.get(path, token).status_code for path in paths} == {401}


def test_a_day_later_the_standing_is_told_to_those_who_decide_and_to_nobody_else(desk):
    desk.clock.move(timedelta(hours=1))
    path = f"{HOUSEHOLD}/standing"

    told = desk.get(path, desk.token("street:s1", Role.SUPERVISOR))
    visitor = desk.get(path, desk.token("grid:g1", Role.GRID_WORKER))

    assert told.status_code == 200
    assert not any("score" in name or "probab" in name for name in told.json())
    assert visitor.status_code == 403
