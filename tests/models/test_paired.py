"""Differences between policies: real ones are told from noise, small ones are not judged at all."""

import numpy as np
import pandas as pd
import pytest

from models.paired import FEWEST_GRADED, expected_by_chance, subset_figures, verdict
from models.resampling import Interval
from models.top_of_list import Capacity

TENTH = Capacity(share=0.1)


def _world(number: int = 1500) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    generator = np.random.default_rng(2)
    need = generator.random(number) < 0.2
    frame = pd.DataFrame(
        {
            "household_id": [f"h{n}" for n in range(number)],
            "as_of_date": pd.Timestamp("2025-01-01"),
            "label": need.astype(float),
        }
    )
    noisy = generator.normal(size=(3, number))
    scores = {"good": need + noisy[0], "same": need + noisy[1], "blind": noisy[2]}
    return frame, scores


@pytest.mark.parametrize(
    ("low", "high", "graded", "expected"),
    [
        (0.01, 0.2, 100, "better"),
        (-0.2, -0.01, 100, "worse"),
        (0.0, 0.2, 100, "noise"),
        (-0.2, 0.0, 100, "noise"),
        (0.01, 0.2, FEWEST_GRADED - 1, "cannot tell"),
        (0.01, 0.2, FEWEST_GRADED, "better"),
        (float("nan"), 0.2, 100, "cannot tell"),
    ],
)
def test_a_difference_is_real_only_if_its_interval_leaves_zero_out(
    low: float, high: float, graded: float, expected: str
) -> None:
    assert verdict(Interval(0.1, low, high), graded=graded) == expected


def test_a_model_beats_chance_and_not_its_equal() -> None:
    frame, scores = _world()

    figures, differences = subset_figures(
        frame,
        scores,
        subsets={"total": np.ones(len(frame), bool)},
        capacities=[TENTH],
        seed=1,
        draws=200,
    )

    verdicts = differences.set_index("other")["verdict"].to_dict()
    assert verdicts == {"same": "noise", "blind": "better"}
    assert expected_by_chance(differences) == pytest.approx(0.1)
    line = figures.set_index("policy").loc["good"]
    top = np.argsort(-scores["good"])[:150]
    assert line["precision"] == pytest.approx(frame["label"].iloc[top].mean())
    assert line["recall"] == pytest.approx(frame["label"].iloc[top].sum() / frame["label"].sum())


def test_a_subset_is_ranked_and_cut_as_a_population_of_its_own() -> None:
    frame, scores = _world()
    some = np.arange(len(frame)) % 3 == 0

    figures, _ = subset_figures(
        frame, scores, subsets={"third": some}, capacities=[TENTH], seed=1, draws=50
    )

    mine = scores["good"][some]
    top = np.argsort(-mine)[:50]
    line = figures.set_index("policy").loc["good"]
    assert line["visits"] == 50
    assert line["precision"] == pytest.approx(frame["label"][some].iloc[top].mean())


def test_a_subset_nobody_knows_anything_about_says_so() -> None:
    frame, scores = _world(200)
    frame.loc[:99, "label"] = np.nan

    figures, differences = subset_figures(
        frame,
        scores,
        subsets={"dark": np.arange(200) < 100, "nobody": np.zeros(200, bool)},
        capacities=[TENTH],
        seed=1,
        draws=50,
    )

    assert figures["note"].str.contains("nothing to grade|no rows").all()
    assert differences.empty
    assert expected_by_chance(differences) == 0
