"""Place: what a grid does as a whole, and how one household differs from it."""

import pytest
from ibis.backends.duckdb import Backend

from features.groups import place
from tests.features.records import built, homes, values, view_of
from tests.features.test_groups_home_and_bills import meters

CASES = "own neighbour third hermit"
GRID = """
    address_id  | grid_id | event_date
    a_own       | g1      | 2015-01-01
    a_neighbour | g1      | 2015-01-01
    a_third     | g1      | 2015-01-01
    a_hermit    | g2      | 2015-01-01
    """


def test_a_hot_summer_is_the_grids_and_saving_is_ones_own(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes(CASES),
        addresses=GRID,
        utility_accounts=meters(CASES),
        utility_bills="""
            account_id        | service | event_date | usage
            u_own_power       | power   | 2023-05-02 | 100
            u_own_power       | power   | 2024-05-02 | 60
            u_neighbour_power | power   | 2023-05-02 | 100
            u_neighbour_power | power   | 2024-05-02 | 150
            u_third_power     | power   | 2023-05-02 | 300
            u_third_power     | power   | 2024-05-02 | 330
            u_hermit_power    | power   | 2023-05-02 | 100
            u_hermit_power    | power   | 2024-05-02 | 50
            """,
    )

    rows = built(engine, place.GROUP, view)

    change = values(rows, "place_power_use_change_90d")
    assert change == {
        "own": pytest.approx(480 / 400 - 1), "neighbour": pytest.approx(390 / 400 - 1),
        "third": pytest.approx(210 / 200 - 1), "hermit": None,
    }  # fmt: skip
    against = values(rows, "place_own_power_against_grid_90d")
    assert against["own"] == pytest.approx(0.6 / 1.2 - 1)
    assert against["hermit"] is None


def test_the_last_mile_is_the_share_of_the_neighbours_visits(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes(CASES),
        addresses=GRID,
        visits="""
            household_id | event_date | finding
            own          | 2024-05-01 | no_need
            neighbour    | 2024-05-01 | not_found
            neighbour    | 2024-05-02 | not_found
            neighbour    | 2024-05-03 | no_need
            third        | 2024-05-03 | no_need
            hermit       | 2024-05-03 | not_found
            """,
    )

    rows = built(engine, place.GROUP, view)

    assert values(rows, "place_nobody_found_share_365d") == {
        "own": 0.5, "neighbour": 0, "third": 0.5, "hermit": None,
    }  # fmt: skip


def test_calls_for_help_and_lost_work_next_door_are_shares_of_households(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes(CASES),
        addresses=GRID,
        tickets="""
            person_id   | event_date | category
            p_neighbour | 2024-05-01 | income_help
            p_neighbour | 2024-05-02 | school
            p_third     | 2024-05-02 | environment
            p_own       | 2023-05-02 | income_help
            """,
        unemployment_benefit="""
            person_id | event_date | valid_to
            p_third   | 2023-09-01 | 2024-01-01
            """,
    )

    rows = built(engine, place.GROUP, view)

    assert values(rows, "place_help_calls_share_365d") == {
        "own": 0.5, "neighbour": 0, "third": 0.5, "hermit": None,
    }  # fmt: skip
    assert values(rows, "place_unemployment_share_365d") == {
        "own": 0.5, "neighbour": 0.5, "third": 0, "hermit": None,
    }  # fmt: skip
