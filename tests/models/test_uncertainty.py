"""The interval around a score holds the expected score of other samples as often as it promises."""

import numpy as np
import pandas as pd
import pytest

from models.learners.learned import LearnerError
from models.learners.logistic import LogisticSettings
from models.learners.mixed import Mixed
from models.learners.spread import Spread
from models.learners.uncertainty import UncertaintySettings, _poisson, fit_spread
from tests.models.learner_settings import BLEND, DATES, LOGISTIC, learned, rows_of
from tests.models.made_up import FEATURES, households

ONE_PENALTY = LogisticSettings(strengths=(0.3,))


def spread_of(rows: pd.DataFrame, *, refits: int = 6, seed: int = 1) -> Spread:
    last = rows["as_of_date"] == rows["as_of_date"].max()
    found = fit_spread(
        rows.loc[~last], rows.loc[last],
        model=learned(ONE_PENALTY, rows), features=FEATURES, settings=ONE_PENALTY,
        uncertainty=UncertaintySettings(refits=refits, share=0.8),
        label="label", weight=None, seed=seed,
    )  # fmt: skip
    assert found is not None
    return found


def test_it_holds_the_expected_score_for_about_the_promised_share() -> None:
    def sample(seed: int) -> pd.DataFrame:
        return households(500, dates=DATES[:2], seed=seed)

    judged = households(400, seed=999)
    scores = np.array([learned(ONE_PENALTY, sample(seed)).log_odds(judged) for seed in range(16)])
    held = []
    for seed in range(3):
        low, high = spread_of(sample(seed)).around(scores[seed], judged)
        expected = np.delete(scores, seed, axis=0).mean(axis=0)
        held.append(((low <= expected) & (expected <= high)).mean())

    assert 0.65 < np.mean(held) < 0.93


def test_more_households_make_it_narrower_and_thin_corners_wider() -> None:
    few, many = spread_of(rows_of(60, seed=1)), spread_of(rows_of(600, seed=1))
    judged = households(400, seed=9)

    assert many.deviation(judged).mean() < 0.6 * few.deviation(judged).mean()
    usual = judged.assign(spend_365d=1000.0, arrears_90d=0)
    odd = judged.assign(spend_365d=1000.0, arrears_90d=4)
    assert many.deviation(odd).mean() > many.deviation(usual).mean()


def test_the_same_seed_gives_the_same_interval() -> None:
    rows, judged = rows_of(80, seed=1), households(50, seed=2)

    first = spread_of(rows, refits=5).deviation(judged)

    assert np.array_equal(spread_of(rows, refits=5).deviation(judged), first)
    assert not np.array_equal(spread_of(rows, refits=5, seed=2).deviation(judged), first)


def test_a_blend_keeps_its_weights_when_it_is_learned_again() -> None:
    rows = rows_of(120, seed=1)
    last = rows["as_of_date"] == rows["as_of_date"].max()
    model = learned(BLEND, rows)

    found = fit_spread(
        rows.loc[~last], rows.loc[last],
        model=model, features=FEATURES, settings=BLEND,
        uncertainty=UncertaintySettings(refits=5), label="label", weight=None, seed=1,
    )  # fmt: skip

    assert found is not None
    assert isinstance(model, Mixed)
    for one in found.refits:
        assert isinstance(one, Mixed)
        assert one.weights == model.weights
        assert [member.kind for member in one.members] == [member.kind for member in model.members]


def test_counts_of_a_redraw_are_poisson_of_mean_one() -> None:
    chances = (np.arange(100_000) + 0.5) / 100_000

    counts = _poisson(chances)

    assert counts.mean() == pytest.approx(1, abs=0.001)
    assert counts.var() == pytest.approx(1, abs=0.01)
    assert (counts == 0).mean() == pytest.approx(np.exp(-1), abs=0.001)


@pytest.mark.parametrize(
    "asked", [UncertaintySettings(refits=2), UncertaintySettings(refits=9, share=1.0)]
)
def test_too_few_refits_or_certainty_are_refused(asked: UncertaintySettings) -> None:
    rows = rows_of(40, seed=1)
    with pytest.raises(LearnerError, match="at least 5 and share between 0 and 1"):
        fit_spread(
            rows, rows,
            model=learned(LOGISTIC, rows), features=FEATURES, settings=LOGISTIC,
            uncertainty=asked, label="label", weight=None, seed=1,
        )  # fmt: skip


def test_without_refits_there_is_no_interval() -> None:
    rows = rows_of(40, seed=1)
    found = fit_spread(
        rows, rows,
        model=learned(LOGISTIC, rows), features=FEATURES, settings=LOGISTIC,
        uncertainty=UncertaintySettings(), label="label", weight=None, seed=1,
    )  # fmt: skip
    assert found is None
