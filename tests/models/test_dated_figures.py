"""Figures per date equal a second plain computation, ties and unknown answers included."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.dated_figures import comparable, dated_figures
from models.top_of_list import Capacity
from tests.tables import table

ROWS = table("""
    household_id | as_of_date | score | label
    -------------+------------+-------+------
    a            | 2025-01-01 | 0.9   | 1.0
    b            | 2025-01-01 | 0.5   | 0.0
    c            | 2025-01-01 | 0.5   | 1.0
    d            | 2025-01-01 | 0.5   | ?
    e            | 2025-01-01 | 0.1   | 1.0
    a            | 2025-02-01 | 0.9   | ?
    b            | 2025-02-01 | 0.8   | 0.0
    """)


def _line(number: int, day: str) -> dict[str, object]:
    found = dated_figures(
        ROWS, {"m": ROWS["score"].to_numpy()}, capacities=[Capacity(number=number)]
    )
    [line] = found.loc[found["as_of_date"] == pd.Timestamp(day)].to_dict("records")
    return line


def test_ties_at_the_cut_are_taken_by_lot_and_unknown_answers_take_up_visits() -> None:
    line = _line(2, "2025-01-01")

    # a, then one of b, c, d: positives 1 + 1/3 among 1 + 2/3 graded visits.
    assert line["precision"] == pytest.approx((1 + 1 / 3) / (1 + 2 / 3))
    assert line["graded_visits"] == pytest.approx(5 / 3)
    assert line["recall"] == pytest.approx((1 + 1 / 3) / 3)
    assert (line["precision_best"], line["precision_worst"]) == (1, pytest.approx(1 / (5 / 3)))
    assert (line["visits"], line["labelled"], line["positives"]) == (2, 4, 3)


def test_where_nobody_graded_is_visited_there_is_no_precision() -> None:
    line = _line(1, "2025-02-01")

    assert np.isnan(line["precision"])
    assert np.isnan(line["recall"])
    assert _line(2, "2025-02-01")["precision"] == 0


def test_a_date_nobody_knows_goes_for_all_and_a_group_with_a_hole_goes_alone() -> None:
    figures = table("""
        model_group | as_of_date | capacity | precision
        ------------+------------+----------+----------
        whole       | 2025-01-01 | 1%       | 0.5
        holed       | 2025-01-01 | 1%       | 0.5
        whole       | 2025-02-01 | 1%       | 0.5
        holed       | 2025-02-01 | 1%       | ?
        whole       | 2025-03-01 | 1%       | ?
        holed       | 2025-03-01 | 1%       | ?
        whole       | 2025-01-01 | 5%       | 0.1
        """)

    kept, left_out = comparable(figures, metric="precision", capacity="1%")

    assert left_out == {"holed": 1}
    assert kept["as_of_date"].dt.month.tolist() == [1, 2]
    assert set(kept["model_group"]) == {"whole"}
    assert set(kept["capacity"]) == {"1%"}


rows_ = st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0.0, 1.0])), min_size=1, max_size=5)


@settings(max_examples=25, deadline=None)
@given(rows_, st.integers(1, 5))
def test_expected_precision_is_the_mean_over_every_order_of_the_tied(
    rows: list[tuple[int, float]], number: int
) -> None:
    frame = pd.DataFrame(rows, columns=["score", "label"]).assign(
        household_id=[f"h{n}" for n in range(len(rows))], as_of_date=pd.Timestamp("2025-01-01")
    )
    visits = min(number, len(rows))

    [line] = dated_figures(
        frame, {"m": frame["score"].to_numpy(float)}, capacities=[Capacity(number=number)]
    ).to_dict("records")

    orders = [
        order
        for order in itertools.permutations(rows)
        if all(one[0] >= other[0] for one, other in itertools.pairwise(order))
    ]
    hits = [sum(label for _, label in order[:visits]) / visits for order in orders]
    assert line["precision"] == pytest.approx(np.mean(hits))
    assert (line["precision_best"], line["precision_worst"]) == pytest.approx(
        (max(hits), min(hits))
    )
