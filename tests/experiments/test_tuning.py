"""Tuning never reads a test date, is never worse on its folds than what was there, and writes what `run` reads."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments import tuning
from experiments.config import ConfigError, ExperimentConfig, load_config
from experiments.fitting import TRAINED_ON, WEIGHT
from experiments.optuna_desk import Asking
from experiments.search_spaces import SPACES, Between, default_settings, settings_with, space_of
from experiments.tuning import UNSTEADY, tune, write_experiment
from models.learners.estimator import EstimatorSettings
from models.learners.learned import LearnerError
from models.learners.logistic import LogisticSettings
from models.learners.trees import LearnerSettings
from tests.models.made_up import FEATURES, households

DATES = [date(2024, month, 1) for month in (1, 2, 3, 9, 10)]
BASE = {
    "name": "plain",
    "title": "Plain",
    "origin": "simulated district",
    "deployment": "features.district:DISTRICT",
    "outcome": "features.outcomes.unmet_need:UNMET_NEED_180D",
    "train_dates": DATES,
    "test_dates": [date(2025, 9, 1)],
}


@pytest.fixture(autouse=True)
def made_up_features(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExperimentConfig, "model_features", lambda config: FEATURES)


def config_of(**changed: object) -> ExperimentConfig:
    return ExperimentConfig.model_validate({**BASE, **changed})


def rows_of(number: int = 250) -> pd.DataFrame:
    rows = households(number, dates=[*DATES, date(2025, 9, 1)], seed=1)
    return rows.assign(**{TRAINED_ON: rows["label"], WEIGHT: 1.0})


def test_the_best_is_never_worse_on_its_folds_than_what_was_there() -> None:
    poor = LogisticSettings(strengths=(1e-6,))
    tuned = tune(rows_of(), config_of(learner=poor), attempts=6, objective="log_loss")

    assert len(tuned.attempts) == 7
    assert tuned.best.worth < tuned.attempts[0].worth
    assert tuned.config.learner == LogisticSettings(strengths=(tuned.best.found["strengths"],))
    one = tuned.best
    assert one.worth == pytest.approx(np.mean(one.by_fold) + UNSTEADY * np.std(one.by_fold))


def test_folds_lie_behind_the_gap_and_hold_no_test_date(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[pd.Timestamp] = set()
    fit = tuning.fit_single

    def watched(train: pd.DataFrame, later: pd.DataFrame, **given: object) -> object:
        learned = {*train["as_of_date"], *later["as_of_date"]}
        seen.update(learned)
        return fit(train, later, **given)

    monkeypatch.setattr(tuning, "fit_single", watched)
    rows = rows_of()
    tuned = tune(
        rows, config_of(learner=default_settings("logistic")), attempts=1, objective="log_loss"
    )

    assert len(tuned.folds) == 2
    assert max(seen) == pd.Timestamp("2024-03-01")
    other = rows.copy()
    tested = other["as_of_date"] == pd.Timestamp("2025-09-01")
    other.loc[tested, TRAINED_ON] = 1 - other.loc[tested, TRAINED_ON]
    again = tune(
        other, config_of(learner=default_settings("logistic")), attempts=1, objective="log_loss"
    )
    assert again.attempts == tuned.attempts


def test_the_same_seed_tries_the_same_and_another_does_not() -> None:
    def tried(seed: int) -> list[object]:
        found = tune(
            rows_of(120), config_of(learner=default_settings("logistic"), seed=seed),
            attempts=3, objective="precision",
        )  # fmt: skip
        return [(one.found, one.worth) for one in found.attempts]

    assert tried(1) == tried(1)
    assert tried(1) != tried(2)


def test_what_is_written_is_an_experiment(tmp_path: Path) -> None:
    tuned = tune(
        rows_of(),
        config_of(learner=default_settings("logistic")),
        attempts=1,
        objective="precision",
    )

    written = write_experiment(tuned, tmp_path / "tuned" / "plain.yaml")

    assert written == tuned.config == load_config(tmp_path / "tuned" / "plain.yaml")
    assert written.name == "plain_tuned"
    assert tuned.table()["attempt"].iloc[0] == tuned.best.number
    assert -1 <= tuned.best.by_fold[0] <= 0


@pytest.mark.parametrize("name", ["lightgbm", "scorecard", "logistic"])
def test_whatever_a_space_asks_for_is_a_setting(name: str) -> None:
    settings = default_settings(name)
    asking = Asking(space_of(settings), seed=1)
    for _ in range(3):
        ticket, found = asking.ask()
        assert settings_with(settings, found) != settings
        for key, value in found.items():
            one = SPACES[name][key]
            assert not isinstance(one, Between) or one.low <= value <= one.high
        asking.tell(ticket, None)


def test_an_estimator_is_tuned_by_its_parameters() -> None:
    forest = EstimatorSettings(
        path="sklearn.ensemble.RandomForestClassifier", parameters={"n_jobs": 1}
    )

    found = settings_with(forest, {"n_estimators": 7})

    assert isinstance(found, EstimatorSettings)
    assert found.parameters == {"n_jobs": 1, "n_estimators": 7}
    with pytest.raises(ConfigError, match="nothing says where to look for settings of GaussianNB"):
        space_of(EstimatorSettings(path="sklearn.naive_bayes.GaussianNB"))


def test_a_mixture_is_not_tuned_whole() -> None:
    mixture = {"kind": "blend", "candidates": [{"kind": "scorecard"}, {"kind": "logistic"}]}
    with pytest.raises(ConfigError, match="tuned one at a time"):
        tune(rows_of(20), config_of(learner=mixture), attempts=1, objective="log_loss")
    with pytest.raises(ConfigError, match="no learner 'forest' to tune"):
        default_settings("forest")


def test_where_nothing_can_be_learned_it_says_why() -> None:
    with pytest.raises(LearnerError, match="none of 2 attempts could be learned: lightgbm: seeds"):
        tune(
            rows_of(20),
            config_of(learner=LearnerSettings(seeds=())),
            attempts=1,
            objective="log_loss",
        )
