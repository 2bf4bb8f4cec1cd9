from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from models.answers import EvaluationError
from models.curves import precision_curve
from models.evaluation import evaluate
from models.ordering import Floats
from models.probability_metrics import (
    auc_parts,
    average_precision,
    brier,
    expected_calibration_error,
    reliability,
)
from models.resampling import HouseholdBootstrap, wilson
from models.top_of_list import Capacity, RankedRows


def rows_with(labels: list[float], *, day: date = date(2024, 1, 1)) -> pd.DataFrame:
    ids = [f"h{number}" for number in range(len(labels))]
    return pd.DataFrame({"household_id": ids, "as_of_date": day, "label": labels})


def at(labels: list[float], scores: list[float], number: int) -> tuple[float, float, float]:
    result = evaluate(
        rows_with(labels), {"p": scores}, capacities=[Capacity(number=number)], seed=1, draws=5
    )["p"].at[str(number)]
    return result.precision.value, result.best, result.worst


def test_without_ties_best_and_worst_are_the_value() -> None:
    assert at([1, 0, 1, 0], [4, 3, 2, 1], 3) == pytest.approx((2 / 3, 2 / 3, 2 / 3))


def test_ties_at_the_cut_give_the_mean_over_their_orders() -> None:
    # One sure positive; then one of two visits among a positive and two negatives.
    value, best, worst = at([1, 1, 0, 0, 0], [9, 5, 5, 5, 1], 2)

    assert value == pytest.approx((1 + 1 / 3) / 2)
    assert (best, worst) == (1.0, 0.5)


def test_a_tie_inside_the_list_changes_nothing() -> None:
    assert at([1, 0, 0, 1], [5, 5, 3, 1], 2) == (0.5, 0.5, 0.5)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_ties_equal_the_mean_of_many_orders(data: st.DataObject) -> None:
    number = data.draw(st.integers(2, 12))
    labels = data.draw(st.lists(st.sampled_from([0.0, 1.0]), min_size=number, max_size=number))
    scores = data.draw(st.lists(st.sampled_from([1.0, 2.0, 3.0]), min_size=number, max_size=number))
    visits = data.draw(st.integers(1, number))
    truth, given_scores = np.array(labels), np.array(scores)
    generator = np.random.default_rng(0)
    found = [
        truth[np.lexsort((generator.random(number), -given_scores))[:visits]].mean()
        for _ in range(400)
    ]

    value, best, worst = at(labels, scores, visits)

    assert value == pytest.approx(np.mean(found), abs=0.12)
    assert worst <= min(found) <= max(found) <= best


def test_an_unknown_label_takes_a_visit_and_is_not_graded() -> None:
    evaluation = evaluate(
        rows_with([1, np.nan, 0, 0]),
        {"p": [4, 3, 2, 1]},
        capacities=[Capacity(number=2)],
        seed=1,
        draws=5,
    )

    result = evaluation["p"].at["2"]
    assert (result.precision.value, result.visits, result.unlabelled) == (1.0, 2, 1.0)
    assert (evaluation.labelled, evaluation.unlabelled) == (3, 1)


def test_every_date_has_its_own_cut() -> None:
    january = rows_with([1, 0, 0, 0])
    february = rows_with([0, 0, 0, 1], day=date(2024, 2, 1))
    both = pd.concat([january, february], ignore_index=True)

    # February's scores are all higher: one common cut would visit February only.
    evaluation = evaluate(
        both,
        {"p": [4.0, 3, 2, 1, 14, 13, 12, 11]},
        capacities=[Capacity(share=0.25)],
        seed=1,
        draws=5,
    )

    assert evaluation["p"].at["25%"].visits == 2
    assert evaluation["p"].at["25%"].precision.value == 0.5


def test_figures_equal_scikit_learn() -> None:
    generator = np.random.default_rng(0)
    labels = (generator.random(3000) < 0.1).astype(float)
    smooth = np.clip(generator.random(3000) * 0.5 + 0.2 * labels, 0, 1)
    for scores in (smooth, np.round(smooth, 1)):
        weights = generator.random(3000) + 0.5
        assert auc_parts(scores, labels).auc == pytest.approx(roc_auc_score(labels, scores))
        assert auc_parts(scores, labels, weights=weights).auc == pytest.approx(
            roc_auc_score(labels, scores, sample_weight=weights)
        )
        assert average_precision(scores, labels) == pytest.approx(
            average_precision_score(labels, scores)
        )
        assert average_precision(scores, labels, weights=weights) == pytest.approx(
            average_precision_score(labels, scores, sample_weight=weights)
        )
        assert brier(scores, labels) == pytest.approx(brier_score_loss(labels, scores))


def test_one_class_has_no_auc() -> None:
    assert np.isnan(auc_parts(np.array([0.1, 0.2]), np.array([0.0, 0.0])).auc)
    assert np.isnan(average_precision(np.array([0.1, 0.2]), np.array([0.0, 0.0])))


def test_calibration_error_is_the_distance_of_ten_equal_bins() -> None:
    probabilities = np.repeat(np.arange(10) / 10 + 0.05, 100)
    exact = np.tile(np.arange(100), 10) < np.repeat(10 * np.arange(10) + 5, 100)
    assert expected_calibration_error(probabilities, exact.astype(float)) == pytest.approx(0)

    shifted = expected_calibration_error(np.clip(probabilities - 0.05, 0, 1), exact.astype(float))
    assert shifted == pytest.approx(0.05)
    assert [one.rows for one in reliability(probabilities, exact.astype(float))] == [100] * 10


def test_wilson_is_the_textbook_interval() -> None:
    found = wilson(10, of=100)

    assert (found.low, found.high) == pytest.approx((0.0552, 0.1744), abs=1e-4)
    assert wilson(0, of=20).low == 0.0
    assert np.isnan(wilson(0, of=0).value)


def noisy(strength: float, *, seed: int, number: int = 4000) -> tuple[pd.DataFrame, Floats]:
    generator = np.random.default_rng(seed)
    hidden = generator.normal(size=number)
    rows = rows_with(
        (generator.random(number) < 1 / (1 + np.exp(3 - hidden))).astype(float).tolist()
    )
    return rows, strength * hidden + generator.normal(size=number)


def test_the_interval_of_auc_is_that_of_redrawing_everything() -> None:
    rows, scores = noisy(1.0, seed=1)
    labels = rows["label"].to_numpy()
    weights = np.hstack(list(HouseholdBootstrap(np.arange(4000), 200, 7).batches()))

    redrawn = [auc_parts(scores, labels, weights=draw.astype(float)).auc for draw in weights.T]

    found = evaluate(rows, {"p": scores}, capacities=[Capacity(share=0.05)], seed=7, draws=200)[
        "p"
    ].roc_auc
    low, high = np.quantile(redrawn, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.002)


def test_the_interval_of_precision_is_that_of_redrawing_everything() -> None:
    rows, scores = noisy(1.0, seed=2)
    scores = np.round(scores)
    labels = rows["label"].to_numpy()
    weights = np.hstack(list(HouseholdBootstrap(np.arange(4000), 60, 7).batches()))
    ranked = RankedRows(scores, positives=labels, labelled=np.ones(4000), dates=[np.arange(4000)])
    capacity = Capacity(number=300)

    at = ranked.drawn([capacity], weights=weights, codes=np.arange(4000))
    positives, labelled = at[capacity.name]

    for draw, found in zip(weights.T, positives / labelled, strict=True):
        drawn = np.repeat(np.arange(4000), draw.astype(int))
        again = RankedRows(
            scores[drawn],
            positives=labels[drawn],
            labelled=np.ones(len(drawn)),
            dates=[np.arange(len(drawn))],
        ).tallies(capacity)
        assert found == pytest.approx(again.positives / again.labelled, abs=1e-5)


def test_rows_of_one_household_are_drawn_together() -> None:
    once, scores = noisy(1.0, seed=3)
    copies = pd.concat(
        [once.assign(as_of_date=date(2024, month, 1)) for month in range(1, 7)], ignore_index=True
    )

    def width(rows: pd.DataFrame, repeated: Floats) -> float:
        found = (
            evaluate(rows, {"p": repeated}, capacities=[Capacity(share=0.1)], seed=1, draws=100)[
                "p"
            ]
            .at["10%"]
            .precision
        )
        return found.high - found.low

    # Six copies of the same households are no new evidence; as strangers they would look like it.
    strangers = copies.assign(household_id=[f"s{place}" for place in range(len(copies))])
    assert width(copies, np.tile(scores, 6)) == pytest.approx(width(once, scores), rel=1e-6)
    assert width(strangers, np.tile(scores, 6)) < 0.6 * width(once, scores)


def test_a_paired_comparison_is_tighter_than_its_two_intervals() -> None:
    rows, scores = noisy(1.5, seed=4)
    nearly = scores + np.random.default_rng(5).normal(size=len(scores)) * 0.3
    capacity = Capacity(share=0.1)

    evaluation = evaluate(
        rows,
        {"model": scores, "rule": nearly, "random": np.random.default_rng(6).random(len(rows))},
        capacities=[capacity],
        seed=1,
    )

    alone = evaluation["model"].at["10%"].precision
    paired = evaluation.compare("model", "rule", capacity=capacity)
    assert paired.difference.high - paired.difference.low < alone.high - alone.low
    assert paired.difference.low < paired.difference.value < paired.difference.high
    beaten = evaluation.compare("model", "random", capacity=capacity)
    assert beaten.ratio.low > 1.3
    assert evaluation.compare("model", "model", capacity=capacity).ratio.high == 1.0
    assert evaluation.table()["policy"].tolist()[-1] == "random"


def test_nothing_found_by_the_other_policy_is_an_infinite_ratio() -> None:
    evaluation = evaluate(
        rows_with([1, 1, 0, 0]),
        {"right": [4, 3, 2, 1], "wrong": [1, 2, 3, 4]},
        capacities=[Capacity(number=2)],
        seed=1,
        draws=50,
    )

    ratio = evaluation.compare("right", "wrong", capacity=Capacity(number=2)).ratio
    assert ratio.value == np.inf
    assert not np.isnan(ratio.low)


def test_inverse_propensities_undo_an_unequal_lot() -> None:
    generator = np.random.default_rng(1)
    number = 20_000
    hidden = generator.normal(size=number)
    truth = (generator.random(number) < 1 / (1 + np.exp(2 - hidden))).astype(float)
    # The lot looks four times as often at households with high scores.
    chance = np.where(hidden > 0.5, 0.4, 0.1)
    seen = generator.random(number) < chance
    rows = rows_with(truth.tolist()).assign(
        random_label=np.where(seen, truth, np.nan), random_propensity=chance
    )
    capacity = Capacity(share=0.2)

    everybody = evaluate(rows, {"p": hidden}, capacities=[capacity], seed=1, draws=50)
    estimated = evaluate(
        rows,
        {"p": hidden},
        capacities=[capacity],
        seed=1,
        draws=100,
        label="random_label",
        propensity="random_propensity",
    )
    naive = evaluate(
        rows, {"p": hidden}, capacities=[capacity], seed=1, draws=50, label="random_label"
    )

    assert naive.base_rate > everybody.base_rate + 0.02
    assert estimated.base_rate == pytest.approx(everybody.base_rate, abs=0.015)
    for name in ("precision", "recall"):
        true_value = getattr(everybody["p"].at["20%"], name).value
        interval = getattr(estimated["p"].at["20%"], name)
        assert interval.low < true_value < interval.high
        assert interval.high - interval.low < 0.15
    assert estimated["p"].roc_auc.value == pytest.approx(everybody["p"].roc_auc.value, abs=0.02)


def test_a_curve_ends_at_the_base_rate_with_everything_found() -> None:
    rows, scores = noisy(1.0, seed=8)

    curve = precision_curve(rows, scores, shares=[0.01, 0.1, 1.0])

    assert curve["recall"].iloc[-1] == 1.0
    assert curve["precision"].iloc[-1] == pytest.approx(rows["label"].mean())
    assert curve["recall"].is_monotonic_increasing
    assert (curve["low"] <= curve["precision"]).all()


@pytest.mark.parametrize(
    ("labels", "scores", "complaint"),
    [
        ([], [], "no rows"),
        ([np.nan, np.nan], [1, 2], "nothing to grade"),
        ([1, 2], [1, 2], "expected 1, 0 or null"),
        ([1, 0], [1, 2, 3], "scores for 2 rows"),
    ],
)
def test_what_cannot_be_graded_is_refused(
    labels: list[float], scores: list[float], complaint: str
) -> None:
    with pytest.raises(EvaluationError, match=complaint):
        evaluate(rows_with(labels), {"p": scores}, capacities=[Capacity(number=1)], seed=1)


def test_a_random_label_without_a_propensity_is_refused() -> None:
    rows = rows_with([1, 0]).assign(random_label=[1.0, 0.0], random_propensity=[0.1, np.nan])
    with pytest.raises(EvaluationError, match="no random_propensity"):
        evaluate(
            rows,
            {"p": [1, 2]},
            capacities=[Capacity(number=1)],
            seed=1,
            label="random_label",
            propensity="random_propensity",
        )


def test_only_declared_probabilities_get_a_brier_score() -> None:
    rows, scores = noisy(1.0, seed=9)
    probabilities = 1 / (1 + np.exp(-scores))

    evaluation = evaluate(
        rows,
        {"probability": probabilities, "other": probabilities},
        capacities=[Capacity(share=0.1)],
        seed=1,
        draws=5,
        probabilities=["probability"],
    )

    assert evaluation["probability"].brier == pytest.approx(
        brier_score_loss(rows["label"], probabilities)
    )
    assert np.isnan(evaluation["other"].brier)
    with pytest.raises(EvaluationError, match="said to give probabilities"):
        evaluate(
            rows,
            {"p": scores},
            capacities=[Capacity(share=0.1)],
            seed=1,
            probabilities=["p"],
        )


def test_what_was_not_evaluated_cannot_be_compared() -> None:
    rows, scores = noisy(1.0, seed=9)
    evaluation = evaluate(rows, {"p": scores}, capacities=[Capacity(share=0.1)], seed=1, draws=5)

    with pytest.raises(EvaluationError, match="'p' was not evaluated at 20%"):
        evaluation.compare("p", "p", capacity=Capacity(share=0.2))


def test_a_capacity_is_a_share_or_a_number() -> None:
    assert Capacity(share=0.05).of(1000) == 50
    assert Capacity(share=0.001).of(10) == 1
    assert Capacity(number=300).of(200) == 200
    with pytest.raises(ValueError, match="either a share or a number"):
        Capacity()
