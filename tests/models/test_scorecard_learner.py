"""Points per bin with counts, on one page, that add up to the score."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from features.registry import Feature
from models.learners.additive import AdditiveModel
from models.learners.bounded import fit_bounded
from models.learners.fitting import fit_learner
from models.learners.learned import LearnerError
from models.learners.page import LINES_PER_PAGE, POINTS_TO_DOUBLE, page, page_lines
from models.learners.scorecard import ScorecardSettings
from tests.models.learner_settings import LOGISTIC, learned, rows_of
from tests.models.made_up import FEATURES, feature, households


@cache
def card() -> AdditiveModel:
    model = learned(ScorecardSettings())
    assert isinstance(model, AdditiveModel)
    return model


def test_it_prints_on_one_page_even_with_fifty_inputs() -> None:
    generator = np.random.default_rng(0)
    names = [f"input_{place}" for place in range(50)]
    rows = pd.DataFrame(generator.normal(size=(3000, 50)), columns=names)
    odds = rows.to_numpy() @ np.linspace(0.2, 1.0, 50) * 0.3
    rows["label"] = (generator.random(3000) < 1 / (1 + np.exp(-odds))).astype(float)
    inputs: tuple[Feature, ...] = tuple(feature(name) for name in names)

    model = fit_learner(
        rows, rows, features=inputs, settings=ScorecardSettings(), label_window_days=1
    )

    assert isinstance(model, AdditiveModel)
    assert len(model.terms) == 10
    lines = page(model).splitlines()
    assert len(lines) <= LINES_PER_PAGE
    assert max(map(len, lines)) <= 100


def test_points_of_a_household_add_up_to_its_odds() -> None:
    rows = households(200, seed=2)
    start, lines = page_lines(card())
    points = np.full(len(rows), float(start))
    for place, column in enumerate(card().encoding.columns):
        term = card().terms[place]
        values = card().encoding.matrix(rows)[:, place].astype(float)
        lowest = min([*term.weights, term.unknown])
        points += np.round((term.of(values) - lowest) * POINTS_TO_DOUBLE / np.log(2))
        assert column.name in {line.input for line in lines}

    expected = card().log_odds(rows) * POINTS_TO_DOUBLE / np.log(2)

    assert np.abs(points - expected).max() <= 0.5 * (len(card().terms) + 1)


def test_lines_count_every_training_row_once_per_input() -> None:
    _, lines = page_lines(card())
    trained = rows_of(500, seed=1)
    trained = trained.loc[trained["as_of_date"] < trained["as_of_date"].max()]

    for name in card().encoding.names:
        own = [line for line in lines if line.input == name]
        assert sum(line.rows for line in own) == len(trained)
        assert sum(line.positives for line in own) == trained["label"].sum()
        assert min(line.points for line in own) == 0


def test_bins_are_what_the_page_says() -> None:
    _, lines = page_lines(card())
    trained = rows_of(500, seed=1)
    trained = trained.loc[trained["as_of_date"] < trained["as_of_date"].max()]
    first = next(line for line in lines if line.input == "spend_365d")

    assert first.values.startswith("below ")
    limit = float(first.values.removeprefix("below "))
    assert first.rows == int((trained["spend_365d"] < limit).sum())
    assert tuple(
        line.values for line in sorted(lines, key=lambda one: -one.points)
        if line.input == "job_lost" and line.values != "unknown"
    ) == ("yes", "no")  # fmt: skip


def test_noise_stays_off_the_page() -> None:
    assert "noise" not in card().encoding.names
    assert set(card().encoding.names) >= {"spend_365d", "job_lost", "arrears_90d"}


def test_only_a_scorecard_has_a_page() -> None:
    logistic = learned(LOGISTIC)
    assert isinstance(logistic, AdditiveModel)
    with pytest.raises(ValueError, match="only a scorecard does"):
        page(logistic)


def test_where_nothing_tells_anything_apart_it_says_so() -> None:
    rows = rows_of(100, seed=1)[["household_id", "as_of_date", "noise"]]
    rows["label"] = np.tile([0.0, 1.0], len(rows) // 2)
    rows["noise"] = 1.0
    with pytest.raises(LearnerError, match="better than chance"):
        fit_learner(
            rows, rows, features=[FEATURES[-1]], settings=ScorecardSettings(), label_window_days=1
        )


def test_settings_that_leave_no_bin_are_refused() -> None:
    with pytest.raises(LearnerError, match="bins must be at least 2"):
        learned(ScorecardSettings(bins=1))


def test_without_bounds_coefficients_are_those_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    generator = np.random.default_rng(3)
    design = generator.normal(size=(800, 4))
    labels = (generator.random(800) < 1 / (1 + np.exp(-design[:, 0] + design[:, 1]))).astype(float)
    weights = generator.integers(1, 4, 800).astype(float)
    weights /= weights.mean()

    ours = fit_bounded(
        design, labels, weights, strength=0.1, never_negative=np.zeros(4, dtype=bool)
    )
    theirs = LogisticRegression(C=0.1, tol=1e-10, max_iter=500).fit(design, labels, weights)

    assert np.allclose(ours.columns, theirs.coef_[0], atol=1e-5)
    assert ours.intercept == pytest.approx(float(theirs.intercept_[0]), abs=1e-5)
    bounded = fit_bounded(
        design, labels, weights, strength=0.1, never_negative=np.ones(4, dtype=bool)
    )
    assert bounded.columns.min() >= 0
    assert bounded.columns[0] > 0.5
