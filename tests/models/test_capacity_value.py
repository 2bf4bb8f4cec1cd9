"""More visits and a better model are counted in the same households, drawn together."""

import numpy as np
import pandas as pd
import pytest

from models.capacity_value import PERFECT, capacity_value, found_curve
from models.top_of_list import Capacity

ROWS = 100
IN_NEED = [0, 2, 9, 10, 50]
"""With ten visits the ranking finds three of five; the eleventh visit finds one more."""


@pytest.fixture
def frame() -> pd.DataFrame:
    label = np.zeros(ROWS)
    label[IN_NEED] = 1
    return pd.DataFrame(
        {
            "household_id": [f"h{place}" for place in range(ROWS)],
            "as_of_date": pd.Timestamp("2025-01-01"),
            "label": label,
        }
    )


SCORES = -np.arange(ROWS, dtype=float)
TEN = Capacity(share=0.1)


def test_what_a_tenth_more_visits_find_and_what_it_is_worth(frame: pd.DataFrame) -> None:
    value = capacity_value(frame, SCORES, policy="model", capacity=TEN, seed=1)

    assert (value.visits, value.found.value, value.perfect.value) == (10, 3, 5)
    assert value.more_visits.value == 1
    assert value.better_model.value == pytest.approx(0.2)
    assert value.worth.value == pytest.approx(0.5)
    assert value.found.low < 3 < value.found.high
    assert "10 visits per date find 3.0" in value.sentence()


def test_a_perfect_ranking_leaves_no_gap_to_close(frame: pd.DataFrame) -> None:
    perfect = frame["label"].to_numpy()

    value = capacity_value(frame, perfect, policy="model", capacity=TEN, seed=1)

    assert value.found.value == value.perfect.value == 5
    assert value.better_model.value == 0
    assert np.isnan(value.worth.value)


def test_figures_are_per_date(frame: pd.DataFrame) -> None:
    twice = pd.concat([frame, frame.assign(as_of_date=pd.Timestamp("2025-02-01"))])

    value = capacity_value(twice, np.tile(SCORES, 2), policy="model", capacity=TEN, seed=1)

    assert (value.visits, value.found.value, value.more_visits.value) == (10, 3, 1)


def test_a_visit_whose_answer_nobody_knows_finds_nobody(frame: pd.DataFrame) -> None:
    frame.loc[0, "label"] = None

    curve = found_curve(frame, {"model": SCORES}, shares=[0.1, 1.0])

    assert curve["policy"].tolist() == ["model", "model", PERFECT, PERFECT]
    assert curve["visits"].tolist() == [10, 100, 10, 100]
    assert curve["found"].tolist() == [2, 4, 4, 4]


def test_a_capacity_in_households_is_refused(frame: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="at a share"):
        capacity_value(frame, SCORES, policy="model", capacity=Capacity(number=10), seed=1)
