"""What is a shift and what is chance: the boundary on both sides."""

import math

import pyarrow as pa
import pytest

from data_contracts.shifts import in_cells, pooled, stability, swapped_codes, unit_slip
from data_contracts.sketches import (
    NumberSketch,
    bin_start,
    sketch_codes,
    sketch_numbers,
    sketch_pairs,
)


def _numbers(*values: float | None) -> NumberSketch:
    return sketch_numbers(pa.chunked_array([pa.array(values, pa.float64())]))


def test_a_sketch_counts_sizes_signs_zeros_and_nulls() -> None:
    sketch = _numbers(100.0, 110.0, 999.0, 0.0, 0.0, -100.0, None, math.inf)

    assert (sketch.rows, sketch.nulls, sketch.positive) == (8, 2, 3)
    assert sketch.median == 110
    by_start = {round(bin_start(place), 3): count for place, count in sketch.bins.items()}
    assert by_start == {100.0: 2, 794.328: 1, 0.0: 2, -100.0: 1}


def test_a_column_without_numbers_has_no_median() -> None:
    assert _numbers(None, 0.0).median is None
    assert _numbers().bins == {}


def test_codes_that_are_none_are_left_out() -> None:
    cells = pa.chunked_array([["m", "f", "9", None, "f"]])

    assert sketch_codes(cells, ("m", "f", "x")) == {"m": 1, "f": 2}


def test_pairs_are_counted_by_the_size_or_the_code_beside_them() -> None:
    cells = pa.chunked_array([["p", "p", "w", None]])
    usage = pa.chunked_array([pa.array([150.0, None, 9.0, 5.0])])
    kind = pa.chunked_array([["a", "b", None, "a"]])

    assert sketch_pairs(cells, ("p", "w"), usage) == {
        "p": {"1e2.0": 1, "": 1},
        "w": {"1e0.7": 1},
    }
    assert sketch_pairs(cells, ("p", "w"), kind) == {"p": {"a": 1, "b": 1}, "w": {"": 1}}
    assert sketch_pairs(cells, ("p", "w"), None) == {"p": {"": 2}, "w": {"": 1}}


def test_the_index_is_that_of_the_textbook() -> None:
    """Half and half against a quarter and three quarters: (1/4) ln 2 + (-1/4) ln (2/3)."""
    shift = stability({"a": 50_000, "b": 50_000}, {"a": 25_000, "b": 75_000})

    assert shift.index == pytest.approx(0.25 * math.log(2) - 0.25 * math.log(2 / 3), abs=1e-4)


def test_few_rows_exceed_a_quarter_by_chance_and_are_allowed_to() -> None:
    usual = {str(cell): 1_000 for cell in range(10)}
    few = {str(cell): count for cell, count in enumerate([3, 0, 5, 1, 2, 0, 4, 1, 3, 1])}

    small, large = stability(few, usual), stability({k: v * 100 for k, v in few.items()}, usual)

    assert 0.25 < small.index < small.by_chance
    assert large.index > 0.25 > large.by_chance


def test_a_column_that_falls_empty_has_shifted() -> None:
    usual = _numbers(*range(1, 1001))
    empty = _numbers(*range(1, 501), *[None] * 500)

    assert stability(*in_cells(empty, [usual])).index > 0.25
    assert stability(*in_cells(usual, [usual])).index == 0


@pytest.mark.parametrize(
    ("factor", "power"),
    [(1, None), (3, None), (10, 1), (0.1, -1), (100, 2), (1e-3, -3), (10_000, 4), (1e6, None)],
)
def test_a_unit_slip_is_a_power_of_ten(factor: float, power: int | None) -> None:
    bills = _numbers(*(factor * (60 + number) for number in range(10)))

    assert unit_slip(bills, [62.0, 64.0, 70.0]) == power


def test_few_widely_spread_numbers_do_not_tell_ten_from_one() -> None:
    spread = (3.0, 20.0, 150.0, 800.0, 9_000.0)

    assert unit_slip(_numbers(*spread), [15.0]) is None
    assert unit_slip(_numbers(*[value for value in spread for _ in range(40)]), [15.0]) == 1


def test_a_median_that_jumps_between_two_kinds_is_no_slip() -> None:
    fees = _numbers(*[700.0] * 20)

    assert unit_slip(fees, [7_000.0, 7_000.0, 7_000.0]) == -1
    assert unit_slip(fees, [7_000.0, 7_000.0, 800.0]) is None


def test_two_codes_that_changed_places_are_found_though_each_is_valid() -> None:
    usual = {"male": {"head": 680, "spouse": 140}, "female": {"head": 320, "spouse": 360}}
    now = {"male": {"head": 66, "spouse": 15}, "female": {"head": 31, "spouse": 37}}
    exchanged = {"male": now["female"], "female": now["male"]}

    swap = swapped_codes(exchanged, [usual] * 4, by_companion=True)

    assert swap is not None
    assert swap.codes == ("female", "male")
    assert swapped_codes(now, [usual] * 4, by_companion=True) is None


def test_a_season_of_one_code_is_no_swap_where_a_companion_tells_them_apart() -> None:
    usual = {"heating": {"1e2.0": 500}, "water": {"1e0.7": 100}}
    summer = {"heating": {"1e2.0": 10}, "water": {"1e0.7": 100}}

    assert swapped_codes(summer, [usual] * 4, by_companion=True) is None


def test_equally_frequent_codes_need_a_companion_to_be_told_apart() -> None:
    alone = {"power": {"": 1_500}, "water": {"": 1_490}}
    beside = {"power": {"1e2.0": 1_500}, "water": {"1e0.7": 1_490}}
    exchanged = {"power": beside["water"], "water": beside["power"]}

    assert (
        swapped_codes({"power": {"": 1_490}, "water": {"": 1_500}}, [alone] * 4, by_companion=False)
        is None
    )
    assert swapped_codes(exchanged, [beside] * 4, by_companion=True) is not None


def test_frequencies_alone_tell_a_swap_from_a_shift_and_from_a_season() -> None:
    usual = [{"a": {"": 880 + more}, "b": {"": 100}} for more in (0, 20, 40)]
    swapped, moved = {"a": {"": 100}, "b": {"": 900}}, {"a": {"": 500}, "b": {"": 500}}

    assert swapped_codes(swapped, usual, by_companion=False) is not None
    assert swapped_codes(moved, usual, by_companion=False) is None
    assert swapped_codes(swapped, [*usual, swapped], by_companion=False) is None


def test_the_file_a_feed_begins_with_does_not_outweigh_the_others() -> None:
    stock, changes = {"a": 10_000}, {"a": 10, "b": 90}

    together = pooled([stock, changes, changes])

    assert together == {"a": 120, "b": 180}
