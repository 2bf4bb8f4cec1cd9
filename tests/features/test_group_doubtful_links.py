"""Who may live here besides the members: raised for a visitor to ask, counted nowhere else."""

from ibis.backends.duckdb import Backend

from features.groups.doubtful_links import GROUP
from tests.features.by_hand import said
from tests.features.records import values

MAYBE = """
    membership_id | person_id | household_id | address_id | event_date | birth_date | certain
    m1            | p1        | h1           | a1         | 2015-01-01 | 1980-01-01 | true
    m2            | minor     | h1           | a1         | 2015-01-01 | 2006-07-02 | false
    m3            | of_age    | h1           | a1         | 2015-01-01 | 2006-07-01 | false
    m4            | ageless   | h1           | a1         | 2015-01-01 | ?          | false
    """


def test_a_minor_who_may_live_here_is_one_until_the_birthday(engine: Backend) -> None:
    rows = said(engine, GROUP, household_members=MAYBE)

    assert values(rows, "doubtful_people") == {"h1": 3}
    assert values(rows, "doubtful_children") == {"h1": 1}


def test_what_a_doubtful_meter_owes_is_what_is_past_due(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        account_links="""
            link_id | account_id | address_id | event_date | accepted | probability
            w1      | u1         | a1         | 2015-01-01 | true     | 0.97
            w2      | u2         | a1         | 2015-01-01 | false    | 0.40
            w3      | u3         | a1         | 2015-01-01 | false    | 0.29
            """,
        utility_bills="""
            bill_id | account_id | event_date | due_date   | paid_on    | amount_due | known_from
            b1      | u2         | 2024-04-01 | 2024-04-15 | ?          | 60.5       | 2024-05-01
            b2      | u2         | 2024-05-01 | 2024-06-01 | ?          | 70         | 2024-06-01
            b3      | u2         | 2024-03-01 | 2024-03-15 | 2024-03-10 | 80         | 2024-05-01
            b4      | u3         | 2024-04-01 | 2024-04-15 | ?          | 90         | 2024-05-01
            b5      | u1         | 2024-04-01 | 2024-04-15 | ?          | 100        | 2024-05-01
            """,
    )

    assert values(rows, "doubtful_unpaid_bills_365d") == {"h1": 1}
    assert values(rows, "doubtful_unpaid_amount_365d") == {"h1": 60.5}
