"""Estimates by lot: by hand on a few rows, equal to the census where everybody is drawn, variance over all samples."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

from models.evaluation import evaluate
from models.selection.estimates import at_capacity, precision_difference
from models.selection.lots import Lot
from models.selection.survey import logit_interval, plain_interval, share_interval, variance
from models.top_of_list import Capacity

TWO = Capacity(number=2)


def lot(
    labels: list[float],
    chances: list[float],
    *,
    households: list[int] | None = None,
    strata: list[int] | None = None,
    counted: bool = False,
) -> Lot:
    count = len(labels)
    return Lot(
        labels=np.array(labels),
        chances=np.array(chances),
        dates=np.zeros(count, np.intp),
        households=np.arange(count) if households is None else np.array(households),
        strata=np.zeros(count, np.intp) if strata is None else np.array(strata),
        counted=counted,
    )


NAN = float("nan")
FOUR_DRAWN = lot([1, 0, 1, 0, NAN, NAN], [0.5, 0.25, 0.5, 0.5, NAN, NAN])
SCORES = np.array([9.0, 8.0, 7.0, 6.0, 5.0, 4.0])


def test_every_draw_counts_for_those_it_stands_for() -> None:
    found = at_capacity(FOUR_DRAWN, SCORES, capacity=TWO)

    # On the list: one in need standing for 2, one not for 4. In need altogether: 2 + 2.
    assert found.precision.value == pytest.approx(2 / 6)
    assert found.recall.value == pytest.approx(2 / 4)
    assert found.base_rate.value == pytest.approx(4 / 10)
    # Pairs in need x not: 2 x 4 and 2 x 2 right, 2 x 4 wrong, 2 x 2 right, of 4 x 6.
    assert found.roc_auc.value == pytest.approx((8 + 4 + 0 + 4) / 24)
    assert (found.drawn, found.answered, found.answered_on_list, found.positives) == (4, 4, 2, 2)


def test_horvitz_thompson_divides_by_the_known_length_of_the_list() -> None:
    found = at_capacity(FOUR_DRAWN, SCORES, capacity=TWO, estimator="horvitz_thompson")

    assert found.precision.value == pytest.approx(2 / 2)
    assert found.base_rate.value == pytest.approx(4 / 6)
    assert found.recall.value == pytest.approx(2 / 4)
    assert 0 < found.precision.low < found.precision.high <= 1


def test_where_everybody_is_drawn_the_answer_is_the_census_and_certain() -> None:
    rng = np.random.default_rng(1)
    need = (rng.random(400) < 0.2).astype(float)
    scores = np.round(need + rng.normal(size=400), 1)
    rows = pd.DataFrame(
        {
            "household_id": np.arange(400),
            "as_of_date": pd.Timestamp("2024-01-01"),
            "label": need,
            "random_label": need,
            "random_propensity": 1.0,
        }
    )
    capacity = Capacity(share=0.1)
    census = evaluate(rows, {"p": scores}, capacities=[capacity], seed=1, draws=20)["p"]

    found = at_capacity(Lot.of(rows), scores, capacity=capacity)

    assert found.precision.value == pytest.approx(census.at["10%"].precision.value)
    assert found.recall.value == pytest.approx(census.at["10%"].recall.value)
    assert found.roc_auc.value == pytest.approx(census.roc_auc.value)
    assert found.precision.low == found.precision.high == found.precision.value
    assert found.roc_auc.high - found.roc_auc.low == pytest.approx(0, abs=1e-12)


def test_the_stratified_variance_is_right_over_every_sample_there_could_be() -> None:
    values = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0])
    strata = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    chances = np.where(strata == 0, 0.5, 0.75)
    samples = [
        [*first, *second]
        for first, second in product(combinations(range(4), 2), combinations(range(4, 8), 3))
    ]
    totals, spreads = [], []
    for rows in samples:
        parts = (values / chances)[rows]
        totals.append(parts.sum())
        spreads.append(
            variance(parts, chances=chances[rows], households=np.array(rows), strata=strata[rows])
        )

    assert np.mean(totals) == pytest.approx(values.sum())
    assert np.mean(spreads) == pytest.approx(np.var(totals))


def test_rows_of_one_household_are_one_draw() -> None:
    parts, chances = np.array([1.0, 1.0, -2.0, 0.5]), np.full(4, 0.2)

    together = variance(parts, chances=chances, households=np.array([7, 7, 8, 9]))

    assert together == pytest.approx(0.8 * (2**2 + 2**2 + 0.5**2) * 3 / 2)
    assert np.isnan(variance(parts, chances=chances, households=np.zeros(4, np.intp)))


def test_strata_of_one_household_are_put_together() -> None:
    parts, chances = np.array([1.0, 3.0, 5.0, 9.0]), np.full(4, 0.5)
    alone = np.arange(4)

    lonely_two = variance(parts, chances=chances, households=alone, strata=np.array([0, 0, 1, 2]))
    lonely_one = variance(parts, chances=chances, households=alone, strata=np.array([0, 0, 0, 1]))

    assert lonely_two == pytest.approx(0.5 * (2 * 1 + 2 * 4) * 2)
    assert lonely_one == pytest.approx(0.5 * np.var(parts, ddof=1) * 4)


def test_nothing_found_is_not_certainty() -> None:
    none = share_interval(0.0, 0.0, weights=np.ones(20), chances=np.full(20, 0.1), units=20)
    more = share_interval(0.0, 0.0, weights=np.ones(200), chances=np.full(200, 0.1), units=200)

    assert none.low == 0
    assert 0.1 < none.high < 0.25
    assert more.high < none.high
    empty = share_interval(NAN, NAN, weights=np.empty(0), chances=np.empty(0), units=0)
    assert np.isnan([empty.value, empty.low, empty.high]).all()


def test_a_sample_is_never_worth_more_rows_than_it_has() -> None:
    lucky = share_interval(0.5, 1e-9, weights=np.ones(20), chances=np.full(20, 0.1), units=20)

    assert lucky.high - lucky.low > 0.3


@pytest.mark.parametrize(("value", "spread"), [(0.0, 0.01), (1.0, 0.01), (NAN, 0.01), (0.5, NAN)])
def test_an_auc_without_an_interval_says_so(value: float, spread: float) -> None:
    assert np.isnan(logit_interval(value, spread, units=9).low)
    assert np.isnan(plain_interval(value, NAN, units=9).low)


def test_a_logit_interval_stays_inside_and_widens_with_few() -> None:
    many, few = (logit_interval(0.97, 0.02**2, units=units) for units in (500, 4))

    assert 0 < few.low < many.low < 0.97 < many.high < few.high < 1


def test_without_a_positive_auc_and_recall_are_unknown_and_precision_is_not() -> None:
    found = at_capacity(lot([0, 0, 0], [0.5] * 3), SCORES[:3], capacity=TWO)

    assert found.precision.value == 0
    assert np.isnan([found.recall.value, found.roc_auc.value]).all()


def test_what_a_draw_says_of_both_lists_cancels() -> None:
    rng = np.random.default_rng(4)
    need = (rng.random(3000) < 0.3).astype(float)
    scores = need + rng.normal(size=3000)
    drawn = np.where(rng.random(3000) < 0.3, 0.3, NAN)
    rows = lot(list(np.where(np.isnan(drawn), NAN, need)), list(drawn))
    capacity = Capacity(share=0.2)

    same = precision_difference(rows, scores, scores, capacity=capacity)
    better = precision_difference(rows, scores, rng.normal(size=3000), capacity=capacity)
    alone = at_capacity(rows, scores, capacity=capacity).precision
    hardly = precision_difference(
        rows, scores, scores + 0.05 * rng.normal(size=3000), capacity=capacity
    )

    assert (same.value, same.high - same.low) == (0, 0) or np.isnan(same.low)
    assert better.low > 0
    assert hardly.high - hardly.low < 0.7 * (alone.high - alone.low)


def test_another_number_of_scores_is_refused() -> None:
    with pytest.raises(ValueError, match="scores for 6 rows"):
        at_capacity(FOUR_DRAWN, SCORES[:5], capacity=TWO)


def test_a_line_has_every_figure_with_its_interval() -> None:
    line = at_capacity(FOUR_DRAWN, SCORES, capacity=TWO).line()

    assert line["capacity"] == "2"
    assert {"precision", "precision_low", "recall_high", "roc_auc", "base_rate_low"} <= set(line)
