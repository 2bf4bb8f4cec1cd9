"""Lots: seeded, exact, and independent of order."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.lists.lots import draw, expected_slots, lot, whole_slots

DAY = date(2026, 3, 9)


def test_a_street_gives_at_least_one_slot_on_average_and_no_grid_more_than_it_has():
    small = expected_slots(
        share=0.05, capacity={"g1": 5, "g2": 3}, most={"g1": 5, "g2": 3}, at_least_one=True
    )
    large = expected_slots(share=0.05, capacity={"g1": 60}, most={"g1": 2}, at_least_one=True)

    assert sum(small.values()) == pytest.approx(1)
    assert small["g1"] / small["g2"] == pytest.approx(5 / 3)
    assert large == {"g1": 2.0}


def test_a_share_of_nothing_gives_nothing():
    five = {"g1": 5}
    assert expected_slots(share=0.0, capacity=five, most=five, at_least_one=True) == {"g1": 0}
    assert expected_slots(share=0.05, capacity=five, most={"g1": 0}, at_least_one=True) == {"g1": 0}


def test_without_the_floor_a_small_street_gives_only_its_share():
    slots = expected_slots(share=0.05, capacity={"g1": 8}, most={"g1": 8}, at_least_one=False)

    assert slots == {"g1": pytest.approx(0.4)}


@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=4), st.floats(0, 5), max_size=8),
    st.floats(0, 1, exclude_max=True),
)
def test_rounding_gives_each_grid_its_floor_or_ceiling_and_the_street_its_sum(expected, start):
    slots = whole_slots(expected, start=start)

    for grid, wanted in expected.items():
        assert wanted - 1.001 < slots[grid] < wanted + 1.001
    assert abs(sum(slots.values()) - sum(expected.values())) < 1.001


def test_over_many_starts_each_grid_is_rounded_up_as_often_as_its_fraction_says():
    expected = {"g1": 0.625, "g2": 0.375, "g3": 1.25}
    starts = [place / 1000 for place in range(1000)]

    totals = Counter[str]()
    for start in starts:
        totals.update(whole_slots(expected, start=start))

    assert {grid: total / 1000 for grid, total in totals.items()} == pytest.approx(
        expected, abs=0.002
    )


def test_the_draw_depends_on_ids_and_seed_and_not_on_the_order():
    households = [f"h{number}" for number in range(50)]

    drawn = draw(households, slots=5, seed="s", as_of_date=DAY)

    assert drawn == draw(households[::-1], slots=5, seed="s", as_of_date=DAY)
    assert drawn != draw(households, slots=5, seed="other", as_of_date=DAY)
    assert drawn != draw(households, slots=5, seed="s", as_of_date=date(2026, 3, 10))


def test_every_household_is_drawn_about_equally_often():
    households = [f"h{number}" for number in range(10)]
    counted = Counter(
        household
        for seed in range(2000)
        for household in draw(households, slots=2, seed=str(seed), as_of_date=DAY)
    )

    assert min(counted.values()) > 330
    assert max(counted.values()) < 470


@given(st.text(), st.text())
def test_a_lot_lies_between_zero_and_one(seed, key):
    assert 0 <= lot(seed=seed, as_of_date=DAY, key=key) < 1
