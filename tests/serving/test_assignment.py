"""Who visits whom, and that no list is ever longer than its capacity."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from serving.lists.assignment import Case, assign
from serving.upstream.protocol import Explanation, Reason
from tests.serving.village import policy

REASON = {
    "care": Reason(
        text="残疾", feature="disabled", group="disability", dated=date(2026, 2, 1), is_event=True
    ),
    "debts": Reason(
        text="欠费", feature="unpaid", group="utilities", dated=date(2026, 2, 1), is_event=True
    ),
}


def case(household_id, *reasons, urgent=(), propensity=None, unknown_share=0.0):
    return Case(
        household_id=household_id,
        band="yellow",
        urgent=urgent,
        urgent_hours=24 if urgent else 0,
        unknown_share=unknown_share,
        propensity=propensity,
        explanation=Explanation(
            reasons=tuple(REASON[reason] for reason in reasons or ("debts",)), uncertainty="?"
        ),
    )


def placed(cases, uncertain_slots=0, **capacity):
    assignment = assign(cases, capacity=capacity, uncertain_slots=uncertain_slots, policy=policy())
    return {
        item.case.household_id: (item.role, item.lane, item.why.value) for item in assignment.placed
    }, [left.household_id for left in assignment.left_over]


def test_each_kind_of_case_goes_to_the_role_that_is_there_for_it():
    on_lists, left = placed(
        [case("cut_off", urgent=("cut",)), case("disabled", "care"), case("debts", "debts")],
        street_officer=1,
        social_worker=1,
        grid_worker=1,
    )

    assert on_lists == {
        "cut_off": ("street_officer", "urgent", "urgent"),
        "disabled": ("social_worker", "ranked", "ranked"),
        "debts": ("grid_worker", "ranked", "ranked"),
    }
    assert left == []


def test_a_case_is_care_when_more_than_half_of_its_reasons_are():
    on_lists, _ = placed(
        [case("two_of_three", "care", "care", "debts"), case("one_of_two", "care", "debts")],
        social_worker=2,
        grid_worker=2,
    )

    assert on_lists["two_of_three"][0] == "social_worker"
    assert on_lists["one_of_two"][0] == "grid_worker"


def test_when_the_right_role_is_full_the_next_that_has_time_takes_over():
    on_lists, left = placed(
        [case("cut_1", urgent=("cut",)), case("cut_2", urgent=("cut",)), case("debts")],
        street_officer=1,
        grid_worker=1,
    )

    assert on_lists["cut_2"] == ("grid_worker", "urgent", "urgent")
    assert left == ["debts"]


def test_a_drawn_household_below_the_line_takes_the_place_kept_for_it():
    on_lists, left = placed(
        [case("first"), case("second"), case("drawn", propensity=0.02)], grid_worker=2
    )

    assert on_lists == {
        "first": ("grid_worker", "ranked", "ranked"),
        "drawn": ("grid_worker", "exploration", "random"),
    }
    assert left == ["second"]


def test_a_drawn_household_above_the_line_keeps_its_rank_and_frees_the_place():
    on_lists, left = placed(
        [case("drawn", "care", propensity=0.02), case("second"), case("third")],
        social_worker=1,
        grid_worker=1,
    )

    assert on_lists == {
        "drawn": ("social_worker", "ranked", "ranked"),
        "second": ("grid_worker", "ranked", "ranked"),
    }
    assert left == ["third"]


def test_a_place_freed_late_goes_to_the_best_household_passed_over():
    on_lists, left = placed(
        [case("passed_over"), case("drawn", "care", propensity=0.02), case("later")],
        social_worker=1,
        grid_worker=1,
    )

    assert on_lists["passed_over"] == ("grid_worker", "ranked", "ranked")
    assert left == ["later"]


def test_uncertain_slots_go_to_those_we_know_least_about():
    on_lists, left = placed(
        [
            case("first"),
            case("well_known", unknown_share=0.1),
            case("barely_known", unknown_share=0.6),
        ],
        uncertain_slots=1,
        grid_worker=2,
    )

    assert on_lists["barely_known"] == ("grid_worker", "exploration", "uncertain")
    assert left == ["well_known"]


@given(
    st.lists(
        st.tuples(st.booleans(), st.booleans(), st.booleans(), st.floats(0, 1)),
        max_size=12,
    ),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 6),
)
def test_no_list_is_longer_than_its_capacity_and_everybody_is_placed_or_left_exactly_once(
    drawn_up, officers, social, grid
):
    cases, slots = [], grid
    for number, (is_urgent, is_care, is_drawn, unknown) in enumerate(drawn_up):
        drawn = is_drawn and slots > 0
        slots -= drawn
        cases.append(
            case(
                f"h{number}",
                "care" if is_care else "debts",
                urgent=("cut",) if is_urgent else (),
                propensity=0.1 if drawn else None,
                unknown_share=unknown,
            )
        )
    capacity = {"street_officer": officers, "social_worker": social, "grid_worker": grid}

    assignment = assign(cases, capacity=capacity, uncertain_slots=slots // 2, policy=policy())

    for role, places in capacity.items():
        assert sum(item.role == role for item in assignment.placed) <= places
    seen = [item.case.household_id for item in assignment.placed]
    seen += [left.household_id for left in assignment.left_over]
    assert sorted(seen) == sorted(one.household_id for one in cases)
    placed_ids = {item.case.household_id for item in assignment.placed}
    assert {one.household_id for one in cases if one.propensity is not None} <= placed_ids
