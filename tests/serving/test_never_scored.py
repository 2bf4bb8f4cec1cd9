"""Who is in no row: counted by grid and reason from drawn registers, as known on the night."""

from datetime import date

import pytest

from features.connections import open_engine
from features.district import DISTRICT
from features.matrix import open_spine
from serving.upstream.never_scored import count_never_scored
from tests.features.records import feeds

NIGHT = date(2024, 7, 1)
TOLD = {
    "addresses": """
        address_id | grid_id | event_date
        -----------+---------+-----------
        a1         | g1      | 2015-01-01
        a2         | g1      | 2015-01-01
        a3         | g2      | 2015-01-01
        a4         | g2      | 2015-01-01
        """,
    "residents": """
        residence_id | person_id | household_id | address_id | event_date | valid_to
        -------------+-----------+--------------+------------+------------+-----------
        r1           | p1        | b1           | a1         | 2015-01-01 | ?
        r2           | p2        | b2           | a2         | 2015-01-01 | ?
        r3           | p3        | b2           | a2         | 2015-01-01 | ?
        r4           | p4        | b4           | a2         | 2015-01-01 | 2024-06-30
        r5           | p5        | b5           | a9         | 2015-01-01 | ?
        """,
    "household_members": """
        membership_id | person_id | household_id | address_id | event_date | certain
        --------------+-----------+--------------+------------+------------+--------
        m1            | p1        | h1           | a1         | 2015-01-01 | true
        m2            | p2        | h2           | a2         | 2015-01-01 | false
        m3            | p3        | h2           | a2         | 2015-01-01 | false
        m5            | p5        | h5           | a9         | 2015-01-01 | true
        """,
    "utility_accounts": """
        account_id | service | address_id | event_date
        -----------+---------+------------+-----------
        u1         | power   | a1         | 2015-01-01
        u2         | power   | a2         | 2015-01-01
        u3         | power   | a3         | 2015-01-01
        w3         | water   | a3         | 2015-01-01
        u4         | power   | a4         | 2015-01-01
        """,
    "utility_bills": """
        bill_id | account_id | event_date
        --------+------------+-----------
        x1      | u1         | 2024-06-01
        x2      | u2         | 2024-06-01
        x3      | u3         | 2024-06-01
        x4      | w3         | 2024-06-01
        x5      | u4         | 2023-07-01
        """,
}


@pytest.fixture(scope="module")
def engine():
    with open_engine(memory="500MB") as opened:
        yield opened


def counted(engine, **changes):
    told = feeds(engine, {**TOLD, **changes})
    spine, links = open_spine(engine, told, DISTRICT, as_of_dates=(NIGHT,))
    return count_never_scored(told, spine, links, as_of_date=NIGHT)


def test_books_dwellings_and_homes_in_no_grid_are_counted_once_each_where_they_lie(engine):
    assert counted(engine) == {
        # Both of b2 are members of h2 for all anybody knows, and of nothing for certain; b4 moved out.
        ("g1", "membership_doubtful"): 1,
        # a3: two accounts, one dwelling, nobody there. a4 was last billed a year and a day ago.
        ("g2", "unregistered_dwelling"): 1,
        # h5 is scored, and lives at an address the register of addresses does not know.
        ("", "no_grid"): 1,
    }


def test_a_bill_of_a_year_ago_still_counts_and_one_of_the_day_before_does_not(engine):
    bill = """
        bill_id | account_id | event_date
        x5      | u4         | {}
        """

    on_the_day = counted(engine, utility_bills=bill.format("2023-07-02"))
    day_before = counted(engine, utility_bills=bill.format("2023-07-01"))

    assert on_the_day[("g2", "unregistered_dwelling")] == 1
    assert ("g2", "unregistered_dwelling") not in day_before


def test_one_certain_member_is_enough_for_a_book_to_be_scored(engine):
    members = TOLD["household_members"].replace("2015-01-01 | false", "2015-01-01 | true", 1)

    assert ("g1", "membership_doubtful") not in counted(engine, household_members=members)
