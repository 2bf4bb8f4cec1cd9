"""The random slice: who stands for whom, what is on a list, what is refused."""

import numpy as np
import pandas as pd
import pytest

from models.selection.lots import Lot, LotError, share_on_list
from models.top_of_list import Capacity, RankedRows
from tests.tables import table

SLICE = """
    household_id | as_of_date | street | random_label | random_propensity
    met          | 2024-01-01 | a      | 1            | 0.5
    also_met     | 2024-01-01 | a      | 0            | 0.25
    nobody_home  | 2024-01-01 | a      | ?            | 0.5
    not_drawn    | 2024-01-01 | a      | ?            | ?
    other_street | 2024-01-01 | b      | 0            | 0.2
    """


def test_a_row_stands_for_as_many_as_its_chance_says_and_for_those_nobody_met() -> None:
    lot = Lot.of(table(SLICE), stratum="street")

    # Street a: drawn rows stand for 2 + 4 + 2 = 8, those met for 6, so each is raised by 8 / 6.
    assert lot.weights().tolist() == pytest.approx([2 * 8 / 6, 4 * 8 / 6, 0, 0, 5])
    assert (int(lot.drawn.sum()), int(lot.answered.sum())) == (4, 3)


def test_over_one_stratum_those_not_met_are_like_all_who_were() -> None:
    assert Lot.of(table(SLICE)).weights().tolist() == pytest.approx(
        [2 * 13 / 11, 4 * 13 / 11, 0, 0, 5 * 13 / 11]
    )


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("random_propensity", 0.0, "log the probability"),
        ("random_propensity", 1.01, "log the probability"),
        ("random_propensity", np.nan, "log the probability"),
        ("random_label", 2.0, "expected 1, 0 or null"),
    ],
)
def test_an_answer_without_its_chance_is_refused(column: str, value: float, says: str) -> None:
    rows = table(SLICE)
    rows.loc[0, column] = value

    with pytest.raises(LotError, match=says):
        Lot.of(rows)


def test_a_slice_nobody_answered_is_refused() -> None:
    with pytest.raises(LotError, match="none was drawn and answered"):
        Lot.of(table(SLICE).assign(random_label=np.nan))


def test_each_date_has_its_own_cut_and_ties_share_the_last_places() -> None:
    scores = np.array([3.0, 2.0, 2.0, 2.0, np.nan, 9.0, np.nan, np.nan])
    dates = np.array([0, 0, 0, 0, 0, 1, 1, 1])

    share = share_on_list(scores, dates=dates, capacity=Capacity(number=2))

    assert share.tolist() == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3, 0, 1, 0.5, 0.5])


def test_a_list_is_cut_as_the_backtest_cuts_it() -> None:
    rng = np.random.default_rng(3)
    scores, dates = np.round(rng.normal(size=300), 1), rng.integers(0, 3, 300)
    need = (rng.random(300) < 0.3).astype(float)
    capacity = Capacity(share=0.13)
    ranked = RankedRows(
        scores,
        positives=need,
        labelled=np.ones(300),
        dates=[np.flatnonzero(dates == day) for day in range(3)],
    )

    share = share_on_list(scores, dates=dates, capacity=capacity)

    tallies = ranked.tallies(capacity)
    assert (share * need).sum() == pytest.approx(tallies.positives)
    assert share.sum() == pytest.approx(tallies.labelled)


def test_the_columns_of_a_history_are_enough() -> None:
    rows = pd.DataFrame(
        {
            "household_id": ["a", "b"],
            "as_of_date": pd.to_datetime(["2024-01-01", "2024-02-01"]),
            "random_label": pd.array([1, None], dtype="Int64"),
            "random_propensity": [0.1, None],
        }
    )

    lot = Lot.of(rows, counted=True)

    assert (lot.dates.tolist(), lot.households.tolist(), lot.counted) == ([0, 1], [0, 1], True)
