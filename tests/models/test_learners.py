"""Whatever learns: it finds what was planted, keeps declared directions, explains itself, and survives being text."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss as sklearn_log_loss
from sklearn.metrics import roc_auc_score

from features.registry import Feature
from models.learners.estimator import EstimatorSettings
from models.learners.learned import BASE, Learned, LearnerError, log_loss
from models.learners.mixed import Mixed
from models.learners.reading import read_model
from models.learners.settings import MixedSettings
from models.probability_metrics import auc_parts
from tests.models.learner_settings import (
    ANY,
    KEPT,
    LOGISTIC,
    SCORECARD,
    TREES,
    learned,
    rows_of,
)
from tests.models.made_up import FEATURES, households

ALL = {**KEPT, "estimator": ANY}
MONOTONE = [feature for feature in FEATURES if feature.monotone]


@cache
def model_of(name: str) -> Learned:
    return learned(ALL[name])


@pytest.mark.parametrize("name", list(ALL))
def test_every_learner_finds_what_was_planted(name: str) -> None:
    unseen = households(3000, seed=3)
    labels = unseen["label"].to_numpy()

    found = model_of(name).log_odds(unseen)

    assert auc_parts(found, labels).auc > 0.7
    assert auc_parts(found, labels).auc == pytest.approx(roc_auc_score(labels, found), abs=1e-12)
    expected = sklearn_log_loss(labels, model_of(name).predict(unseen))
    assert log_loss(found, labels) == pytest.approx(expected, abs=1e-9)
    assert model_of(name).gains().index[0] == "spend_365d"
    assert model_of(name).gains().sum() == pytest.approx(1)


@pytest.mark.parametrize("name", list(KEPT))
@pytest.mark.parametrize("feature", MONOTONE, ids=lambda feature: feature.name)
def test_what_can_only_mean_more_need_never_lowers_a_score(name: str, feature: Feature) -> None:
    model = model_of(name)
    known = households(400, seed=4).dropna(subset=[feature.name])
    steps = [True] if feature.dtype == "boolean" else [0.01, 1, 50, 1000, 1e6]
    if feature.dtype == "boolean":
        known = known.assign(**{feature.name: False})
    before = model.log_odds(known)
    for step in steps:
        value = (
            step if feature.dtype == "boolean" else known[feature.name] + feature.monotone * step
        )
        assert (model.log_odds(known.assign(**{feature.name: value})) >= before).all()


def test_a_direction_the_data_contradict_is_still_kept() -> None:
    rows = rows_of(400, seed=1)
    rows["spend_365d"] = -rows["spend_365d"]
    rows["job_lost"] = ~rows["job_lost"]
    low, high = households(2, seed=1), households(2, seed=1)
    low["spend_365d"], high["spend_365d"] = -5000.0, -10.0
    for settings in (SCORECARD, LOGISTIC, TREES):
        model = learned(settings, rows)
        if "spend_365d" in model.encoding.names:
            assert (model.log_odds(high) >= model.log_odds(low)).all()


@pytest.mark.parametrize("name", list(ALL))
def test_contributions_add_up_to_the_score(name: str) -> None:
    rows = households(30, seed=7).set_index("household_id")

    found = model_of(name).contributions(rows)

    assert list(found) == [*model_of(name).encoding.names, BASE]
    assert list(found.index) == list(rows.index)
    assert np.allclose(found.sum(axis=1), model_of(name).log_odds(rows), atol=1e-9)


@pytest.mark.parametrize("name", list(KEPT))
def test_a_model_read_from_its_text_scores_the_same(name: str) -> None:
    model, rows = model_of(name), households(500, seed=9)

    again = read_model(model.kind, model.encoding, model.texts())

    assert np.abs(again.log_odds(rows) - model.log_odds(rows)).max() < 1e-12
    assert again.texts() == model.texts()


@pytest.mark.parametrize("name", ["scorecard", "logistic", "blend"])
def test_learning_again_gives_the_same_text(name: str) -> None:
    assert learned(ALL[name]).texts() == model_of(name).texts()


def test_the_order_of_rows_changes_no_score() -> None:
    rows = households(300, seed=5)
    shuffled = rows.sample(frac=1, random_state=6)
    for name in ("scorecard", "logistic", "blend"):
        scores = pd.Series(model_of(name).log_odds(rows), index=rows["household_id"])
        again = pd.Series(model_of(name).log_odds(shuffled), index=shuffled["household_id"])
        pd.testing.assert_series_equal(again.loc[scores.index], scores, check_exact=True)


@pytest.mark.parametrize("name", ["scorecard", "logistic", "lightgbm", "estimator"])
def test_weights_count(name: str) -> None:
    rows = rows_of(300, seed=1)
    heavy = rows.assign(weight=np.where(rows["label"] == 1, 5.0, 1.0))

    weighted = learned(ALL[name], heavy, weight="weight")

    assert weighted.predict(rows).mean() > 1.5 * learned(ALL[name], rows).predict(rows).mean()


def test_an_estimator_can_be_judged_but_not_written() -> None:
    with pytest.raises(LearnerError, match="nothing is ever unpickled"):
        model_of("estimator").texts()
    stump = EstimatorSettings(
        path="sklearn.tree.DecisionTreeClassifier", parameters={"max_depth": 2}
    )
    blend = MixedSettings(kind="blend", candidates=(stump, stump), inner_folds=1)
    with pytest.raises(LearnerError, match="Promote a scorecard"):
        learned(blend).texts()


@pytest.mark.parametrize(
    ("path", "parameters", "told"),
    [
        ("sklearn.ensemble.NoSuchForest", {}, "names nothing"),
        ("RandomForest", {}, r"write module\.Class"),
        ("sklearn.svm.LinearSVC", {}, "has no predict_proba"),
        ("sklearn.ensemble.RandomForestClassifier", {"trees": 3}, "do not suit"),
        ("sklearn.ensemble.RandomForestClassifier", {"n_estimators": -3}, "could not be fitted"),
    ],
)
def test_an_estimator_that_cannot_be_used_is_named(
    path: str, parameters: dict[str, object], told: str
) -> None:
    with pytest.raises(LearnerError, match=told):
        learned(EstimatorSettings(path=path, parameters=parameters))


def test_an_estimator_without_weights_refuses_weighted_rows() -> None:
    rows = rows_of(200, seed=1)
    neighbours = EstimatorSettings(path="sklearn.neighbors.KNeighborsClassifier")

    assert isinstance(learned(neighbours, rows).predict(rows), np.ndarray)
    with pytest.raises(LearnerError, match="takes no row weights"):
        learned(neighbours, rows.assign(weight=rows["label"] + 1), weight="weight")


@pytest.mark.parametrize("name", ["scorecard", "logistic", "lightgbm", "estimator", "blend"])
def test_one_class_or_no_labels_are_nothing_to_learn_from(name: str) -> None:
    rows = rows_of(50, seed=1)
    with pytest.raises(LearnerError, match="hold 0 positives among"):
        learned(ALL[name], rows.assign(label=0.0))
    with pytest.raises(LearnerError, match="hold 0 positives among 0 labelled"):
        learned(ALL[name], rows.assign(label=np.nan))


def test_a_label_among_the_features_is_refused() -> None:
    from models.learners.fitting import fit_learner
    from tests.models.made_up import feature

    rows = rows_of(50, seed=1)
    with pytest.raises(LearnerError, match="'label' is among the features"):
        fit_learner(
            rows,
            rows,
            features=(*FEATURES, feature("label")),
            settings=LOGISTIC,
            label_window_days=1,
        )


def test_a_mixture_says_what_it_is_made_of() -> None:
    model = model_of("blend")
    assert isinstance(model, Mixed)

    assert [one.name for one in model.tried] == ["scorecard", "logistic", "lightgbm"]
    assert min(model.weights) > 0
    assert model.recipe() == model.facts()["recipe"]
    assert " x " in model.recipe()
    assert "ROC-AUC" in model.facts()["inner_logistic"]
