"""Work that stopped, changed its kind or ran out; who is not on record at all."""

from ibis.backends.duckdb import Backend

from features.groups import employment
from tests.features.records import built, homes, row_of, values, view_of

COUPLE = """
    residence_id | person_id | household_id | address_id | event_date | birth_date
    r1           | p1        | h1           | a1         | 2015-01-01 | 1980-01-01
    r2           | p2        | h1           | a1         | 2015-01-01 | 1980-01-01
    """


def test_a_contributor_of_the_year_may_have_stopped(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("first_day day_before_it one_month_behind working"),
        social_insurance="""
            person_id          | event_date
            p_first_day        | 2023-07-02
            p_day_before_it    | 2023-07-01
            p_one_month_behind | 2024-05-01
            p_working          | 2024-06-01
            """,
    )

    rows = built(engine, employment.GROUP, view)

    expected = {"first_day": 1, "day_before_it": None, "one_month_behind": 0, "working": 0}
    assert values(rows, "work_stopped_members_365d") == expected
    assert values(rows, "work_single_earner_stopped_365d") == {
        "first_day": True, "day_before_it": None, "one_month_behind": False, "working": False,
    }  # fmt: skip


def test_one_of_two_earners_who_stops_is_not_the_only_one(engine: Backend) -> None:
    row = row_of(
        engine,
        employment.GROUP,
        residents=COUPLE,
        social_insurance="""
            person_id | event_date
            p1        | 2024-06-01
            p2        | 2024-02-01
            """,
    )

    assert row["work_stopped_members_365d"] == 1
    assert not row["work_single_earner_stopped_365d"]


def test_paying_for_oneself_after_an_employer_did_is_a_turn(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("turned turned_back always_flexible employer_before_the_window first_day"),
        social_insurance="""
            person_id                    | event_date | kind
            p_turned                     | 2024-02-01 | employed
            p_turned                     | 2024-03-01 | flexible
            p_turned_back                | 2024-02-01 | flexible
            p_turned_back                | 2024-03-01 | employed
            p_always_flexible            | 2024-03-01 | flexible
            p_employer_before_the_window | 2023-07-01 | employed
            p_employer_before_the_window | 2024-03-01 | flexible
            p_first_day                  | 2023-07-02 | employed
            p_first_day                  | 2024-03-01 | flexible
            """,
    )

    rows = built(engine, employment.GROUP, view)

    assert values(rows, "work_turned_flexible_365d") == {
        "turned": 1, "turned_back": 0, "always_flexible": 0, "employer_before_the_window": 0,
        "first_day": 1,
    }  # fmt: skip


def test_months_missing_between_are_gaps_and_months_after_are_not(engine: Backend) -> None:
    row = row_of(
        engine,
        employment.GROUP,
        residents=COUPLE,
        social_insurance="""
            person_id | event_date
            p1        | 2023-11-01
            p1        | 2023-12-01
            p1        | 2024-03-01
            p2        | 2023-09-01
            p2        | 2023-10-01
            """,
    )

    assert row["work_gap_months_365d"] == 2  # January and February of the first
    assert row["work_months_contributed_365d"] == 5


def test_the_legal_floor_is_met_only_by_every_month(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("at_floor above raised_lately unrecorded"),
        social_insurance="""
            person_id       | event_date | wage_base
            p_at_floor      | 2024-04-01 | 4879
            p_at_floor      | 2024-05-01 | 4879
            p_above         | 2024-05-01 | 4879.01
            p_raised_lately | 2024-04-01 | 4879
            p_raised_lately | 2024-05-01 | 6000
            """,
    )

    rows = built(engine, employment.GROUP, view)

    assert values(rows, "work_at_floor_members_180d") == {
        "at_floor": 1, "above": 0, "raised_lately": 0, "unrecorded": None,
    }  # fmt: skip


def test_a_benefit_ends_soon_if_its_end_is_known_and_near(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("in_59_days in_60_days open over_yesterday last_day"),
        unemployment_benefit="""
            claim_id | person_id        | event_date | valid_to
            c1       | p_in_59_days     | 2024-01-01 | 2024-08-29
            c2       | p_in_60_days     | 2024-01-01 | 2024-08-30
            c3       | p_open           | 2024-01-01 | ?
            c4       | p_over_yesterday | 2024-01-01 | 2024-06-30
            c5       | p_last_day       | 2024-01-01 | 2024-07-01
            """,
    )

    rows = built(engine, employment.GROUP, view)

    assert values(rows, "work_unemployment_ending_soon") == {
        "in_59_days": 1, "in_60_days": 0, "open": 0, "over_yesterday": 0, "last_day": 1,
    }  # fmt: skip


def test_a_benefit_ran_out_where_nothing_came_after_it(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("nothing_since works_again worked_before draws_again day_180 day_181"),
        unemployment_benefit="""
            claim_id | person_id       | event_date | valid_to
            c1       | p_nothing_since | 2023-06-01 | 2024-03-01
            c2       | p_works_again   | 2023-06-01 | 2024-03-01
            c3       | p_worked_before | 2023-09-01 | 2024-03-01
            c4       | p_draws_again   | 2023-06-01 | 2024-03-01
            c5       | p_draws_again   | 2024-04-01 | ?
            c6       | p_day_180       | 2023-06-01 | 2024-01-03
            c7       | p_day_181       | 2023-06-01 | 2024-01-02
            """,
        social_insurance="""
            person_id       | event_date
            p_works_again   | 2024-04-01
            p_worked_before | 2023-08-01
            """,
    )

    rows = built(engine, employment.GROUP, view)

    assert values(rows, "work_unemployment_ran_out_180d") == {
        "nothing_since": 1, "works_again": None, "worked_before": 1, "draws_again": None,
        "day_180": 1, "day_181": None,
    }  # fmt: skip


def test_working_age_without_any_record(engine: Backend) -> None:
    row = row_of(
        engine,
        employment.GROUP,
        residents="""
            residence_id | person_id  | household_id | address_id | event_date | birth_date
            r1           | works      | h1           | a1         | 2015-01-01 | 1980-01-01
            r2           | claims     | h1           | a1         | 2015-01-01 | 1980-01-01
            r3           | claimed    | h1           | a1         | 2015-01-01 | 1980-01-01
            r4           | retired    | h1           | a1         | 2015-01-01 | 1967-01-01
            r5           | sixteen    | h1           | a1         | 2015-01-01 | 2008-07-01
            r6           | fifteen    | h1           | a1         | 2015-01-01 | 2008-07-02
            r7           | sixty      | h1           | a1         | 2015-01-01 | 1964-07-01
            r8           | fifty_nine | h1           | a1         | 2015-01-01 | 1964-07-02
            """,
        social_insurance="""
            person_id | event_date
            works     | 2023-08-01
            """,
        unemployment_benefit="""
            claim_id | person_id | event_date | valid_to
            c1       | claims    | 2024-01-01 | ?
            c2       | claimed   | 2022-01-01 | 2023-07-01
            """,
        pensions="""
            person_id | event_date
            retired   | 2023-01-01
            """,
    )

    # Whose claim ended over a year ago, the youngest and the oldest of working age.
    assert row["work_members_without_record_365d"] == 3
