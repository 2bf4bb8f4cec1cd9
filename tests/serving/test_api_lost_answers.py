"""The answer gets lost on its way: after the commit, at any byte. Sent again, it is the same receipt."""

from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import func, select

from serving.access.roles import Role
from serving.api.limiting import Allowances
from serving.lists.documents import alert_id
from serving.store.schema import CASE_EVENTS, OUTCOMES
from tests.serving.cutting import cutting
from tests.serving.desk import bearer, desk_over
from tests.serving.served import served
from tests.serving.village import NIGHT, run

OFFSETS = 100


@pytest.fixture
def desk(tmp_path):
    run(tmp_path / "published")
    opened = desk_over(
        tmp_path / "published",
        tmp_path / "home",
        allowances=Allowances(requests="100000 per 1 minute"),
    )
    yield opened
    opened.close()


def test_an_answer_cut_at_any_of_a_hundred_bytes_is_told_again_and_kept_once(desk):
    token = desk.token("grid:g1", Role.GRID_WORKER)
    path = f"/v1/alerts/{alert_id(as_of_date=NIGHT, household_id='zhao_debts')}/outcomes"
    kept, cut = [], 0
    with served(desk.app) as address, httpx2.Client(headers=bearer(token)) as client:
        port = urlsplit(address).port
        whole = len(_raw(client.post(f"{address}{path}", json=_outcome())))
        for number in range(OFFSETS):
            outcome = _outcome()
            with cutting(port, after=number * whole // OFFSETS) as through:
                try:
                    client.post(f"http://127.0.0.1:{through}{path}", json=outcome)
                except httpx2.HTTPError:
                    cut += 1
            again = client.post(f"{address}{path}", json=outcome)
            once_more = client.post(f"{address}{path}", json=outcome)
            assert (again.status_code, again.json()) == (200, once_more.json())
            kept.append(again.json()["outcome_id"])

    with desk.store.read() as read:
        stored = read.scalars(select(OUTCOMES.c.outcome_id)).all()
        noted = read.scalar(
            select(func.count()).select_from(CASE_EVENTS).where(CASE_EVENTS.c.kind == "outcome")
        )
    assert cut >= OFFSETS * 3 // 4
    assert len(set(kept)) == OFFSETS
    assert sorted(stored) == sorted({*stored})
    assert {*kept} <= {*stored}
    assert noted == len(stored) == OFFSETS + 1


def _outcome():
    return {"outcome_id": str(uuid4()), "visited_on": "2026-03-09", "finding": "not_found"}


def _raw(answer):
    head = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    return f"HTTP/1.1 201 Created\r\n{head}\r\n{answer.text}"
