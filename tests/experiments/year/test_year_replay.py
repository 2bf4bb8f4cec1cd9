"""A whole replay on hand-made matrices of 200 households: every policy walks, the page is written, twice the same."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.config import load_config
from experiments.year import command
from experiments.year.home import (
    OtherWorld,
    entitled_path,
    known_path,
    matrix_path,
    names_path,
    prepare,
)
from experiments.year.measures import measure
from experiments.year.page import write, write_visits
from experiments.year.replay import ENGINE, LEAKING_GROUPS, NO_EXPLORATION, replay
from experiments.year.settings import YearSettings
from experiments.year.signs import COLUMNS
from experiments.year.summary import Summary
from features.district import DISTRICT
from models.learners.trees import LearnerSettings

HOUSEHOLDS, NEEDY = 200, 30
SETTINGS = YearSettings(
    households=HOUSEHOLDS, months=2, history_months=8, label_months=2, visits_per_1000=50,
    retrain_every=3,
)  # fmt: skip
CONFIG = load_config(Path(command.CONFIGS) / "district.yaml").model_copy(
    update={"learner": LearnerSettings(seeds=(1,), max_rounds=15, leaves=3, min_rows_per_leaf=5)}
)
TELLS = "med_self_paid_365d"
"""The needy have more of it; everything else is empty or noise."""


def ids() -> list[str]:
    return [f"h{one}" for one in range(HOUSEHOLDS)]


def matrix(day) -> pd.DataFrame:
    columns: dict[str, object] = {}
    for feature in DISTRICT.features:
        kind = {"boolean": "boolean", "category": "string"}.get(feature.dtype, "float64")
        value = None if feature.missing == "unknown" else (False if kind == "boolean" else 0)
        columns[feature.name] = pd.Series([value] * HOUSEHOLDS, dtype=kind)
    frame = pd.DataFrame({"household_id": ids(), "as_of_date": pd.Timestamp(day), **columns})
    rng = np.random.default_rng(5)
    frame[TELLS] = np.where(
        np.arange(HOUSEHOLDS) < NEEDY, 12_000.0, rng.uniform(0, 11_000, HOUSEHOLDS)
    )
    frame["area_id"] = [f"grid{one % 8}" for one in range(HOUSEHOLDS)]
    return frame


def make_home(home: Path) -> Path:
    (home / "truth").mkdir(parents=True)
    (home / "year").mkdir()
    months = [f"{m.year}-{m.number:02d}-01" for m in SETTINGS.recorded()]
    truth = [
        {"household_id": f"h{one}", "month": month, "hidden": True, "eligible_schemes": "dibao",
         "cause": "job_loss"}
        for one in range(NEEDY) for month in months[one % 10 :]
    ]  # fmt: skip
    pd.DataFrame(truth).to_parquet(home / "truth" / "hardship.parquet")
    pd.DataFrame({"household_id": ids(), "stigma": 0.4}).to_parquet(
        home / "truth" / "households.parquet"
    )
    for day in [*SETTINGS.label_dates, *SETTINGS.list_dates]:
        matrix(day).to_parquet(matrix_path(home, day))
        pd.DataFrame({"household_id": ids(), "entitled": 0.0}).to_parquet(entitled_path(home, day))
    named = [
        pd.DataFrame({"household_id": ids(), "as_of_date": day, "true_id": ids()})
        for day in SETTINGS.list_dates
    ]
    pd.concat(named).to_parquet(names_path(home))
    labels = pd.DataFrame(
        {
            "household_id": ids()[::2] * 2,
            "as_of_date": np.repeat(SETTINGS.label_dates, HOUSEHOLDS // 2),
            "label": [float(one < NEEDY) for one in range(0, HOUSEHOLDS, 2)] * 2,
            "label_source": "visit",
        }
    )
    labels.to_parquet(known_path(home))
    return home


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    home = make_home(tmp_path_factory.mktemp("year") / "home")
    return home, replay(home, SETTINGS, CONFIG, seed=7, progress=lambda _: None)


def test_every_policy_walks_the_same_lists_within_the_same_capacity(replayed):
    _, found = replayed
    capacity = SETTINGS.capacity(HOUSEHOLDS)
    visits = {name: len(diary) for name, diary in found.diaries.items()}
    assert visits.pop("application_only") == 0
    assert set(visits.values()) == {capacity * len(SETTINGS.list_dates)}
    names = set(visits)
    assert {ENGINE, NO_EXPLORATION, "random", "door_to_door", "rules:likely_entitled"} <= names
    assert len([name for name in names if name.startswith("trigger:")]) > 20


def test_the_engine_finds_what_can_be_learned_and_chance_does_not(replayed):
    _, found = replayed
    outcomes = {one.policy: one for one in measure(found, SETTINGS)}
    assert outcomes[ENGINE].found > 20
    assert outcomes["random"].found < 15
    assert outcomes[ENGINE].found <= NEEDY
    assert sum(outcomes[ENGINE].found_by_month) == outcomes[ENGINE].found


def test_the_same_seed_gives_the_same_numbers(replayed):
    home, found = replayed
    again = replay(home, SETTINGS, CONFIG, seed=7, progress=lambda _: None)
    for name, diary in found.diaries.items():
        assert diary.equals(again.diaries[name]), name


def test_nothing_that_tells_of_others_visits_is_learned_from():
    left_out = {group.name: group for group in DISTRICT.groups if group.name in LEAKING_GROUPS}
    assert set(left_out) == set(LEAKING_GROUPS)
    used = CONFIG.model_copy(update={"without_groups": LEAKING_GROUPS}).model_features()
    assert not any(feature.name.startswith("contact_") for feature in used)
    assert set(COLUMNS) <= {feature.name for feature in used}


def test_page_csv_and_json_tell_the_same(replayed, tmp_path):
    _, found = replayed
    outcomes = measure(found, SETTINGS)
    page = write(Summary(tuple(outcomes)), SETTINGS, tmp_path)
    html = page.read_text(encoding="utf-8")
    assert "http" not in html.replace("http-equiv", "")
    assert html.count("data:image/png;base64,") == 4
    assert "What the replay does not model" in html
    lines = pd.read_csv(tmp_path / "simulate_year.csv").set_index("policy")
    told = json.loads((tmp_path / "simulate_year.json").read_text(encoding="utf-8"))
    engine = next(one for one in told["policies"] if one["policy"] == ENGINE)
    assert engine["found"] == lines.loc[ENGINE, "found"]
    assert len(told["bars"]) == 3


def test_every_visit_is_kept_with_its_lane_and_propensity(replayed, tmp_path):
    _, found = replayed
    visits = pd.read_parquet(write_visits(found, tmp_path))
    assert len(visits) == sum(len(diary) for diary in found.diaries.values())
    by_lot = visits[(visits["policy"] == ENGINE) & (visits["lane"] == "random")]
    assert len(by_lot) == 2
    assert by_lot["propensity"].between(1 / HOUSEHOLDS, 1 / 100).all()


def test_a_home_of_another_world_is_refused(tmp_path):
    (tmp_path / "world.json").write_text('{"households": 5}\n', encoding="utf-8")
    with pytest.raises(OtherWorld, match="another --home"):
        prepare(tmp_path, SETTINGS, seed=1, progress=lambda _: None)


def test_labels_reach_no_further_back_than_what_is_recorded() -> None:
    assert len(YearSettings(months=2, history_months=8, label_months=8).label_dates) == 8
    with pytest.raises(ValueError, match="further back than the 8 months recorded"):
        YearSettings(months=2, history_months=8, label_months=9)
