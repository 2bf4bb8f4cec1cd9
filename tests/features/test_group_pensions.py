"""Pensions too low, pensions that stopped, and what part of the income they are."""

from ibis.backends.duckdb import Backend

from features.groups import pensions
from tests.features.records import built, homes, values, view_of


def test_a_low_pension_is_one_below_the_line_all_together(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("low at_the_line two_small none"),
        pensions="""
            pension_id | person_id     | event_date | monthly_amount
            n1         | p_low         | 2015-01-01 | 1114.99
            n2         | p_at_the_line | 2015-01-01 | 1115
            n3         | p_two_small   | 2015-01-01 | 600
            n4         | p_two_small   | 2015-01-01 | 600
            """,
    )

    rows = built(engine, pensions.GROUP, view)

    assert values(rows, "pension_low_members") == {
        "low": 1, "at_the_line": 0, "two_small": 0, "none": None,
    }  # fmt: skip


def test_a_pension_has_stopped_where_none_follows(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("first_day just_out yesterday today followed end_known_later"),
        pensions="""
            pension_id | person_id         | event_date | valid_to   | monthly_amount | known_from
            n1         | p_first_day       | 2015-01-01 | 2023-07-02 | 300            | 2023-08-01
            n2         | p_just_out        | 2015-01-01 | 2023-07-01 | 300            | 2023-08-01
            n3         | p_yesterday       | 2015-01-01 | 2024-06-30 | 300            | 2024-06-30
            n4         | p_today           | 2015-01-01 | 2024-07-01 | 300            | 2024-06-30
            n5         | p_followed        | 2015-01-01 | 2024-05-01 | 300            | 2024-06-30
            n6         | p_followed        | 2024-05-01 | ?          | 900            | 2024-06-30
            n7         | p_end_known_later | 2015-01-01 | 2024-05-01 | 300            | 2024-07-01
            """,
    )

    rows = built(engine, pensions.GROUP, view)

    assert values(rows, "pension_stopped_365d") == {
        "first_day": 1, "just_out": None, "yesterday": 1, "today": None, "followed": None,
        "end_known_later": None,
    }  # fmt: skip
    assert values(rows, "pension_stopped_on")["yesterday"] == "2024-06-30"


def test_the_share_of_pensions_needs_an_income(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("only half worker unrecorded"),
        pensions="""
            pension_id | person_id | event_date | monthly_amount
            n1         | p_only    | 2015-01-01 | 1000
            n2         | p_half    | 2015-01-01 | 1000
            """,
        social_insurance="""
            person_id | event_date | wage_base
            p_half    | 2024-05-01 | 12000
            p_worker  | 2024-05-01 | 12000
            """,
    )

    rows = built(engine, pensions.GROUP, view)

    assert values(rows, "pension_share_of_income_365d") == {
        "only": 1, "half": 0.5, "worker": 0, "unrecorded": None,
    }  # fmt: skip
