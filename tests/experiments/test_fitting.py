"""What is trained on, what a list could hold, and who is compared."""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments import fitting
from experiments.assembled import single_plan
from experiments.config import ExperimentConfig
from experiments.fitting import (
    TRAINED_ON,
    WEIGHT,
    add_training_labels,
    best_of,
    fit_split,
    only_findable,
)
from features.district import DISTRICT
from models.learners.fitting import fit_learner
from models.learners.learned import Learned
from models.splits import parts
from tests.experiments import made_up_rows as made_up

CONFIG = ExperimentConfig.model_validate(
    {
        "name": "plain",
        "title": "Plain",
        "origin": "simulated district",
        "deployment": "features.district:DISTRICT",
        "outcome": "features.outcomes.unmet_need:UNMET_NEED_180D",
        "train_dates": ["2025-01-01"],
        "test_dates": ["2025-09-01"],
    }
)
HISTORY = pd.DataFrame(
    {
        "household_id": ["confirmed", "cleared", "unseen", "unreached", "covered"],
        "label": [1.0, 0.0, None, None, None],
        "label_source": ["visit", "visit", "unseen", "unreached", "covered"],
        "contact_need_is_known": [True, False, False, False, False],
        "benefit_is_covered": pd.array([False, False, None, False, True], dtype="boolean"),
    }
)


def test_by_default_nobody_is_presumed_anything() -> None:
    labels = add_training_labels(HISTORY, CONFIG)[TRAINED_ON]

    assert labels.notna().tolist() == [True, True, False, False, False]


def test_only_the_unseen_may_be_presumed_negative() -> None:
    presuming = CONFIG.model_copy(update={"unseen_weight": 0.2})

    trained = add_training_labels(HISTORY, presuming)

    assert trained[TRAINED_ON].fillna(-1).tolist() == [1, 0, 0, -1, -1]
    assert trained[WEIGHT].tolist()[:3] == [1, 1, 0.2]


def test_labels_are_put_beside_many_columns_without_a_warning() -> None:
    columns = {
        **{name: HISTORY[name].array for name in HISTORY},
        **{f"feature_{number}": np.arange(5.0) for number in range(150)},
    }
    # Not copied together: this is how a stored matrix is read.
    apart = pd.DataFrame(columns, index=[3, 1, 4, 0, 2], copy=False)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        labelled = add_training_labels(apart, CONFIG)

    assert labelled[TRAINED_ON].fillna(-1).tolist() == [1, 0, -1, -1, -1]
    assert labelled.index.tolist() == apart.index.tolist()
    with pytest.raises(ValueError, match=TRAINED_ON):
        add_training_labels(labelled, CONFIG)


def test_fitting_reads_its_own_columns_only_and_learns_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config, history = made_up.CONFIG, made_up.rows()
    features = config.model_features()
    [split] = single_plan(config)
    seen: list[set[str]] = []

    def remembered(train: pd.DataFrame, later: pd.DataFrame, **asked: Any) -> Learned:
        seen.extend((set(train), set(later)))
        return fit_learner(train, later, **asked)

    monkeypatch.setattr(fitting, "fit_learner", remembered)
    fitted = fit_split(history, split, config=config, features=features, rules=made_up.few_rules())

    evidence = {name for group in DISTRICT.groups for name in group.evidence} | {"onset", "label"}
    assert all(not columns & evidence for columns in seen)
    assert len(set(history) - seen[0]) > len(features)
    whole = parts(history, split)
    of_all = fit_learner(
        history.loc[whole.train], history.loc[whole.calibration],
        features=features, settings=config.learner, label_window_days=split.label_window_days,
        label=TRAINED_ON, weight=WEIGHT,
    )  # fmt: skip
    assert (fitted.model.log_odds(history) == of_all.log_odds(history)).all()
    assert set(fitted.scores(history)) > {"model", "random", "area_mean"}


def test_with_fewer_unseen_the_others_weigh_more_and_areas_are_still_counted_in_full(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = {"unseen_weight": 0.3, "most_unseen": 60}
    history, config = made_up.rows(), made_up.CONFIG.model_copy(update=asked)
    unseen = np.arange(len(history)) % 2 == 1
    history.loc[unseen, "label_source"] = "unseen"
    history.loc[unseen, "label"] = np.nan
    history = add_training_labels(history.drop(columns=[TRAINED_ON, WEIGHT]), config)
    seen: list[pd.DataFrame] = []

    def remembered(train: pd.DataFrame, later: pd.DataFrame, **given: Any) -> Learned:
        seen.append(train)
        return fit_learner(train, later, **given)

    monkeypatch.setattr(fitting, "fit_learner", remembered)
    [split] = single_plan(config)
    given = {"features": config.model_features(), "rules": made_up.few_rules()}
    fitted = fit_split(history, split, config=config, **given)
    whole = fit_split(
        history, split, config=config.model_copy(update={"most_unseen": None}), **given
    )

    few, all_of_them = seen
    alone = few["label_source"] == "unseen"
    assert 0 < alone.sum() < (all_of_them["label_source"] == "unseen").sum()
    assert (~alone).sum() == (all_of_them["label_source"] != "unseen").sum()
    of_unseen = all_of_them.loc[all_of_them["label_source"] == "unseen", WEIGHT].sum()
    assert few.loc[alone, WEIGHT].unique() == pytest.approx([of_unseen / 60])
    assert fitted.train_rows == len(few)
    area = [one.scores(history)["area_mean"] for one in (fitted, whole)]
    assert np.array_equal(*area)


def test_a_source_not_to_be_learned_from_keeps_its_label_for_judging() -> None:
    choosing = CONFIG.model_copy(update={"untrained_sources": ("visit",)})

    trained = add_training_labels(HISTORY, choosing)

    assert trained[TRAINED_ON].notna().sum() == 0
    assert trained["label"].notna().sum() == 2


def test_only_those_known_to_be_covered_or_in_need_are_no_news() -> None:
    findable = only_findable(HISTORY, DISTRICT)["household_id"].tolist()

    assert findable == ["cleared", "unseen", "unreached"]


def test_where_nothing_says_who_is_covered_everybody_can_be_found() -> None:
    anywhere = replace(DISTRICT, covered_by=None, need_known_by=None)

    assert len(only_findable(HISTORY, anywhere)) == len(HISTORY)


def test_the_best_of_a_kind_is_by_precision_at_the_capacity_asked_for() -> None:
    table = pd.DataFrame(
        [
            ("trigger:a", "1%", 0.2),
            ("trigger:b", "1%", 0.3),
            ("trigger:a", "5%", 0.9),
            ("rule:c", "1%", 0.8),
        ],
        columns=["policy", "capacity", "precision"],
    )

    assert best_of(table, "trigger:", capacity="1%")["policy"] == "trigger:b"
    with pytest.raises(LookupError, match="area:"):
        best_of(table, "area:", capacity="1%")
