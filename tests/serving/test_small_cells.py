"""Counts shown to supervisors: whoever adds and subtracts them finds nobody."""

from itertools import combinations, product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.supervision.small_cells import ALL, SMALLEST, Cell, Report

TABLES = {"place": (0,), "lane": (1,)}
FINER = {**TABLES, "place_lane": (0, 1)}
PLACES, LANES = st.sampled_from(["s1", "s2", "s3", "s4"]), st.sampled_from(["urgent", "ranked"])
ATOMS = st.dictionaries(
    st.tuples(PLACES, LANES, st.sampled_from(["helped", "gap", "waiting"])),
    st.integers(1, 60),
    max_size=20,
)
DIVIDED_TWICE = st.dictionaries(
    st.tuples(PLACES, LANES, st.sampled_from(["late", "in_time"]), st.sampled_from(["met", "not"])),
    st.integers(1, 60),
    max_size=24,
)


def report(atoms, tables=TABLES, classes=(2,), within=None):
    return Report(atoms, tables=tables, classes=classes, within=within)


def test_a_cell_of_ten_is_shown_and_one_of_nine_is_not():
    shown = report(
        {("s1", "ranked", "helped"): 10, ("s1", "ranked", "gap"): 9, ("s2", "ranked", "gap"): 40,
         ("s2", "ranked", "helped"): 60, ("s3", "ranked", "helped"): 70, ("s3", "ranked", "gap"): 80}
    ).visible()  # fmt: skip

    assert Cell("place", "s1", "gap") not in shown
    assert Cell("place", "s3", ALL) in shown
    assert shown[Cell("place", "s3", "gap")] == 80


def test_the_next_lowest_of_a_line_goes_with_the_small_one():
    counts = {"s1": 3, "s2": 12, "s3": 40, "s4": 50}
    shown = report(
        {(place, "ranked", "helped"): count for place, count in counts.items()}
    ).visible()

    places = {place for place in counts if Cell("place", place, "helped") in shown}
    assert places == {"s3", "s4"}
    assert shown[Cell(ALL, ALL, "helped")] == 105


def test_two_small_ones_that_are_fewer_than_ten_together_take_a_third_with_them():
    counts = {"s1": 3, "s2": 4, "s3": 40, "s4": 50}
    shown = report(
        {(place, "ranked", "helped"): count for place, count in counts.items()}
    ).visible()

    assert {place for place in counts if Cell("place", place, "helped") in shown} == {"s4"}


@settings(max_examples=150, deadline=None)
@given(ATOMS)
def test_no_pair_of_shown_cells_differs_by_a_few_households(atoms):
    """Every pair of filters: the one without the other holds nobody, at least ten, or one is withheld."""
    made = report(atoms)
    shown = made.visible()

    for one, other in combinations(shown, 2):
        for small, large in ((one, other), (other, one)):
            if made.members(small) & ~made.members(large):
                continue
            assert made.size(large) == made.size(small) or (
                made.size(large) - made.size(small) >= SMALLEST
            )


@settings(max_examples=150, deadline=None)
@given(ATOMS)
def test_no_small_cell_follows_from_the_shown_ones(atoms):
    """With exact numbers, which nobody has: no sum and difference of shown cells is a count below ten."""
    assert_nothing_follows(atoms, TABLES, classes=(2,))


@settings(max_examples=150, deadline=None)
@given(DIVIDED_TWICE)
def test_nor_where_tables_are_parts_of_each_other_and_households_are_divided_twice(atoms):
    assert_nothing_follows(atoms, FINER, classes=(2, 3))


WITHIN = {"helped": "met", "gap": "met", "met": "found", "refused": "found"}
FOUND = st.sampled_from(["helped", "gap", "refused", "waiting"])


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.tuples(PLACES, LANES, FOUND), st.integers(1, 60), max_size=20))
def test_nor_where_classes_are_parts_of_wider_ones(atoms):
    assert_nothing_follows(atoms, TABLES, classes=(2,), within=WITHIN)


def test_a_wider_class_is_shown_without_the_small_one_in_it():
    counts = {"helped": 40, "gap": 20, "refused": 3, "waiting": 300}
    shown = report(
        {("s1", "ranked", result): count for result, count in counts.items()}, within=WITHIN
    ).visible()

    assert shown[Cell(ALL, ALL, "found")] == 65
    assert Cell(ALL, ALL, "met") not in shown, "65 without them is what is withheld"
    assert shown[Cell(ALL, ALL, "waiting")] == 300


def test_a_line_of_two_parts_adds_up_to_the_lines_of_one():
    counts = {("s1", "urgent"): 4, ("s1", "ranked"): 30, ("s2", "urgent"): 40, ("s2", "ranked"): 50}
    shown = report(
        {(*line, "helped"): count for line, count in counts.items()}, tables=FINER
    ).visible()

    assert shown[Cell("place", "s1", ALL)] == 35
    assert Cell("place_lane", "s1/urgent", ALL) not in shown
    assert Cell("place_lane", "s1/ranked", ALL) not in shown, "35 without them is what is withheld"


def assert_nothing_follows(atoms, tables, *, classes, within=None):
    made = report(atoms, tables, classes, within)
    shown = made.visible()
    assert all(made.size(cell) >= SMALLEST for cell in shown)
    combined = list(product(*({key[part] for key in atoms} for part in range(max(classes) + 1))))

    def sums(cell):
        parts = tables.get(cell.table, ())
        return [
            float(
                cell.line in ("/".join(key[part] for part in parts), ALL)
                and cell.of
                in (*(of for part in classes for of in widening(key[part], within)), ALL)
            )
            for key in combined
        ]

    known = np.array([sums(cell) for cell in shown] or [[0.0] * len(combined)])
    rank = np.linalg.matrix_rank(known)
    classes_told = {of for key in atoms for part in classes for of in widening(key[part], within)}
    for cell in cells_of(made, [*tables, ALL], classes_told):
        if made.size(cell) < SMALLEST:
            assert np.linalg.matrix_rank(np.vstack([known, sums(cell)])) > rank, cell


def widening(of, within):
    wider = (within or {}).get(of)
    return [of] if wider is None else [of, *widening(wider, within)]


def cells_of(made, tables, classes):
    for table in tables:
        for line, of in product(made.lines(table), (*classes, ALL)):
            yield Cell(table, line, of)


def test_what_is_shown_is_rounded_to_five():
    shown = report({("s1", "ranked", "helped"): 12, ("s2", "ranked", "helped"): 13}).visible()

    assert shown[Cell("place", "s1", "helped")] == 10
    assert shown[Cell("place", "s2", "helped")] == 15
    assert all(count % 5 == 0 for count in shown.values())
