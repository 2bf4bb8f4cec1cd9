"""Housing: homes left, rents before and now, addresses shared."""

from ibis.backends.duckdb import Backend

from features.groups import housing
from tests.features.records import built, homes, row_of, values, view_of


def test_a_home_left_counts_for_two_years(engine: Backend) -> None:
    cases = "cheaper long_ago not_yet same_home sold bought"
    view = view_of(
        engine,
        residents=homes(cases),
        housing_tenure="""
            tenure_id | person_id   | address_id  | event_date | valid_to   | tenure         | monthly_rent
            t1        | p_cheaper   | a_before    | 2018-01-01 | 2022-07-02 | private_rental | 1500.5
            t2        | p_cheaper   | a_cheaper   | 2022-07-03 | ?          | private_rental | 900
            t3        | p_long_ago  | a_before    | 2018-01-01 | 2022-07-01 | private_rental | 1500
            t4        | p_long_ago  | a_long_ago  | 2022-07-02 | ?          | private_rental | 900
            t5        | p_not_yet   | a_before    | 2018-01-01 | 2024-07-01 | owned          | ?
            t6        | p_not_yet   | a_not_yet   | 2024-06-01 | ?          | private_rental | 900
            t7        | p_same_home | a_same_home | 2018-01-01 | 2023-12-31 | owned          | ?
            t8        | p_same_home | a_same_home | 2024-01-01 | ?          | private_rental | 900
            t9        | p_sold      | a_before    | 2018-01-01 | 2023-12-31 | owned          | ?
            t10       | p_sold      | a_sold      | 2024-01-01 | ?          | private_rental | 900
            t11       | p_bought    | a_before    | 2018-01-01 | 2023-12-31 | owned          | ?
            t12       | p_bought    | a_bought    | 2024-01-01 | ?          | owned          | ?
            """,
    )

    rows = built(engine, housing.GROUP, view)

    # Two years before 1 July 2024 is 2 July 2022: half-open windows count days, and 2024 has one more.
    assert values(rows, "housing_rent_change_730d") == {
        "cheaper": -600.5, "long_ago": None, "not_yet": None, "same_home": None, "sold": None,
        "bought": None,
    }  # fmt: skip
    gave_up = values(rows, "housing_gave_up_own_home_730d")
    assert {case for case, value in gave_up.items() if value} == {"sold"}
    assert values(rows, "housing_left_on")["cheaper"] == "2022-07-02"
    assert values(rows, "housing_monthly_rent")["sold"] == 900


def test_the_home_left_last_is_the_one_whose_tenure_ended_last(engine: Backend) -> None:
    row = row_of(
        engine,
        housing.GROUP,
        housing_tenure="""
            tenure_id | person_id | address_id | event_date | valid_to   | tenure         | monthly_rent
            t1        | p1        | a8         | 2023-01-01 | 2023-06-30 | private_rental | 700
            t2        | p1        | a9         | 2015-01-01 | 2024-01-31 | private_rental | 2000
            t3        | p1        | a1         | 2024-02-01 | ?          | private_rental | 900
            """,
    )

    assert row["housing_rent_change_730d"] == -1100


def test_addresses_of_two_years_are_counted_per_member(engine: Backend) -> None:
    view = view_of(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | valid_to
            r1           | p1        | settled      | a1         | 2015-01-01 | ?
            r2           | p2        | moved        | a2         | 2015-01-01 | 2022-07-02
            r3           | p2        | moved        | a3         | 2022-07-03 | 2023-03-01
            r4           | p2        | moved        | a4         | 2023-03-02 | ?
            r5           | p3        | earlier      | a5         | 2015-01-01 | 2022-07-01
            r6           | p3        | earlier      | a6         | 2022-07-02 | ?
            r7           | p4        | back         | a7         | 2015-01-01 | 2023-03-01
            r8           | p4        | back         | a8         | 2023-03-02 | 2023-09-01
            r9           | p4        | back         | a7         | 2023-09-02 | ?
            r10          | p5        | couple       | a9         | 2023-01-01 | ?
            r11          | p6        | couple       | a9         | 2023-01-01 | ?
            r12          | p5        | hers         | a10        | 2015-01-01 | 2022-12-31
            r13          | p6        | his          | a11        | 2015-01-01 | 2022-12-31
            """,
    )

    rows = built(engine, housing.GROUP, view)

    assert values(rows, "housing_other_addresses_730d") == {
        "settled": 0, "moved": 2, "earlier": 0, "back": 1, "couple": 1,
    }  # fmt: skip


def test_families_doubled_up_see_each_other_at_the_door(engine: Backend) -> None:
    view = view_of(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date
            r1           | p1        | h1           | a1         | 2015-01-01
            r2           | p2        | h2           | a1         | 2015-01-01
            r3           | p3        | h3           | a1         | 2015-01-01
            r4           | p4        | h4           | a4         | 2015-01-01
            """,
    )

    rows = built(engine, housing.GROUP, view)

    assert values(rows, "housing_other_households_at_address") == {
        "h1": 2, "h2": 2, "h3": 2, "h4": 0,
    }  # fmt: skip


def test_rent_arrears_have_an_age(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("owing paid no_ledger"),
        public_rent_ledger="""
            address_id | event_date | rent_due | rent_paid
            a_owing    | 2024-02-01 | 100      | 100
            a_owing    | 2024-03-01 | 100      | 99.5
            a_owing    | 2024-05-01 | 100      | 0
            a_paid     | 2024-03-01 | 100      | 120
            """,
    )

    rows = built(engine, housing.GROUP, view)

    assert values(rows, "housing_rent_oldest_arrears_days") == {
        "owing": 122, "paid": 0, "no_ledger": None,
    }  # fmt: skip
    assert values(rows, "housing_rent_arrears_365d") == {
        "owing": 100.5,
        "paid": 0,
        "no_ledger": None,
    }
