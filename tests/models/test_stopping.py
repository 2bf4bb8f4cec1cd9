"""Trees stop on households they have not learned from: who stays in need must not be learned by heart."""

import numpy as np
import pandas as pd
import pytest

from features.registry import Feature
from models.learners import trees
from models.learners.stopping import HELD_BACK, households_held_back
from models.learners.trees import LearnerSettings, fit

FEATURES = [
    Feature(name=f"trait_{place}", unit="none", missing="unknown", description="made up")
    for place in range(6)
]
SETTINGS = LearnerSettings(leaves=15, min_rows_per_leaf=5, max_rounds=150, patience_rounds=10)


def months(*numbers: int, households: int = 500, first: int = 0) -> pd.DataFrame:
    """Households whose traits and need hardly change from month to month, and have nothing to do with each other."""
    draw = np.random.default_rng(3)
    traits, need = draw.normal(size=(households, 6)), draw.random(households) < 0.3
    frames = []
    for number in numbers:
        seen = traits + 0.01 * np.random.default_rng(number).normal(size=traits.shape)
        frame = pd.DataFrame(seen, columns=[one.name for one in FEATURES]).assign(
            household_id=[f"h{first + place}" for place in range(households)],
            as_of_date=number,
            label=need.astype(float),
        )
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def rounds(train: pd.DataFrame, later: pd.DataFrame) -> int:
    return fit(train, later, features=FEATURES, settings=SETTINGS).rounds[0]


def test_where_there_is_nothing_to_learn_but_who_is_who_trees_stop_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert rounds(months(1, 2), months(3)) < 15
    monkeypatch.setattr(trees, "households_held_back", lambda *_, **__: None)
    assert rounds(months(1, 2), months(3)) > 100


def test_a_household_is_held_back_with_all_its_rows_or_not_at_all() -> None:
    train, later = months(1, 2), months(3)
    held = households_held_back(train, later, label="label")
    assert held is not None
    learned = set(train.loc[~held[0], "household_id"])
    assert learned.isdisjoint(train.loc[held[0], "household_id"])
    assert learned.isdisjoint(later.loc[held[1], "household_id"])
    assert held[0].mean() == pytest.approx(1 / HELD_BACK, abs=0.06)


def test_other_households_are_watched_as_they_are() -> None:
    assert households_held_back(months(1), months(2, first=1000), label="label") is None


def test_with_too_few_held_back_the_later_rows_are_watched() -> None:
    train, later = months(1), months(2)
    few = train.assign(label=0.0)
    few.loc[:11, "label"] = 1.0
    assert households_held_back(few, later.assign(label=0.0), label="label") is None
    assert households_held_back(train, later.assign(label=np.nan), label="label") is None


def test_every_seed_grows_as_many_trees_on_all_households() -> None:
    train = months(1, 2)
    traits = train["trait_0"].to_numpy()
    train["label"] = (traits > np.quantile(traits, 0.7)).astype(float)
    later = train.assign(as_of_date=3)
    settings = LearnerSettings(**{**SETTINGS.__dict__, "seeds": (1, 2), "row_share": 1.0})
    model = fit(train, later, features=FEATURES, settings=settings)
    assert model.rounds[0] == model.rounds[1]
    counts = [
        booster.dump_model()["tree_info"][0]["tree_structure"]["internal_count"]
        for booster in model.boosters
    ]
    assert counts == [len(train), len(train)]
