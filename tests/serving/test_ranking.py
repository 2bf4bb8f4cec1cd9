"""Who comes onto a shortlist, in what order, and who is drawn by lot."""

from datetime import date

import pandas as pd
import pytest

from serving.lists.policy_parts import Condition, UrgentRule
from serving.lists.ranking import shortlist, urgent_rules
from serving.upstream.protocol import Surroundings
from tests.serving.village import GRIDS, NIGHT, grid, policy
from tests.tables import table

NO_FRAME = pd.DataFrame()


def surroundings(grids=GRIDS, **capacity):
    return Surroundings(
        grids=grids,
        capacity={(g, "grid_worker"): places for g, places in capacity.items()},
        addresses=NO_FRAME,
        visits=NO_FRAME,
    )


def candidates(text):
    frame = table(text)
    for column in ("urgent", "suppressed", "grid_id", "sweep", "task", "only"):
        known = frame[column] if column in frame else pd.Series("", index=frame.index)
        frame[column] = known.astype("object").fillna("")
    return frame.assign(band="yellow", unknown_share=0.0, seen_on=None)


def without_draws(**changes):
    return policy(exploration={"random_share": 0.0, "uncertain_share": 0.0}, **changes)


def test_urgent_comes_first_by_hours_then_everybody_else_by_score():
    drawn_up = shortlist(
        candidates("""
            household_id | grid_id | urgent | urgent_hours | suppressed | score
            -------------+---------+--------+--------------+------------+------
            strong       | g1      |        | 0            |            |  3.0
            weak         | g1      |        | 0            |            |  1.0
            in_two_days  | g1      | b      | 48           |            |  9.0
            today        | g1      | a      | 24           |            | -1.0
            """),
        surroundings(g1=2),
        policy=without_draws(),
        as_of_date=NIGHT,
    )

    assert drawn_up.cases["household_id"].tolist() == ["today", "in_two_days", "strong", "weak"]


def test_the_shortlist_is_cut_to_a_multiple_of_capacity_but_never_cuts_the_urgent():
    drawn_up = shortlist(
        candidates("""
            household_id | grid_id | urgent | urgent_hours | suppressed | score
            -------------+---------+--------+--------------+------------+------
            u1           | g1      | a      | 24           |            | 0.1
            u2           | g1      | a      | 24           |            | 0.2
            u3           | g1      | a      | 24           |            | 0.3
            r1           | g1      |        | 0            |            | 0.9
            """),
        surroundings(g1=1),
        policy=without_draws(shortlist_factor=2),
        as_of_date=NIGHT,
    )

    assert drawn_up.cases["household_id"].tolist() == ["u3", "u2", "u1"]


def test_suppressed_homeless_and_unstaffed_households_are_decided_with_their_reason():
    drawn_up = shortlist(
        candidates("""
            household_id | grid_id | urgent | urgent_hours | suppressed     | score
            -------------+---------+--------+--------------+----------------+------
            seen         | g1      |        | 0            | visited_lately | 0.9
            nowhere      | ?       |        | 0            |                | 0.8
            elsewhere    | g9      |        | 0            |                | 0.8
            unstaffed    | g2      | a      | 24           |                | 0.7
            quiet        | g2      |        | 0            |                | 0.6
            """),
        surroundings(g1=1),
        policy=without_draws(),
        as_of_date=NIGHT,
    )

    assert drawn_up.cases.empty
    decided = drawn_up.decided.set_index("household_id")["reason"].to_dict()
    assert decided == {
        "seen": "visited_lately",
        "nowhere": "no_grid",
        "elsewhere": "no_grid",
        "unstaffed": "no_capacity",
    }


def crowd(grids, each):
    return pd.DataFrame(
        {
            "household_id": [f"{g}h{n:03d}" for g in grids for n in range(each)],
            "grid_id": [g for g in grids for _ in range(each)],
            "urgent": "",
            "urgent_hours": 0,
            "suppressed": "",
            "score": [float(n) for _ in grids for n in range(each)],
            "band": "yellow",
            "unknown_share": 0.0,
            "sweep": "",
            "task": "",
            "seen_on": None,
            "only": "",
        }
    )


def test_each_street_draws_at_least_one_household_with_its_exact_chance():
    streets = {f"g{n}": grid(f"g{n}", f"s{n % 2}") for n in range(6)}

    drawn_up = shortlist(
        crowd(streets, 40),
        surroundings(streets, **dict.fromkeys(streets, 5)),
        policy=policy(),
        as_of_date=NIGHT,
    )

    drawn = drawn_up.cases.dropna(subset="propensity")
    per_street = drawn["grid_id"].map(lambda g: streets[g].street_id).value_counts()
    assert per_street.to_dict() == {"s0": 1, "s1": 1}
    # Three grids of equal capacity share one slot: a third each, over forty households.
    assert drawn["propensity"].to_numpy() == pytest.approx(1 / 3 / 40)


def test_the_sum_of_chances_is_the_number_of_slots_over_many_seeds():
    """Horvitz-Thompson: weighting the drawn by one over their chance counts everybody, on average."""
    population = crowd(["g1", "g2"], 20)
    counted = []
    for seed in range(40):
        drawn = shortlist(
            population,
            surroundings(g1=7, g2=3),
            policy=policy(seed=str(seed), exploration={"random_share": 0.2, "uncertain_share": 0}),
            as_of_date=NIGHT,
        ).cases["propensity"]
        counted.append((1 / drawn.dropna()).sum())

    assert sum(counted) / len(counted) == pytest.approx(len(population), rel=0.15)


def test_the_order_of_the_rows_changes_nothing():
    population = crowd(["g1", "g2"], 30).assign(score=1.0)

    straight, shuffled = (
        shortlist(
            frame, surroundings(g1=4, g2=4), policy=policy(), as_of_date=NIGHT
        ).cases.reset_index(drop=True)
        for frame in (population, population.sample(frac=1, random_state=3))
    )

    pd.testing.assert_frame_equal(straight, shuffled)


def test_equal_scores_are_ordered_by_lot_not_by_id():
    order = shortlist(
        crowd(["g1"], 20).assign(score=1.0),
        surroundings(g1=20),
        policy=without_draws(),
        as_of_date=NIGHT,
    ).cases["household_id"]

    assert order.tolist() != sorted(order)


@pytest.mark.parametrize(("month", "is_urgent"), [(10, False), (11, True), (3, True), (4, False)])
def test_a_winter_rule_holds_in_winter_only(month, is_urgent):
    matrix = table("""
        household_id | power_is_cut | children
        -------------+--------------+---------
        family       | true         | 1
        """)

    names, hours = urgent_rules(matrix, policy=policy(), as_of_date=date(2026, month, 9))

    assert (names, hours) == ((["cut_in_winter"], [24]) if is_urgent else ([""], [0]))


def test_an_urgent_rule_needs_all_of_all_and_one_of_any_and_never_fires_on_the_unknown():
    rule = UrgentRule(
        id="r",
        title="r",
        hours=24,
        all=(Condition(feature="cut", equals=True), Condition(feature="bills", at_least=2)),
        any=(Condition(feature="children", at_least=1), Condition(feature="age", at_most=5)),
    )
    matrix = table("""
        household_id | cut   | bills | children | age
        -------------+-------+-------+----------+----
        yes          | true  | 2     | 1        | 40
        just_below   | true  | 1     | 1        | 40
        young_head   | true  | 2     | 0        | 5
        nobody_small | true  | 2     | 0        | 6
        unknown_cut  | ?     | 2     | 1        | 40
        unknown_both | true  | 2     | ?        | ?
        """)

    holds = rule.holds(matrix, as_of_date=NIGHT)

    assert matrix["household_id"][holds].tolist() == ["yes", "young_head"]


def test_the_most_pressing_of_several_urgent_rules_sets_the_hours():
    rules = [
        {"id": "slow", "title": "s", "hours": 72, "all": [{"feature": "cut", "equals": True}]},
        {"id": "fast", "title": "f", "hours": 24, "all": [{"feature": "cut", "equals": True}]},
    ]
    matrix = table("""
        household_id | cut
        -------------+-----
        family       | true
        """)

    assert urgent_rules(matrix, policy=policy(urgent=rules), as_of_date=NIGHT) == (
        ["slow;fast"],
        [24],
    )
