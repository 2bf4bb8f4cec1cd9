"""How much is known, since when, and how sure the links are."""

from ibis.backends.duckdb import Backend

from features.groups.data_confidence import GROUP
from tests.features.by_hand import said
from tests.features.records import values


def test_a_household_is_as_sure_as_its_weakest_link(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        household_members="""
            membership_id | person_id | household_id | address_id | event_date | birth_date | certain | confidence
            m1            | p1        | h1           | a1         | 2015-01-01 | 1980-01-01 | true    | 0.95
            m2            | p2        | h1           | a1         | 2015-01-01 | ?          | true    | 0.60
            m3            | p3        | h1           | a1         | 2015-01-01 | 1990-01-01 | false   | 0.30
            m4            | p3        | h2           | a2         | 2015-01-01 | 1990-01-01 | true    | 0.90
            """,
        utility_accounts="""
            account_id | service | event_date
            u1         | power   | 2015-01-01
            """,
        account_links="""
            link_id | account_id | address_id | event_date | accepted | probability
            w1      | u1         | a1         | 2015-01-01 | true     | 0.97
            w2      | u2         | a1         | 2015-01-01 | true     | 0.81
            w3      | u3         | a1         | 2015-01-01 | false    | 0.40
            """,
    )

    assert values(rows, "data_weakest_membership") == {"h1": 0.6, "h2": 0.9}
    assert values(rows, "data_weakest_account_link") == {"h1": 0.81, "h2": None}
    assert values(rows, "data_members_without_birth_date") == {"h1": 1, "h2": 0}


def test_before_anything_is_concluded_no_membership_is_sure_or_unsure(engine: Backend) -> None:
    rows = said(engine, GROUP)

    assert values(rows, "data_weakest_membership") == {"h1": None}


def test_history_begins_with_the_first_frequent_fact(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        medical_settlements="""
            person_id | event_date
            p1        | 2023-07-02
            p1        | 2024-06-01
            """,
        social_insurance="""
            person_id | event_date | wage_base
            p1        | 2022-07-02 | 5000
            """,
        pensions="""
            person_id | event_date | monthly_amount
            p1        | 2001-01-01 | 500
            """,
    )

    assert values(rows, "data_months_of_history") == {"h1": 24.0}
    assert values(rows, "data_feeds_first_seen_365d") == {"h1": 1}
    assert values(rows, "data_feeds_without_facts") == {"h1": 5}
    assert values(rows, "data_days_since_medical") == {"h1": 30}
