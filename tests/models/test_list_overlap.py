"""Lists compared by hand: same, other, tied, with people who left."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.list_overlap import (
    churn_table,
    jaccard,
    listed,
    overlap_table,
    rank_agreement,
)
from models.top_of_list import Capacity
from tests.tables import table

TWO = Capacity(number=2)
ROWS = table("""
    household_id | as_of_date | one | other
    -------------+------------+-----+------
    a            | 2025-01-01 | 0.9 | 0.9
    b            | 2025-01-01 | 0.8 | 0.1
    c            | 2025-01-01 | 0.2 | 0.8
    d            | 2025-01-01 | 0.1 | 0.2
    a            | 2025-02-01 | 0.9 | 0.9
    c            | 2025-02-01 | 0.8 | 0.8
    d            | 2025-02-01 | 0.2 | 0.2
    e            | 2025-02-01 | 0.1 | 0.1
    """)
SCORES = {name: ROWS[name].to_numpy() for name in ("one", "other")}


def test_every_date_has_its_own_list() -> None:
    on = listed(ROWS, SCORES["one"], capacity=TWO, seed=1)

    assert ROWS.loc[on, "household_id"].tolist() == ["a", "b", "a", "c"]


def test_a_share_is_taken_of_each_dates_own_cohort() -> None:
    uneven = pd.concat([ROWS.iloc[:4], ROWS.iloc[4:6]])

    on = listed(uneven, uneven["one"].to_numpy(), capacity=Capacity(share=0.5), seed=1)

    assert on.tolist() == [True, True, False, False, True, False]


def test_overlap_of_two_policies_by_hand() -> None:
    [line] = overlap_table(ROWS, SCORES, capacity=TWO, seed=1).to_dict("records")

    # January: {a, b} and {a, c}: 1 of 3. February: the same list.
    assert line["jaccard"] == pytest.approx((1 / 3 + 1) / 2)
    assert line["jaccard_lowest"] == pytest.approx(1 / 3)
    # January ranks 4 3 2 1 and 4 1 3 2: 1 - 6 * (0 + 4 + 1 + 1) / 60 = .4; on either list 3 2 1 and 3 1 2: .5
    assert line["rank_all"] == pytest.approx((0.4 + 1) / 2)
    assert line["rank_listed"] == pytest.approx((0.5 + 1) / 2)


def test_churn_counts_who_is_new_and_who_is_gone() -> None:
    churn = churn_table(ROWS, SCORES, capacity=TWO, seed=1).set_index("policy")

    assert churn.loc["one", ["new", "stayed", "churn", "gone"]].tolist() == [1, 1, 0.5, 1]
    assert churn.loc["other", ["new", "stayed", "churn", "gone"]].tolist() == [0, 2, 0.0, 0]
    assert set(churn["since"]) == {pd.Timestamp("2025-01-01")}


def test_one_date_has_no_churn_and_no_columns_are_lost() -> None:
    churn = churn_table(ROWS.iloc[:4], {"one": SCORES["one"][:4]}, capacity=TWO, seed=1)

    assert churn.empty
    assert "churn" in churn


def test_where_nobody_is_put_first_there_is_no_agreement_to_speak_of() -> None:
    assert np.isnan(rank_agreement(np.ones(3), np.arange(3.0)))
    assert np.isnan(rank_agreement(np.ones(1), np.ones(1)))
    assert np.isnan(jaccard(np.zeros(2, bool), np.zeros(2, bool)))


def test_a_row_without_a_score_comes_last() -> None:
    assert rank_agreement(np.array([3.0, 2.0, np.nan]), np.array([3.0, 2.0, 1.0])) == 1


scored = st.lists(st.integers(0, 5).map(float), min_size=2, max_size=12)


@settings(max_examples=10, deadline=None)
@given(scored, st.randoms(use_true_random=False), st.integers(1, 12))
def test_overlap_is_symmetric_and_does_not_see_the_order_of_rows(
    one: list[float], random: object, number: int
) -> None:
    other = one.copy()
    random.shuffle(other)  # type: ignore[attr-defined]
    frame = pd.DataFrame(
        {
            "household_id": [f"h{n}" for n in range(len(one))],
            "as_of_date": pd.Timestamp("2025-01-01"),
        }
    )
    first, second = np.array(one), np.array(other)
    turned = slice(None, None, -1)

    def line(rows: slice, **scores: np.ndarray) -> dict[str, object]:
        given_ = {name: values[rows] for name, values in scores.items()}
        capacity = Capacity(number=number)
        found = overlap_table(frame.iloc[rows], given_, capacity=capacity, seed=1)
        return found[["jaccard", "rank_all", "rank_listed"]].round(12).fillna(-9).iloc[0].to_dict()

    assert line(slice(None), x=first, y=second) == line(slice(None), x=second, y=first)
    assert line(slice(None), x=first, y=second) == line(turned, x=first, y=second)
    assert line(slice(None), x=first, y=first)["jaccard"] == 1
