"""Help that nobody seems to have claimed."""

from ibis.backends.duckdb import Backend

from features.groups.benefit_traces import GROUP
from tests.features.by_hand import said
from tests.features.records import values


def test_the_oldest_without_the_allowance_are_counted_from_eighty(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date
            r1           | eighty    | due          | a1         | 2015-01-01 | 1944-07-01
            r2           | younger   | due          | a1         | 2015-01-01 | 1944-07-02
            r3           | draws     | drawn        | a2         | 2015-01-01 | 1940-01-01
            r4           | ended     | ended        | a3         | 2015-01-01 | 1940-01-01
            """,
        benefits="""
            benefit_id | person_id | event_date | valid_to   | scheme            | monthly_amount
            b1         | draws     | 2020-01-01 | ?          | old_age_allowance | 60
            b2         | ended     | 2020-01-01 | 2024-06-30 | old_age_allowance | 60
            """,
    )

    assert values(rows, "trace_without_old_age_allowance") == {
        "due": 1, "drawn": None, "ended": 1,
    }  # fmt: skip


def test_children_without_an_able_adult_and_without_the_allowance(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date
            r1           | grandma_1 | unpaid       | a1         | 2015-01-01 | 1950-01-01
            r2           | boy       | unpaid       | a1         | 2015-01-01 | 2015-01-01
            r3           | grandma_2 | paid         | a2         | 2015-01-01 | 1950-01-01
            r4           | girl      | paid         | a2         | 2015-01-01 | 2015-01-01
            r5           | mother    | raised       | a3         | 2015-01-01 | 1985-01-01
            r6           | child     | raised       | a3         | 2015-01-01 | 2015-01-01
            """,
        benefits="""
            benefit_id | person_id | event_date | scheme | monthly_amount
            b1         | girl      | 2023-01-01 | orphan | 2700
            """,
    )

    assert values(rows, "trace_without_orphan_allowance") == {
        "unpaid": 1, "paid": None, "raised": None,
    }  # fmt: skip
