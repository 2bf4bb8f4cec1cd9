"""Property: what the register says of homes, and the last authorised asset check."""

from ibis.backends.duckdb import Backend

from features.groups import property
from features.registry import Feature
from tests.features.records import built, homes, row_of, values, view_of


def test_a_common_home_of_a_couple_is_one_home_at_least_and_two_at_most(engine: Backend) -> None:
    row = row_of(
        engine,
        property.GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date
            r1           | p1        | h1           | a1         | 2015-01-01
            r2           | p2        | h1           | a1         | 2015-01-01
            """,
        property_holdings="""
            holding_id | person_id | event_date | valid_to | properties
            o1         | p1        | 2016-01-01 | ?        | 1
            o2         | p2        | 2016-01-01 | ?        | 1
            """,
    )

    assert row["property_homes"] == 1
    assert row["property_homes_at_most"] == 2
    assert not row["property_is_none_on_record"]


def test_a_home_is_given_up_within_a_year(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("within outside one_of_two never still"),
        property_holdings="""
            holding_id | person_id    | event_date | valid_to   | properties
            o1         | p_within     | 2010-01-01 | 2023-07-02 | 1
            o2         | p_outside    | 2010-01-01 | 2023-07-01 | 1
            o3         | p_one_of_two | 2010-01-01 | 2024-02-01 | 2
            o4         | p_one_of_two | 2024-02-02 | ?          | 1
            o5         | p_still      | 2010-01-01 | ?          | 3
            """,
    )

    rows = built(engine, property.GROUP, view)

    # valid_to is the last day held: until 2 July 2023 is until the first day of the year looked back on.
    assert values(rows, "property_given_up_365d") == {
        "within": 1, "outside": 0, "one_of_two": 1, "never": None, "still": 0,
    }  # fmt: skip
    assert values(rows, "property_homes") == {
        "within": 0, "outside": 0, "one_of_two": 1, "never": None, "still": 3,
    }  # fmt: skip
    assert values(rows, "property_is_none_on_record") == {
        "within": True, "outside": True, "one_of_two": False, "never": True, "still": False,
    }  # fmt: skip
    assert values(rows, "property_changed_on")["within"] == "2023-07-02"


def test_what_husband_sells_and_wife_buys_is_both_given_up_and_gained(engine: Backend) -> None:
    row = row_of(
        engine,
        property.GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date
            r1           | p1        | h1           | a1         | 2015-01-01
            r2           | p2        | h1           | a1         | 2015-01-01
            """,
        property_holdings="""
            holding_id | person_id | event_date | valid_to   | properties
            o1         | p1        | 2016-01-01 | 2024-01-01 | 1
            o2         | p2        | 2024-01-02 | ?          | 2
            """,
    )

    assert (row["property_given_up_365d"], row["property_gained_365d"]) == (1, 2)


def test_the_last_asset_check_is_told_with_its_age(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("checked unchecked"),
        asset_checks="""
            check_id | person_id | authorisation_id | event_date | result
            c1       | p_checked | z1               | 2023-01-01 | within_limit
            c2       | p_checked | z2               | 2024-06-21 | above_limit
            """,
    )

    rows = built(engine, property.GROUP, view)

    assert values(rows, "property_check_result") == {"checked": "above_limit", "unchecked": None}
    assert values(rows, "property_days_since_check") == {"checked": 10, "unchecked": None}


def test_no_model_may_read_an_asset_check() -> None:
    def of_checks(feature: Feature) -> bool:
        return "asset_checks" in property.GROUP.sources_of(feature)

    read = [feature for feature in property.GROUP.features if of_checks(feature)]

    assert {feature.purpose for feature in read} == {"decide_rules"}
    assert not [feature.name for feature in read if feature.phrase]
