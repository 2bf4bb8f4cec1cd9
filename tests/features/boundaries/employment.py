"""Windows of work on record."""

from tests.features.boundaries import Boundary

WAGES = "social_insurance"
IN_SPRING = """
    person_id | event_date | wage_base
    p1        | 2024-03-01 | 6000
    """
A_COUPLE = """
    residence_id | person_id | household_id | address_id | event_date | birth_date
    r1           | p1        | h1           | a1         | 2015-01-01 | 1980-01-01
    r2           | p2        | h1           | a1         | 2015-01-01 | 1980-01-01
    """
ONE_EARNS_WELL = """
    person_id | event_date | wage_base
    p2        | 2024-05-01 | 9000
    """
_POORLY_PAID = {"person_id": "p1", "wage_base": 4000.0}

BOUNDARIES = {
    "work_months_contributed_365d": Boundary(WAGES, _POORLY_PAID),
    "work_gap_months_365d": Boundary(WAGES, _POORLY_PAID, also={WAGES: IN_SPRING}),
    "work_at_floor_members_180d": Boundary(
        WAGES, _POORLY_PAID, also={"residents": A_COUPLE, WAGES: ONE_EARNS_WELL}
    ),
    "work_members_without_record_365d": Boundary(WAGES, _POORLY_PAID),
}
OWN_TESTS = {
    "work_stopped_members_365d": "test_a_contributor_of_the_year_may_have_stopped",
    "work_single_earner_stopped_365d": "test_a_contributor_of_the_year_may_have_stopped",
    "work_turned_flexible_365d": "test_paying_for_oneself_after_an_employer_did_is_a_turn",
    "work_unemployment_ended_180d": "test_unemployment_benefit_ends_when_its_end_is_known_and_past",
    "work_unemployment_ran_out_180d": "test_a_benefit_ran_out_where_nothing_came_after_it",
}
