"""The learner that suits the world is chosen, and only on dates behind the gap."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from features.registry import Feature
from models.blending import blend_weights
from models.learners.choosing import Judged, inner_splits, plainest_of_the_best
from models.learners.fitting import fit_learner
from models.learners.learned import LearnerError
from models.learners.logistic import LogisticSettings
from models.learners.mixed import Mixed
from models.learners.settings import MixedSettings
from models.learners.trees import LearnerSettings
from tests.models.learner_settings import DATES, LOGISTIC, TREES, WINDOW_DAYS, rows_of
from tests.models.made_up import feature

INPUTS: tuple[Feature, ...] = (feature("first"), feature("second"), feature("third"))
CHOOSE = MixedSettings(
    kind="choose",
    candidates=(
        LogisticSettings(strengths=(1.0,)),
        LearnerSettings(max_rounds=100, patience_rounds=10, min_rows_per_leaf=20, leaves=8),
    ),
)


def world(*, interaction: bool, number: int = 800) -> pd.DataFrame:
    """Return households whose need is a sum of three inputs, or hangs on two of them together."""
    generator = np.random.default_rng(11)
    frames = []
    for day in DATES:
        inputs = generator.normal(size=(number, 3))
        odds = inputs @ np.array([1.0, -0.7, 0.4]) - 1
        if interaction:
            odds = 2.5 * np.sign(inputs[:, 0]) * np.sign(inputs[:, 1]) - 1
        frame = pd.DataFrame(inputs, columns=[one.name for one in INPUTS])
        frame["label"] = (generator.random(number) < 1 / (1 + np.exp(-odds))).astype(float)
        frame["household_id"] = [f"h{place}" for place in range(number)]
        frame["as_of_date"] = pd.Timestamp(day)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def fitted(rows: pd.DataFrame, settings: MixedSettings) -> Mixed:
    last = rows["as_of_date"] == rows["as_of_date"].max()
    model = fit_learner(
        rows.loc[~last], rows.loc[last],
        features=INPUTS, settings=settings, label_window_days=WINDOW_DAYS,
    )  # fmt: skip
    assert isinstance(model, Mixed)
    return model


@pytest.mark.parametrize(("interaction", "expected"), [(False, "logistic"), (True, "lightgbm")])
def test_the_choice_follows_the_world(interaction: bool, expected: str) -> None:
    model = fitted(world(interaction=interaction), CHOOSE)

    assert model.recipe() == f"1.00 x {expected}"
    assert [member.kind for member in model.members] == [expected]


def test_a_blend_is_not_worse_than_its_best_member_on_the_rows_it_was_weighed_on() -> None:
    generator = np.random.default_rng(0)
    labels = (generator.random(2000) < 0.3).astype(float)
    good = 2 * labels - 1.5 + generator.normal(size=2000)
    noise = generator.normal(size=2000)

    weights, _ = blend_weights(np.column_stack([good, noise, -good]), labels)

    assert weights.min() >= 0
    assert weights[0] > 0.5 > weights[1] + weights[2]


def test_a_rare_kind_weighs_as_its_rows_do() -> None:
    labels = np.array([1.0, 0.0] * 100)
    odds = np.column_stack([np.where(labels == 1, 2.0, -2.0), np.where(labels == 1, -2.0, 2.0)])
    odds[100:] = odds[100:, ::-1]
    first = np.append(np.ones(100), np.full(100, 1e-6))

    assert np.argmax(blend_weights(odds, labels, weights=first)[0]) == 0
    assert np.argmax(blend_weights(odds, labels, weights=first[::-1].copy())[0]) == 1


def test_the_plainer_one_is_taken_where_the_difference_is_noise() -> None:
    generator = np.random.default_rng(1)
    labels = (generator.random(400) < 0.5).astype(float)
    odds = 2 * labels - 1
    nearly = odds + generator.normal(scale=0.05, size=400)

    alike = Judged(np.column_stack([nearly, odds * 1.001]), labels, np.ones(400))
    apart = Judged(np.column_stack([-odds, odds]), labels, np.ones(400))

    assert plainest_of_the_best(alike) == 0
    assert plainest_of_the_best(apart) == 1


def test_inner_folds_keep_the_gap_and_use_the_latest_dates() -> None:
    rows = rows_of(20, seed=1)

    splits = inner_splits(rows, label_window_days=60, most=2)

    assert [split.test_dates for split, _ in splits] == [(date(2024, 5, 1),), (date(2024, 6, 1),)]
    for split, parts in splits:
        learned = (*split.train_dates, *split.calibration_dates)
        assert max((split.test_dates[0] - day).days for day in learned) >= 60
        assert min((split.test_dates[0] - day).days for day in learned) >= 60
        assert not (parts.train & parts.test).any()


def test_dates_too_close_for_a_gap_are_refused_with_a_way_out() -> None:
    with pytest.raises(LearnerError, match="name one learner instead of choosing"):
        inner_splits(rows_of(5, seed=1), label_window_days=400, most=2)


def test_one_candidate_is_no_comparison() -> None:
    alone = MixedSettings(kind="choose", candidates=(LOGISTIC,))
    with pytest.raises(LearnerError, match="holds 1: give two or more"):
        fitted(world(interaction=False, number=50), alone)


def test_two_of_a_kind_are_told_apart() -> None:
    two = MixedSettings(kind="blend", candidates=(TREES, TREES), inner_folds=1)

    model = fitted(world(interaction=False, number=200), two)

    assert [one.name for one in model.tried] == ["lightgbm 1", "lightgbm 2"]
