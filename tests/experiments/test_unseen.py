"""What the unseen teach: hidden need is estimated, and lists do not feed on themselves."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from experiments.config import ExperimentConfig
from experiments.fitting import TRAINED_ON, WEIGHT, add_training_labels
from experiments.unseen import Chances, chances_by_lot, stand_ins, with_hidden_need
from models.learners.fitting import fit_learner
from models.learners.learned import Learned, LearnerError
from models.learners.logistic import LogisticSettings
from models.selection.importance import chance_over
from tests.models.made_up import FEATURES, households

FOUND, CLEARED, DRAWN = 0.4, 0.05, 0.1
SETTINGS = LogisticSettings(strengths=(1.0,))
BASE = {
    "name": "plain",
    "title": "Plain",
    "origin": "simulated district",
    "deployment": "features.district:DISTRICT",
    "outcome": "features.outcomes.unmet_need:UNMET_NEED_180D",
    "train_dates": [date(2025, 1, 1)],
    "test_dates": [date(2025, 9, 1)],
}


def world(seed: int, *, drawn: float = DRAWN) -> pd.DataFrame:
    """Return households of which staff found some of those in need, and a lot drew a few of all."""
    rows = households(4000, seed=seed)
    generator = np.random.default_rng(seed + 100)
    need = rows["label"].to_numpy()
    by_lot = generator.random(len(rows)) < drawn
    sent = generator.random(len(rows)) < np.where(need == 1, FOUND, CLEARED)
    rows["truth"] = need
    rows["random_label"] = np.where(by_lot, need, np.nan)
    rows["random_propensity"] = np.where(by_lot, drawn, np.nan)
    rows["label_source"] = np.where(sent | by_lot, "visit", "unseen")
    rows[TRAINED_ON] = np.where(sent | by_lot, need, np.nan)
    return rows.assign(**{WEIGHT: 1.0})


def fit(train: pd.DataFrame, later: pd.DataFrame) -> Learned:
    return fit_learner(
        train, later,
        features=FEATURES, settings=SETTINGS, label_window_days=1, label=TRAINED_ON, weight=WEIGHT,
    )  # fmt: skip


def chances(rows: pd.DataFrame) -> Chances:
    usable = rows["label_source"].isin(["visit", "unseen"]).to_numpy()
    return chances_by_lot(rows, label=TRAINED_ON, usable=usable)


def test_chances_are_read_off_the_random_slice() -> None:
    found = chances(pd.concat([world(seed) for seed in range(5)]))

    # Whoever is drawn is found as well.
    assert found.found == pytest.approx(1 - (1 - FOUND) * (1 - DRAWN), abs=0.05)
    assert found.cleared == pytest.approx(1 - (1 - CLEARED) * (1 - DRAWN), abs=0.02)


def test_a_window_of_many_draws_counts_nobody_twice() -> None:
    once = 0.02
    one_draw = np.array([once])
    drawn = float(chance_over(one_draw, draws=10)[0])
    rows = pd.concat([world(seed, drawn=drawn) for seed in range(5)])
    rows["random_propensity"] = rows["random_propensity"].where(rows["random_label"].isna(), once)

    found = chances(rows)

    assert found.found == pytest.approx(1 - (1 - FOUND) * (1 - drawn), abs=0.05)
    assert found.cleared == pytest.approx(1 - (1 - CLEARED) * (1 - drawn), abs=0.02)


def test_who_is_drawn_seldom_stands_for_more() -> None:
    """In need is drawn three times as often: the share in need is that of all, not of the slice."""
    rows = pd.concat([world(seed, drawn=0.3) for seed in range(5)])
    spared = (rows["truth"] == 0) & (np.arange(len(rows)) % 3 > 0)
    rows.loc[spared, ["random_label", "random_propensity"]] = np.nan
    rows["random_propensity"] = rows["random_propensity"].where(rows["truth"] == 1, 0.1)
    rows.loc[rows["random_label"].isna(), "random_propensity"] = np.nan

    assert chances(rows).found == pytest.approx(1 - (1 - FOUND) * 0.7, abs=0.05)


def test_rows_that_are_not_learned_from_hold_no_need_to_be_found() -> None:
    rows = pd.concat([world(seed) for seed in range(5)], ignore_index=True)
    covered = world(9).assign(
        label_source="covered", random_label=np.nan, random_propensity=np.nan,
        **{TRAINED_ON: np.nan},
    )  # fmt: skip
    more = pd.concat([rows, covered], ignore_index=True)

    assert chances(more) == chances(rows)


def test_hidden_need_brings_the_base_rate_back() -> None:
    train, later = world(1), world(2)
    truth = later["truth"].mean()
    seen_only = fit(train, later).predict(later).mean()
    presumed = [
        frame.assign(**{TRAINED_ON: frame[TRAINED_ON].fillna(0)}) for frame in (train, later)
    ]
    as_negatives = fit(*presumed).predict(later).mean()

    weighed = with_hidden_need(
        train, later, fit=fit, label=TRAINED_ON, weight=WEIGHT, unseen=("unseen",)
    )
    hidden = fit(*weighed).predict(later).mean()

    assert seen_only > 1.5 * truth
    assert as_negatives < 0.7 * truth
    assert hidden == pytest.approx(truth, rel=0.2)


def test_frames_stay_apart_and_rows_nobody_may_use_are_left_out() -> None:
    train, later = (
        world(1),
        world(2).assign(household_id=lambda rows: "later" + rows["household_id"]),
    )
    covered = train["label_source"].eq("unseen") & (np.arange(len(train)) % 2 == 0)
    train.loc[covered, "label_source"] = "covered"

    learned_from, watched = with_hidden_need(
        train, later, fit=fit, label=TRAINED_ON, weight=WEIGHT, unseen=("unseen",)
    )

    assert not set(learned_from["household_id"]) & set(watched["household_id"])
    assert not set(train.loc[covered, "household_id"]) & set(learned_from["household_id"])
    assert learned_from[TRAINED_ON].isin([0.0, 1.0]).all()
    assert learned_from.groupby("household_id")[WEIGHT].sum().round(9).eq(1).all()


def test_too_few_by_lot_is_refused_with_a_way_out() -> None:
    with pytest.raises(LearnerError, match="fewer than 20: add dates, or presume"):
        chances(world(1, drawn=0.005))


def test_who_was_sent_for_counts_less_than_who_was_drawn() -> None:
    history = pd.DataFrame(
        {
            "as_of_date": pd.Timestamp("2025-01-01"),
            "label": [1.0, 0.0, None, 1.0],
            "label_source": ["visit", "visit", "unseen", "visit"],
            "random_propensity": [None, 0.1, None, None],
        }
    )
    weighing = ExperimentConfig.model_validate({**BASE, "weigh_by_chance": True})

    weights = add_training_labels(history, weighing)[WEIGHT]

    assert weights[1] == pytest.approx(10 * weights[0])
    assert weights[[0, 1, 3]].mean() == pytest.approx(1)
    assert weights[2] == 0
    both = pd.concat(
        [history, history.assign(as_of_date=pd.Timestamp("2025-02-01"), random_propensity=None)]
    )
    again = add_training_labels(both.reset_index(drop=True), weighing)[WEIGHT]
    assert again[:4].tolist() == weights.tolist()
    assert again[4:].tolist() == [1, 1, 0, 1]


def test_keys_that_came_later_change_an_identity_only_when_used() -> None:
    plain = ExperimentConfig.model_validate(BASE)

    for key, value in (
        ("weigh_by_chance", True), ("unseen_as", "hidden"), ("calibration", "chosen"),
        ("uncertainty", {"refits": 5}), ("most_unseen", 50_000),
    ):  # fmt: skip
        used = ExperimentConfig.model_validate({**BASE, key: value})
        assert used.identity != plain.identity
        unused = plain.model_dump()[key]
        assert ExperimentConfig.model_validate({**BASE, key: unused}).identity == plain.identity


def test_the_unseen_are_read_one_way_only(tmp_path: object) -> None:
    with pytest.raises(ValueError, match="leave unseen_weight out"):
        ExperimentConfig.model_validate({**BASE, "unseen_as": "hidden", "unseen_weight": 0.3})
    with pytest.raises(ValueError, match="leave most_unseen out"):
        ExperimentConfig.model_validate({**BASE, "unseen_as": "hidden", "most_unseen": 9})


def test_unseen_households_stand_for_others_whole_and_the_seen_for_themselves() -> None:
    numbers = range(5000)
    rows = pd.DataFrame(
        {
            "household_id": [f"h{number}" for _ in range(2) for number in numbers],
            "label_source": [
                "visit" if number % 10 == 0 else "unseen" for _ in range(2) for number in numbers
            ],
        }
    )
    unseen = (rows["label_source"] == "unseen").to_numpy()

    kept, factor = stand_ins(rows, most=1800, unseen=("unseen",), seed=7)

    assert kept[~unseen].all()
    assert (factor[~unseen] == 1).all()
    assert (kept[:5000] == kept[5000:]).all()
    assert (factor[unseen] == 9000 / 1800).all()
    # Whole households are drawn: the number kept is binomial, four standard deviations wide here.
    assert kept[unseen].sum() == pytest.approx(1800, abs=4 * 2 * (4500 * 0.2 * 0.8) ** 0.5)
    other, _ = stand_ins(rows, most=1800, unseen=("unseen",), seed=8)
    assert (other != kept).any()
    for most in (None, 9000):
        kept, factor = stand_ins(rows, most=most, unseen=("unseen",), seed=7)
        assert kept.all()
        assert (factor == 1).all()
    assert not stand_ins(rows, most=8000, unseen=("unseen",), seed=7)[0].all()
