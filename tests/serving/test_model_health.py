"""Whether the model is all right: from what training, the gate and the nights keep in a home."""

from datetime import date, datetime
from types import SimpleNamespace

import pytest

from features.registry import FeatureGroup
from models.artefact import Band
from models.artefact_writing import write
from models.calibration import calibrate
from models.gate.decisions import append
from models.learners.trees import LearnerSettings, fit
from models.promoted import promote
from models.scoring import score_in_child
from serving.access.roles import Right, Role, role_table
from serving.settings import SettingsError, read_settings
from serving.supervision.model_health import model_health
from serving.upstream.district import District
from tests.models.made_up import FEATURES, households
from tests.serving.desk import Desk

NIGHT, TRAINED = date(2024, 3, 9), date(2024, 3, 1)
MORNING = datetime.fromisoformat("2024-03-08T06:00")
EVENING = datetime.fromisoformat("2024-03-08T21:30")
GROUP = FeatureGroup(
    name="made_up", title="Made up", sensitivity="S1", sources=("x",), features=FEATURES,
    build=lambda view: view.spine,
)  # fmt: skip
DEPLOYMENT = SimpleNamespace(name="district", groups=[GROUP], features=FEATURES)


@pytest.fixture(scope="module")
def artefact(tmp_path_factory):
    settings = LearnerSettings(max_rounds=10, patience_rounds=5, min_rows_per_leaf=20)
    rows, later = households(600, seed=1), households(300, seed=2)
    model = fit(rows, later, features=FEATURES, settings=settings)
    return write(
        tmp_path_factory.mktemp("trained") / "run",
        name="unmet_need_180d",
        model=model,
        calibration=calibrate(model.predict(later), later["label"]),
        features=FEATURES,
        reference=rows,
        bands=[Band("high", 0.3), Band("low", 0.0)],
        data_until=TRAINED,
        training={"train_rows": 600},
    )


@pytest.fixture
def home(tmp_path, artefact):
    promote(tmp_path, artefact.folder, at=MORNING, by="chen", reason="every condition holds")
    return tmp_path


def matrix(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.to_parquet(path, index=False)
    return path


def compared(home, artefact, rows):
    now = matrix(home / "matrices" / f"{NIGHT}.parquet", rows)
    score_in_child(artefact, matrix=now, out=now.with_suffix(".scores.parquet"), timeout_seconds=60)
    return District(home, DEPLOYMENT, key_file=None).drift(
        champion=artefact.artefact_id, matrix=now, as_of_date=NIGHT, progress=lambda _: None
    )


def decided(home, kind, *, at, artefact_id, verdict):
    append(
        home, kind, at=at, by="chen", artefact_id=artefact_id, said=f"{verdict}: as measured",
        details={
            "verdict": verdict,
            "conditions": [
                {"name": "golden_set", "answer": "holds",
                 "checks": [{"answer": "holds", "reason": "the same bits"}]},
                {"name": "shadow", "answer": "cannot tell",
                 "checks": [{"answer": "holds", "reason": "overlap"},
                            {"answer": "cannot tell", "reason": "9 of 14 nights"}]},
            ],
            "waivers": [{"condition": "groups", "by": "Chen Lan", "reason": "small streets"}],
        },
    )  # fmt: skip


def test_the_champion_is_told_with_who_promoted_it_and_why(home, artefact):
    found = model_health(home)

    assert (found.champion.artefact_id, found.champion.data_until) == (
        artefact.artefact_id, TRAINED,
    )  # fmt: skip
    assert (found.champion.promoted_by, found.champion.reason) == ("chen", "every condition holds")
    assert (found.challengers, found.decision, found.drift, found.problems) == ((), None, None, ())


def test_the_last_decision_is_told_with_what_does_not_hold_and_who_answers_for_it(home, artefact):
    decided(home, "promotion", at=MORNING, artefact_id=artefact.artefact_id, verdict="PROMOTE")
    decided(home, "refusal", at=EVENING, artefact_id="another", verdict="NOT YET")

    found = model_health(home)

    assert (found.decision.kind, found.decision.verdict) == ("refusal", "NOT YET")
    told = {one.name: one.reasons for one in found.decision.conditions}
    assert told == {"golden_set": (), "shadow": ("9 of 14 nights",)}
    assert found.decision.waivers[0].by == "Chen Lan"
    assert [(one.artefact_id, one.verdict) for one in found.challengers] == [("another", "NOT YET")]


def test_who_was_refused_before_this_champion_came_is_no_challenger(home):
    earlier = datetime.fromisoformat("2024-03-07T21:30")
    decided(home, "refusal", at=earlier, artefact_id="another", verdict="REJECT")

    assert model_health(home).challengers == ()


def test_without_a_champion_or_with_a_damaged_record_that_is_said(tmp_path, home):
    assert "no model is promoted" in model_health(tmp_path / "empty").problems[0]
    decided(home, "refusal", at=EVENING, artefact_id="another", verdict="REJECT")
    record = home / "models" / "decisions.jsonl"
    record.write_text(record.read_text().replace("REJECT", "PROMOTE"))

    found = model_health(home)

    assert found.champion is not None
    assert found.decision is None
    assert "not as it was written" in found.problems[0]


def test_a_night_like_training_is_steady_and_one_that_moved_is_named(home, artefact):
    kept = f"{TRAINED}_aaaaaaaaaaaa_bbbbbbbbbbbb.parquet"
    matrix(home / "matrices" / "district" / kept, households(600, seed=1))
    number = next(one.name for one in FEATURES if one.dtype in ("number", "integer"))

    said = compared(home, artefact, households(600, seed=1))
    assert (said.split(";")[0], model_health(home).drift.score.psi) == (
        "against 2024-03-01: score steady", 0.0,
    )  # fmt: skip

    moved = households(600, seed=1)
    moved[number] = moved[number] * 7 + 1000
    compared(home, artefact, moved)

    drift = model_health(home).drift
    assert (drift.as_of_date, drift.against, drift.households) == (NIGHT, TRAINED, 600)
    assert (drift.features[0].name, drift.features[0].verdict) == (number, "block")
    assert drift.features[0].reasons


def test_without_a_training_matrix_nothing_is_compared_and_that_is_said(home, artefact):
    assert "no training matrix of 2024-03-01" in compared(home, artefact, households(60, seed=1))
    assert model_health(home).drift is None


def test_over_the_api_it_is_for_operators_and_whoever_may_see_figures(tmp_path):
    desk = Desk(tmp_path, links={"mlflow": "https://mlflow.example"})
    answers = {
        role: desk.get("/v1/model-health", desk.token("district:d", role, worker=role))
        for role in Role
    }
    desk.close()

    allowed = {role for role, answer in answers.items() if answer.status_code == 200}
    assert allowed == {
        Role.SUPERVISOR, Role.DISTRICT_ADMIN, Role.DATA_SCIENTIST, Role.OPERATOR,
    }  # fmt: skip
    assert answers[Role.OPERATOR].json()["links"] == {"mlflow": "https://mlflow.example"}


def test_reasons_that_count_groups_are_for_operators_and_data_scientists(home):
    decided(home, "refusal", at=EVENING, artefact_id="another", verdict="NOT YET")
    found = model_health(home)
    without = found.without_counts()

    assert any(one.reasons for one in found.decision.conditions)
    assert [(one.name, one.answer) for one in without.decision.conditions] == [
        (one.name, one.answer) for one in found.decision.conditions
    ]
    assert not any(one.reasons for one in without.decision.conditions)
    assert {role for role, rule in role_table().roles.items() if Right.MODEL in rule.rights} == {
        Role.DATA_SCIENTIST,
        Role.OPERATOR,
    }


def test_a_link_that_would_run_in_the_browser_is_refused():
    settings = read_settings({"ZHAOREN_MLFLOW_URL": "javascript:alert(1)"})
    with pytest.raises(SettingsError, match="MLFLOW_URL"):
        _ = settings.links
    assert read_settings({"ZHAOREN_DATA_DOCS_URL": "https://docs.example/x"}).links == {
        "data_docs": "https://docs.example/x"
    }
