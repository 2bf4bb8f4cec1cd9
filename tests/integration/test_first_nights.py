"""The whole chain by its own two commands: a small district, its history, a champion, two nights, the API.

Everybody in the district is a canary: their departments deliver numbers, names, phones and addresses, and none of
that may be seen anywhere behind the gate.
"""

import hashlib
import json
import logging
import random
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import yaml
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from data_contracts.contracts import FOLDER
from data_contracts.lake import Lake
from data_contracts.odcs import load_contracts
from data_contracts.pseudonyms import keyring_of
from data_contracts.sealed import SealedStore
from experiments.cli import main as lab
from experiments.history import build_from_lake, definitions_digest
from experiments.proving import prove
from features.connections import open_engine
from features.district import DISTRICT
from features.matrix import Arrivals, build_matrix, load_feeds
from models.promoted import champion
from models.tracking import Tracking
from serving.access.places import Level
from serving.access.roles import Role
from serving.access.tokens import welcome
from serving.api.deps import the_clock
from serving.cli import main as operator
from serving.delivery.relay import send_due
from serving.settings import read_settings
from serving.store import open_store
from serving.store.schema import ALERTS, OUTBOX
from serving.web import app_with
from tests.canaries import hits, hits_in_text
from tests.serving.receiver import on_loopback, receiver
from tests.serving.village import TickingClock

FIRST, SECOND = "2026-07-15", "2026-07-16"
THAT_MORNING = datetime(2026, 7, 15, 3, tzinfo=UTC)
EXPERIMENT = {
    "name": "small_district",
    "title": "A small district, for tests",
    "origin": "simulated district",
    "deployment": "features.district:DISTRICT",
    "outcome": "features.outcomes.unmet_need:UNMET_NEED_180D",
    "train_dates": ["2025-05-01", "2025-06-01"],
    "test_dates": ["2026-01-01"],
    "unseen_weight": 1.0,
    "learner": {"max_rounds": 40, "min_rows_per_leaf": 20, "leaves": 4},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after its first night, made by nothing but the two commands."""
    home = tmp_path_factory.mktemp("district") / "home"
    config = home.parent / "small.yaml"
    config.write_text(yaml.safe_dump(EXPERIMENT), encoding="utf-8")
    made = [
        "simulate",
        "--households",
        "1000",
        "--months",
        "16",
        "--seed",
        "901",
        "--out",
        str(home),
    ]
    with told_to(home.parent / "told.txt"):
        assert lab(made) == 0
        assert lab(["ingest", "--home", str(home), "--as-of-date", FIRST]) == 0
        trained = ["train", "--home", str(home), "--config", str(config), "--promote"]
        assert lab([*trained, "--truth", str(home / "truth")]) == 0
        assert night(home, FIRST) == 0
    return home


@contextmanager
def told_to(path: Path) -> Iterator[None]:
    """Write everything that is shown or logged to a file."""
    with path.open("a", encoding="utf-8") as shown, redirect_stdout(shown), redirect_stderr(shown):
        listener = logging.StreamHandler(shown)
        logging.getLogger().addHandler(listener)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(listener)


def night(home: Path, as_of_date: str) -> int:
    return operator(["nightly", "--as-of-date", as_of_date], {"ZHAOREN_HOME": str(home)})


def bytes_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def lists_of(home: Path, as_of_date: str) -> list[dict[str, object]]:
    paths = sorted((home / "lists" / as_of_date).glob("*/*.json"))
    return [json.loads(path.read_text("utf-8")) for path in paths]


def rows_in(home: Path, table: object) -> int:
    store = open_store(home)
    with store.read() as connection:
        count = connection.execute(select(func.count()).select_from(table)).scalar_one()
    store.close()
    return int(count)


def test_matrices_built_side_by_side_are_the_same_files(home: Path, tmp_path: Path) -> None:
    days = [date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)]
    written = []
    for jobs in (1, 2):
        out = {day: tmp_path / f"{jobs}-{day}.parquet" for day in days}
        build_from_lake(home, DISTRICT, out=out, jobs=jobs)
        written.append([path.read_bytes() for path in out.values()])

    assert written[0] == written[1]


def test_every_list_is_within_its_capacity_and_says_why(home: Path) -> None:
    lists = lists_of(home, FIRST)
    entries = [entry for one in lists for entry in one["entries"]]

    assert len(lists) >= 3
    assert entries
    assert all(len(one["entries"]) <= one["header"]["capacity"] for one in lists)
    for entry in entries:
        assert entry["reasons"] or entry["lane"]["code"] == "exploration"
        assert entry["uncertainty"]
        assert entry["band"]["word"]
    assert len({entry["household_id"] for entry in entries}) == len(entries)


def test_no_entry_carries_a_score_or_a_diagnosis(home: Path) -> None:
    text = json.dumps(lists_of(home, FIRST), ensure_ascii=False)

    assert not re.search(r"probab|score|概率|风险分|诊断", text)


def test_every_list_comes_in_four_forms(home: Path) -> None:
    for one in (home / "lists" / FIRST).glob("*/*.json"):
        entries = json.loads(one.read_text("utf-8"))["entries"]

        assert len(pd.read_csv(one.with_suffix(".csv"))) == len(entries)
        assert len(pd.read_excel(one.with_suffix(".xlsx"))) == len(entries)
        assert one.with_suffix(".html").read_text("utf-8").count("<article") == len(entries)


def test_the_same_date_again_changes_no_byte_and_sends_nothing(home: Path) -> None:
    before = bytes_of(home / "lists" / FIRST)
    alerts, messages = rows_in(home, ALERTS), rows_in(home, OUTBOX)

    assert night(home, FIRST) == 0

    assert before
    assert bytes_of(home / "lists" / FIRST) == before
    assert (rows_in(home, ALERTS), rows_in(home, OUTBOX)) == (alerts, messages)


def test_the_published_date_can_be_rebuilt_byte_for_byte(home: Path) -> None:
    assert operator(["replay", "--as-of-date", FIRST], {"ZHAOREN_HOME": str(home)}) == 0


def test_training_left_a_registered_champion_with_its_figures(home: Path) -> None:
    tracking = Tracking(home)
    _, artefact_id = tracking.registered("small_district")
    best = tracking.best("small_district", metric="observed_roc_auc")

    assert champion(home).artefact_id == artefact_id
    assert len(best) == 1
    assert {"metrics.truth_precision_1pct", "params.learning_rate", "tags.commit"} <= set(best)


def test_an_outcome_posted_by_day_is_a_known_fact_the_next_night(home: Path) -> None:
    settings = read_settings({"ZHAOREN_HOME": str(home)})
    own, other = lists_of(home, FIRST)[0], lists_of(home, FIRST)[-1]
    assert own["header"]["grid_id"] != other["header"]["grid_id"]
    app = app_with(settings)
    app.dependency_overrides[the_clock] = lambda: lambda: THAT_MORNING
    client = TestClient(app)
    headers = {"Authorization": f"Bearer {token(home, grid=own['header']['grid_id'])}"}

    mine = client.get(f"/v1/lists/{FIRST}/{own['header']['grid_id']}", headers=headers)
    foreign = client.get(f"/v1/lists/{FIRST}/{other['header']['grid_id']}", headers=headers)
    assert (mine.status_code, foreign.status_code) == (200, 404)

    entry = next(entry for one in lists_of(home, FIRST) for entry in one["entries"]
                 if one["header"]["grid_id"] == own["header"]["grid_id"])  # fmt: skip
    body = {
        "outcome_id": str(uuid.uuid4()),
        "visited_on": FIRST,
        "finding": "no_need",
        "needs": [],
    }
    posted = client.post(f"/v1/alerts/{entry['alert_id']}/outcomes", json=body, headers=headers)
    again = client.post(f"/v1/alerts/{entry['alert_id']}/outcomes", json=body, headers=headers)
    assert (posted.status_code, again.status_code) == (201, 200)
    assert posted.json() == again.json()

    assert night(home, SECOND) == 0

    visits = pd.concat(
        pd.read_parquet(path)
        for path in (home / "lake" / "visits").rglob("*.parquet")
        if not path.name.endswith("superseded.parquet")
    )
    assert entry["household_id"] in set(visits.loc[visits["channel"] == "list", "household_id"])


def fifty_neighbours(home: Path) -> list[str]:
    """Return fifty raw identifiers the departments delivered, as the sealed store kept them."""
    keyring = keyring_of(home)
    assert keyring is not None
    contracts, before = load_contracts(FOLDER), datetime.fromisoformat(SECOND)
    with open_engine() as engine:
        store = SealedStore(home, keyring)
        kept = {
            feed: store.rows(engine, contracts[feed], before=before).to_pandas()
            for feed in ("residents", "addresses", "utility_accounts")
        }
    draw = random.Random("neighbours")
    people, suppliers = kept["residents"], kept["utility_accounts"]
    # A name of two characters could be part of any other word.
    names = sorted(name for name in set(people["name"]) if len(name) > 2)
    drawn = [
        (sorted(set(people["person_id_raw"])), 18),
        (sorted(set(people["phone_raw"].dropna())), 10),
        (names, 8),
        (sorted(set(suppliers["holder_phone_raw"].dropna())), 2)
        if "holder_phone_raw" in suppliers
        else (sorted(set(suppliers["holder_name"].dropna()) & set(names)), 2),
        (sorted(set(kept["addresses"]["address_text"])), 6),
        (sorted(set(suppliers["address_text"].dropna())), 6),
    ]
    return [one for values, count in drawn for one in draw.sample(values, count)]


def test_nothing_behind_the_gate_names_anybody(home: Path) -> None:
    canaries = fifty_neighbours(home)
    assert len(set(canaries)) == 50
    told = (home.parent / "told.txt").read_text("utf-8")
    client = TestClient(app_with(read_settings({"ZHAOREN_HOME": str(home)})))
    client.app.dependency_overrides[the_clock] = lambda: lambda: THAT_MORNING
    answers = []
    for one in lists_of(home, FIRST):
        grid = one["header"]["grid_id"]
        headers = {"Authorization": f"Bearer {token(home, grid=grid)}"}
        answers.append(client.get(f"/v1/lists/{FIRST}/{grid}", headers=headers))
        for entry in one["entries"][:3]:
            reasons = f"/v1/households/{entry['household_id']}/reasons"
            answers.append(client.get(reasons, headers=headers))
    store = open_store(home)
    with receiver() as address:
        send_due(
            store,
            targets=[on_loopback(address.url)],
            clock=TickingClock(datetime(2030, 1, 1, tzinfo=UTC)),
            progress=lambda _: None,
        )
    store.close()

    assert {answer.status_code for answer in answers} <= {200, 404}
    assert any(answer.status_code == 200 for answer in answers)
    assert "households concluded" in told
    said = [told, *(answer.text for answer in answers)]
    assert address.received
    said += [f"{post.headers} {post.body.decode()}" for post in address.received]
    assert hits(home, canaries) == []
    assert hits_in_text("\n".join(said), canaries) == []
    (home / "lists" / "planted.html").write_text(canaries[0], encoding="utf-8")
    assert hits(home / "lists", canaries) == [f"planted.html: {canaries[0]}"]


def token(home: Path, *, grid: str) -> str:
    store = open_store(home)
    with store.write() as work:
        issued = welcome(
            work,
            worker_id=f"worker of {grid}",
            role=Role.GRID_WORKER,
            level=Level.GRID,
            place_id=grid,
            now=THAT_MORNING,
            expires_at=THAT_MORNING + timedelta(days=1),
        )
    store.close()
    return issued.secret


def test_past_rows_are_rebuilt_from_what_had_been_received_by_then(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = str(home.parent / "small.yaml")

    assert lab(["features", "prove", "--home", str(home), "--config", small, "--dates", "2"]) == 0
    told = capsys.readouterr().out
    assert "0 columns differ" in told
    assert f"{FIRST}" in told or SECOND in told
    assert "left out" not in told


def test_whatever_looks_ahead_is_caught(home: Path) -> None:
    leaking = replace(DISTRICT, groups_package="tests.integration.leaking_groups", name="leaking")

    proof = prove(home, leaking, dates=2, households=1000)

    planted = {group.name: [feature.name for feature in group.features] for group in leaking.groups}
    caught = {(one.group, one.column) for one in proof.differences if one.against == "training"}
    assert caught == {(group, name) for group, names in planted.items() for name in names}


def test_a_column_of_the_future_planted_in_a_stored_matrix_is_caught(home: Path) -> None:
    honest = replace(DISTRICT, groups_package="tests.features.small_groups", name="small")
    lake, day = Lake(home), date(2026, 6, 1)
    facts = lake.digest(before=datetime.combine(day, datetime.min.time()))[:12]
    stem = f"{day}_{facts}_{definitions_digest(honest)[:12]}"
    stored = home / "matrices" / honest.name / f"{stem}.parquet"
    with open_engine() as engine:
        feeds, arrivals = load_feeds(engine, lake, honest), Arrivals(lake.arrivals())
        for built, path in ((day, stored), (date(2026, 7, 1), home.parent / "later.parquet")):
            build_matrix(engine, feeds, arrivals, honest, as_of_date=built, out=path)
    then, later = pd.read_parquet(stored), pd.read_parquet(home.parent / "later.parquet")
    visits = later.set_index("household_id")["contact_visits_365d"]
    then["contact_visits_365d"] = then["household_id"].map(visits)
    then.to_parquet(stored)

    proof = prove(home, honest, dates=3, households=1000)

    assert day in proof.stored
    # The nights of this home wrote all groups: to these definitions their other columns are strangers.
    (caught,) = [one for one in proof.differences if one.as_of_date == day]
    assert (caught.against, caught.group) == ("stored", "contact_history")
    assert caught.column == "contact_visits_365d"
    assert caught.households > 0
