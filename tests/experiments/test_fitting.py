"""What is trained on, what a list could hold, and who is compared."""

from dataclasses import replace

import pandas as pd
import pytest

from experiments.config import ExperimentConfig
from experiments.fitting import TRAINED_ON, WEIGHT, add_training_labels, best_of, only_findable
from features.district import DISTRICT

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
