"""Built households against true ones: which stands for which, who is misplaced, how sure the share is."""

import pandas as pd

from experiments.district.true_names import most_members
from experiments.households_judge import Share, _misplaced
from tests.tables import table

LIVES = table("""
    person_id | household_id
    anna      | t1
    ben       | t1
    carla     | t2
    dora      | t2
    """)


def test_a_built_household_stands_for_the_true_one_most_of_its_members_are_of() -> None:
    members = table("""
        person_id | household_id
        anna      | h1
        ben       | h1
        carla     | h1
        dora      | h2
        stranger  | h3
        """)

    assert most_members(members, LIVES).to_dict() == {"h1": "t1", "h2": "t2"}


def test_a_tie_goes_to_the_first_by_id() -> None:
    members = table("person_id | household_id\nanna | h1\ncarla | h1")

    assert most_members(members, LIVES).to_dict() == {"h1": "t1"}


def test_who_is_not_with_most_of_the_true_household_is_misplaced() -> None:
    true = pd.Series(["t1", "t1", "t1", "t2", "t2"])
    built = pd.Series(["h1", "h1", "h2", "h2", "h2"])

    assert _misplaced(true, built).tolist() == [False, False, True, False, False]
    assert not _misplaced(true, true.str.replace("t", "x")).any()


def test_the_interval_holds_its_share_and_stays_between_nothing_and_all() -> None:
    low, high = Share(5, 100).interval
    assert (round(low, 3), round(high, 3)) == (0.022, 0.112)
    assert Share(0, 50).interval[0] <= 1e-12
    assert Share(0, 0).interval == (0.0, 1.0)
