"""Tickets: whose call it is, what it is about, whether anybody answered."""

from ibis.backends.duckdb import Backend

from features.groups import tickets
from tests.features.records import built, homes, row_of, values, view_of


def test_a_call_belongs_to_the_caller_and_to_the_home_it_is_about(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("caller about both stranger"),
        tickets="""
            ticket_id | person_id | address_id | event_date | category
            t1        | p_caller  | ?          | 2024-05-01 | school
            t2        | ?         | a_about    | 2024-05-01 | school
            t3        | p_both    | a_both     | 2024-05-01 | school
            t4        | p_caller  | a_about    | 2024-05-02 | elder_care
            t5        | ?         | ?          | 2024-05-02 | elder_care
            """,
    )

    rows = built(engine, tickets.GROUP, view)

    assert values(rows, "tickets_365d") == {"caller": 2, "about": 2, "both": 1, "stranger": None}
    assert values(rows, "tickets_school_365d")["both"] == 1
    assert values(rows, "tickets_care_365d") == {
        "caller": 1,
        "about": 1,
        "both": 0,
        "stranger": None,
    }


def test_calls_about_a_home_before_they_moved_in_are_others(engine: Backend) -> None:
    row = row_of(
        engine,
        tickets.GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date
            r1           | p1        | h1           | a1         | 2024-03-01
            """,
        tickets="""
            ticket_id | person_id | address_id | event_date | category
            theirs    | ?         | a1         | 2024-02-29 | income_help
            own       | ?         | a1         | 2024-03-01 | income_help
            before    | p1        | ?          | 2024-02-01 | wages
            """,
    )

    assert row["tickets_income_365d"] == 1
    assert row["tickets_wages_365d"] == 1


def test_a_repair_is_no_call_for_help(engine: Backend) -> None:
    row = row_of(
        engine,
        tickets.GROUP,
        tickets="""
            person_id | event_date | category
            p1        | 2024-05-01 | housing_repair
            p1        | 2024-05-02 | utilities
            p1        | 2024-05-03 | wages
            p1        | 2024-05-04 | medical_cost
            p1        | 2024-01-04 | disability
            """,
    )

    assert row["tickets_365d"] == 5
    assert row["tickets_help_90d"] == 1
    assert row["tickets_help_365d"] == 2
    assert f"{row['ticket_help_on']:%Y-%m-%d}" == "2024-05-04"


def test_who_calls_about_the_same_thing_again_and_again_is_seen(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("insisting various"),
        tickets="""
            person_id   | event_date | category
            p_insisting | 2024-02-01 | income_help
            p_insisting | 2024-04-01 | income_help
            p_insisting | 2024-06-01 | income_help
            p_insisting | 2023-06-01 | income_help
            p_various   | 2024-02-01 | income_help
            p_various   | 2024-04-01 | wages
            p_various   | 2024-06-01 | school
            """,
    )

    rows = built(engine, tickets.GROUP, view)

    assert values(rows, "tickets_same_theme_365d") == {"insisting": 3, "various": 1}


def test_a_call_is_open_until_it_is_reported_closed(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("open closed closed_later silent"),
        tickets="""
            ticket_id | person_id      | event_date | category | closed_on  | known_from | known_until
            t1        | p_open         | 2023-01-01 | wages    | ?          | 2023-01-02 | ?
            t2        | p_closed       | 2024-05-01 | wages    | 2024-05-09 | 2024-06-02 | ?
            t3        | p_closed_later | 2024-06-21 | wages    | ?          | 2024-06-22 | 2024-07-01
            t3        | p_closed_later | 2024-06-21 | wages    | 2024-06-28 | 2024-07-01 | ?
            """,
    )

    rows = built(engine, tickets.GROUP, view)

    # What is known on 1 July arrived on 30 June or before.
    assert values(rows, "tickets_open") == {
        "open": 1,
        "closed": 0,
        "closed_later": 1,
        "silent": None,
    }
    assert values(rows, "ticket_oldest_open_days") == {
        "open": 547, "closed": 0, "closed_later": 10, "silent": 0,
    }  # fmt: skip
    assert values(rows, "ticket_days_since_last") == {
        "open": 547, "closed": 61, "closed_later": 10, "silent": None,
    }  # fmt: skip
    assert values(rows, "tickets_365d")["open"] == 0
