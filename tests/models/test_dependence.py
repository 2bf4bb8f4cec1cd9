"""The share of a list one source decides: counted in households, per date, ties alike for both."""

import numpy as np
import pandas as pd
import pytest

from models.dependence import share_replaced, single_source_dependency
from models.top_of_list import Capacity

FRAME = pd.DataFrame(
    {
        "household_id": ["h1", "h2", "h3", "h4"] * 2,
        "as_of_date": pd.to_datetime(["2025-01-01"] * 4 + ["2025-02-01"] * 4),
    }
)
TWO = Capacity(number=2)
SCORES = np.array([0.9, 0.8, 0.2, 0.1, 0.9, 0.8, 0.2, 0.1])


def test_the_order_within_the_list_does_not_matter() -> None:
    turned = np.array([0.8, 0.9, 0.2, 0.1, 0.8, 0.9, 0.1, 0.2])

    assert share_replaced(FRAME, SCORES, turned, capacity=TWO, seed=1) == 0


def test_dates_have_lists_of_their_own() -> None:
    second_date_reversed = np.array([0.9, 0.8, 0.2, 0.1, 0.1, 0.2, 0.8, 0.9])

    assert share_replaced(FRAME, SCORES, second_date_reversed, capacity=TWO, seed=1) == 0.5


def test_a_source_nobody_needs_changes_nothing_even_among_ties() -> None:
    tied = np.full(8, 0.3)

    assert share_replaced(FRAME, tied, 2 * tied, capacity=TWO, seed=1) == 0


def test_departments_come_with_the_heaviest_first() -> None:
    found = single_source_dependency(
        FRAME,
        SCORES,
        {"light": SCORES, "heavy": -SCORES, "half": SCORES[::-1] * np.repeat([-1, 1], 4)},
        capacity=TWO,
        seed=1,
    )

    assert list(found) == ["heavy", "half", "light"]
    assert list(found.values()) == pytest.approx([1.0, 0.5, 0.0])
