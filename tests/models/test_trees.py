import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.registry import Feature
from models.encoding import Encoding, EncodingError
from models.learners.trees import BASE, LearnedModel, LearnerError, LearnerSettings, fit
from models.probability_metrics import auc_parts
from tests.models.conftest import SETTINGS
from tests.models.made_up import FEATURES, households

MONOTONE = [feature for feature in FEATURES if feature.monotone]


def test_it_learns(model: LearnedModel) -> None:
    unseen = households(2000, seed=3)

    auc = auc_parts(model.predict(unseen), unseen["label"].to_numpy()).auc

    assert auc > 0.7
    assert model.gains().index[0] == "spend_365d"


@pytest.mark.parametrize("feature", MONOTONE, ids=lambda feature: feature.name)
@given(step=st.floats(0.01, 1e6), place=st.integers(0, 199))
@settings(max_examples=30, deadline=None)
def test_what_can_only_mean_more_need_never_lowers_a_score(
    model: LearnedModel, feature: Feature, step: float, place: int
) -> None:
    one = households(200, seed=4).iloc[[place]].dropna(subset=[feature.name])
    if one.empty:
        return
    if feature.dtype == "boolean":
        worse = one.assign(**{feature.name: True})
        one = one.assign(**{feature.name: False})
    else:
        worse = one.assign(**{feature.name: one[feature.name] + feature.monotone * step})

    assert model.log_odds(worse)[0] >= model.log_odds(one)[0]


def test_directions_hold_everywhere_in_wide_trees() -> None:
    wide = fit(
        households(4000, seed=1),
        households(1000, seed=2),
        features=FEATURES,
        settings=LearnerSettings(
            leaves=63, min_rows_per_leaf=5, max_rounds=60, patience_rounds=60, feature_share=1.0
        ),
    )
    rows = households(1000, seed=3)
    for feature in MONOTONE:
        if feature.dtype == "boolean":
            continue
        known = rows.dropna(subset=[feature.name])
        before = wide.log_odds(known)
        for step in (0.1, 1, 10, 100, 1000, 10_000):
            worse = known.assign(**{feature.name: known[feature.name] + feature.monotone * step})
            assert (wide.log_odds(worse) >= before).all(), feature.name


def test_the_order_of_rows_changes_no_score(model: LearnedModel) -> None:
    rows = households(500, seed=5)
    shuffled = rows.sample(frac=1, random_state=6)

    scores = pd.Series(model.log_odds(rows), index=rows["household_id"])
    again = pd.Series(model.log_odds(shuffled), index=shuffled["household_id"])

    pd.testing.assert_series_equal(again.loc[scores.index], scores, check_exact=True)


def test_training_again_gives_the_same_text(model: LearnedModel) -> None:
    again = fit(
        households(2000, seed=1), households(1000, seed=2), features=FEATURES, settings=SETTINGS
    )

    assert again.model_texts == model.model_texts


def test_contributions_add_up_to_the_score(model: LearnedModel) -> None:
    rows = households(50, seed=7)

    found = model.contributions(rows)

    assert list(found) == [*model.encoding.names, BASE]
    assert np.allclose(found.sum(axis=1), model.log_odds(rows))


def test_several_boosters_are_averaged_and_still_add_up() -> None:
    several = fit(
        households(1000, seed=1),
        households(500, seed=2),
        features=FEATURES,
        settings=LearnerSettings(
            seeds=(1, 2), max_rounds=10, patience_rounds=5, min_rows_per_leaf=20
        ),
    )
    rows = households(20, seed=3)
    alone = [LearnedModel(several.encoding, (text,), ()) for text in several.model_texts]

    mean = np.mean([one.log_odds(rows) for one in alone], axis=0)

    assert not np.array_equal(alone[0].log_odds(rows), alone[1].log_odds(rows))
    assert np.allclose(several.log_odds(rows), mean)
    assert np.allclose(several.contributions(rows).sum(axis=1), mean)


def test_rows_without_a_label_are_not_learned_from(model: LearnedModel) -> None:
    train = households(2000, seed=1)
    unlabelled = households(300, seed=8).assign(label=np.nan)
    with_unlabelled = pd.concat([train, unlabelled], ignore_index=True)

    again = fit(with_unlabelled, households(1000, seed=2), features=FEATURES, settings=SETTINGS)

    assert again.model_texts == model.model_texts


def test_weights_count() -> None:
    train = households(1000, seed=1)
    heavy = train.assign(weight=np.where(train["label"] == 1, 5.0, 1.0))
    later = households(500, seed=2).assign(weight=1.0)

    plain = fit(train, later, features=FEATURES, settings=SETTINGS)
    weighted = fit(heavy, later, features=FEATURES, settings=SETTINGS, weight="weight")

    assert weighted.predict(later).mean() > plain.predict(later).mean()


def test_one_class_is_nothing_to_learn_from() -> None:
    rows = households(100)
    with pytest.raises(LearnerError, match="training rows hold 0 positives among 100"):
        fit(rows.assign(label=0.0), rows, features=FEATURES, settings=SETTINGS)


def test_a_category_never_seen_is_unknown() -> None:
    encoding = Encoding.learn(households(200), FEATURES)
    rows = households(3).assign(tenure=["owned", "castle", None])

    codes = encoding.matrix(rows)[:, encoding.names.index("tenure")]

    assert codes[0] == encoding.columns[4].categories.index("owned")
    assert np.isnan(codes[1:]).all()


def test_an_encoding_survives_being_stored() -> None:
    encoding = Encoding.learn(households(200), FEATURES)

    assert Encoding.from_json(encoding.to_json()) == encoding


def test_a_missing_column_and_a_wrong_type_are_named() -> None:
    encoding = Encoding.learn(households(200), FEATURES)
    with pytest.raises(EncodingError, match=r"lacks 1 declared.*noise"):
        encoding.matrix(households(3).drop(columns="noise"))
    with pytest.raises(EncodingError, match="noise is declared number"):
        encoding.matrix(households(3).assign(noise="much"))
    with pytest.raises(EncodingError, match="noise holds an infinite"):
        encoding.matrix(households(3).assign(noise=np.inf))
