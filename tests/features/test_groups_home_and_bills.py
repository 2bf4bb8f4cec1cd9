"""Utilities, housing, place: what hangs on an address, and whose it was at the time."""

from ibis.backends.duckdb import Backend

from features.groups import housing, place, utilities
from tests.features.records import built, homes, row_of, values, view_of


def meters(names: str, services: str = "power") -> str:
    """Return the accounts of each household: ``u_case_power`` at ``a_case``."""
    lines = [
        f"u_{case}_{service} | {service} | a_{case} | 2015-01-01"
        for case in names.split()
        for service in services.split()
    ]
    return "\n".join(["account_id | service | address_id | event_date", *lines])


def test_a_bill_is_unpaid_if_it_was_past_due_when_last_reported(engine: Backend) -> None:
    cases = "unpaid not_yet_due paid paid_known_later reported_before_due fresh_account"
    view = view_of(
        engine,
        residents=homes(cases),
        utility_accounts=meters(cases),
        utility_bills="""
            bill_id | account_id                  | service | event_date | due_date   | paid_on    | amount_due | known_from | known_until
            b1      | u_unpaid_power              | power   | 2024-05-01 | 2024-05-16 | ?          | 80.5       | 2024-06-10 | ?
            b2      | u_not_yet_due_power         | power   | 2024-06-01 | 2024-06-16 | ?          | 10         | 2024-06-16 | ?
            b3      | u_paid_power                | power   | 2024-05-01 | 2024-05-16 | 2024-05-16 | 10         | 2024-06-10 | ?
            b4      | u_paid_known_later_power    | power   | 2024-05-01 | 2024-05-16 | ?          | 20         | 2024-06-10 | 2024-07-01
            b4      | u_paid_known_later_power    | power   | 2024-05-01 | 2024-05-16 | 2024-06-20 | 20         | 2024-07-01 | ?
            b5      | u_reported_before_due_power | power   | 2024-05-01 | 2024-05-16 | ?          | 10         | 2024-05-16 | ?
            """,
    )

    rows = built(engine, utilities.GROUP, view)

    assert values(rows, "utility_unpaid_bills") == {
        "unpaid": 1, "not_yet_due": 0, "paid": 0, "paid_known_later": 1, "reported_before_due": 0,
        "fresh_account": None,
    }  # fmt: skip
    assert values(rows, "utility_unpaid_amount")["unpaid"] == 80.5
    assert values(rows, "utility_oldest_unpaid_days")["unpaid"] == 46
    assert values(rows, "utility_oldest_unpaid_on")["unpaid"] == "2024-05-16"


def test_arrears_of_two_services_in_one_month_are_a_joint_signal(engine: Backend) -> None:
    cases = "same_month other_month same_service paid_31_late paid_30_late"
    view = view_of(
        engine,
        residents=homes(cases),
        utility_accounts=meters(cases, "power water"),
        utility_bills="""
            account_id           | service | event_date | due_date   | paid_on    | known_from
            u_same_month_power   | power   | 2024-05-01 | 2024-05-16 | ?          | 2024-06-10
            u_same_month_water   | water   | 2024-05-04 | 2024-05-20 | ?          | 2024-06-10
            u_other_month_power  | power   | 2024-04-01 | 2024-04-16 | ?          | 2024-06-10
            u_other_month_water  | water   | 2024-05-04 | 2024-05-20 | ?          | 2024-06-10
            u_same_service_power | power   | 2024-05-01 | 2024-05-16 | ?          | 2024-06-10
            u_same_service_power | power   | 2024-05-02 | 2024-05-16 | ?          | 2024-06-10
            u_paid_31_late_power | power   | 2024-04-05 | 2024-04-20 | 2024-05-21 | 2024-06-10
            u_paid_31_late_water | water   | 2024-04-05 | 2024-04-20 | 2024-05-21 | 2024-06-10
            u_paid_30_late_power | power   | 2024-04-05 | 2024-04-20 | 2024-05-20 | 2024-06-10
            u_paid_30_late_water | water   | 2024-04-05 | 2024-04-20 | 2024-05-21 | 2024-06-10
            """,
    )

    rows = built(engine, utilities.GROUP, view)

    assert values(rows, "utility_joint_arrears_months_90d") == {
        "same_month": 1, "other_month": 0, "same_service": 0, "paid_31_late": 1, "paid_30_late": 0,
    }  # fmt: skip
    assert values(rows, "utility_arrears_services_180d") == {
        "same_month": 2, "other_month": 2, "same_service": 1, "paid_31_late": 2, "paid_30_late": 1,
    }  # fmt: skip
    assert values(rows, "utility_late_bills_365d")["paid_30_late"] == 2


def test_use_is_compared_with_the_same_months_a_year_before_and_not_with_what_is_due(
    engine: Backend,
) -> None:
    cases = "halved subsidised no_year_before bimonthly"
    view = view_of(
        engine,
        residents=homes(cases),
        utility_accounts=meters(cases, "power water"),
        utility_bills="""
            account_id             | service | event_date | due_date   | usage | amount_due
            u_halved_power         | power   | 2023-05-02 | 2023-05-17 | 200   | 100
            u_halved_power         | power   | 2023-02-02 | 2023-02-17 | 900   | 450
            u_halved_power         | power   | 2024-05-04 | 2024-05-19 | 100   | 50
            u_subsidised_power     | power   | 2023-05-02 | 2023-05-17 | 200   | 100
            u_subsidised_power     | power   | 2024-05-04 | 2024-05-19 | 200   | 10
            u_no_year_before_power | power   | 2023-03-02 | 2023-03-17 | 200   | 100
            u_no_year_before_power | power   | 2024-05-04 | 2024-05-19 | 200   | 100
            u_bimonthly_water      | water   | 2023-04-02 | 2023-04-17 | 10    | 30
            u_bimonthly_water      | water   | 2023-06-02 | 2023-06-17 | 10    | 30
            u_bimonthly_water      | water   | 2024-04-02 | 2024-04-17 | 10    | 30
            u_bimonthly_water      | water   | 2024-06-02 | 2024-06-17 | 5     | 15
            """,
    )

    rows = built(engine, utilities.GROUP, view)

    assert values(rows, "power_use_change_90d") == {
        "halved": -0.5, "subsidised": 0, "no_year_before": None, "bimonthly": None,
    }  # fmt: skip
    assert values(rows, "water_use_change_90d")["bimonthly"] == -0.25
    assert values(rows, "utility_lowest_use_change_90d")["halved"] == -0.5
    assert values(rows, "power_use_per_person_90d")["halved"] == 100


def test_bills_of_whoever_lived_there_before_are_left_out(engine: Backend) -> None:
    row = row_of(
        engine,
        utilities.GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date
            r1           | p1        | h1           | a1         | 2024-03-01
            """,
        utility_bills="""
            bill_id   | account_id | service | event_date | due_date   | paid_on | known_from
            theirs    | u1         | power   | 2024-02-29 | 2024-03-15 | ?       | 2024-04-10
            their_own | u1         | power   | 2024-03-01 | 2024-03-16 | ?       | 2024-04-10
            """,
    )

    assert row["utility_unpaid_bills"] == 1


def test_cut_offs_count_for_arrears_only_and_last_until_reported_restored(
    engine: Backend,
) -> None:
    cases = "cut restored restored_known_later fault year_before"
    view = view_of(
        engine,
        residents=homes(cases),
        utility_accounts=meters(cases),
        utility_interruptions="""
            interruption_id | account_id                   | service | event_date | restored_on | reason  | known_from | known_until
            i1              | u_cut_power                  | power   | 2023-07-02 | ?           | arrears | 2023-08-12 | ?
            i2              | u_restored_power             | power   | 2024-05-01 | 2024-05-03  | arrears | 2024-06-12 | ?
            i3              | u_restored_known_later_power | power   | 2024-05-01 | ?           | arrears | 2024-06-12 | 2024-07-12
            i3              | u_restored_known_later_power | power   | 2024-05-01 | 2024-06-20  | arrears | 2024-07-12 | ?
            i4              | u_fault_power                | power   | 2024-05-01 | ?           | fault   | 2024-06-12 | ?
            i5              | u_year_before_power          | power   | 2023-07-01 | ?           | arrears | 2023-08-12 | ?
            """,
    )

    rows = built(engine, utilities.GROUP, view)

    assert values(rows, "utility_cut_offs_365d") == {
        "cut": 1, "restored": 1, "restored_known_later": 1, "fault": None, "year_before": 0,
    }  # fmt: skip
    assert values(rows, "utility_is_cut_off") == {
        "cut": True, "restored": False, "restored_known_later": True, "fault": None,
        "year_before": False,
    }  # fmt: skip


def test_housing_speaks_of_the_home_lived_in(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("tenant landlord moved_in"),
        housing_tenure="""
            tenure_id | person_id  | address_id  | event_date | valid_to   | tenure         | floor_area
            t1        | p_tenant   | a_tenant    | 2018-01-01 | 2023-12-31 | owned          | 90
            t2        | p_tenant   | a_tenant    | 2024-01-01 | ?          | private_rental | 40
            t3        | p_landlord | a_elsewhere | 2024-01-01 | ?          | owned          | 300
            """,
        housing_danger="""
            assessment_id | address_id  | event_date | valid_to | grade
            d1            | a_tenant    | 2020-01-01 | ?        | D
            d2            | a_tenant    | 2024-01-01 | ?        | B
            d3            | a_landlord  | 2024-06-30 | ?        | C
            d4            | a_elsewhere | 2024-01-01 | ?        | D
            """,
    )

    rows = built(engine, housing.GROUP, view)

    assert values(rows, "housing_tenure") == {
        "tenant": "private_rental", "landlord": None, "moved_in": None,
    }  # fmt: skip
    assert values(rows, "housing_floor_area_per_person")["tenant"] == 40
    # The grade of 30 June arrives on 1 July: not known that night.
    assert values(rows, "housing_danger_grade") == {"tenant": 2, "landlord": None, "moved_in": None}
    assert values(rows, "housing_days_at_address")["moved_in"] == 3469


def test_rent_is_owed_from_the_own_time_at_the_address(engine: Backend) -> None:
    row = row_of(
        engine,
        housing.GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date
            r1           | p1        | h1           | a1         | 2024-02-01
            """,
        public_rent_ledger="""
            ledger_id  | address_id | event_date | rent_due | rent_paid
            theirs     | a1         | 2024-01-01 | 100      | 0
            unpaid     | a1         | 2024-02-01 | 100      | 0
            in_part    | a1         | 2024-03-01 | 100      | 40
            paid       | a1         | 2024-04-01 | 100      | 100
            """,
    )

    assert row["housing_rent_arrears_365d"] == 160
    assert row["housing_rent_arrears_months_365d"] == 2
    assert f"{row['housing_rent_owed_since']:%Y-%m-%d}" == "2024-02-01"


def test_the_rates_of_a_grid_are_those_of_the_neighbours(engine: Backend) -> None:
    cases = "in_need neighbour third hermit"
    view = view_of(
        engine,
        residents=homes(cases),
        addresses="""
            address_id  | grid_id | event_date
            a_in_need   | g1      | 2015-01-01
            a_neighbour | g1      | 2015-01-01
            a_third     | g1      | 2015-01-01
            a_hermit    | g2      | 2015-01-01
            """,
        utility_accounts=meters(cases),
        utility_bills="""
            account_id      | service | event_date | due_date   | paid_on | known_from
            u_in_need_power | power   | 2024-04-01 | 2024-04-16 | ?       | 2024-05-10
            """,
        benefits="""
            person_id   | event_date | valid_to   | scheme
            p_neighbour | 2024-01-01 | ?          | dibao
            p_third     | 2024-01-01 | ?          | old_age_allowance
            p_third     | 2023-01-01 | 2024-01-01 | dibao
            """,
        visits="""
            household_id | event_date | finding            | known_from
            in_need      | 2023-07-02 | need_no_entitlement | 2023-08-01
            neighbour    | 2023-07-01 | need_aid_started    | 2023-08-01
            third        | 2024-06-29 | no_need             | 2024-06-30
            third        | 2024-06-30 | need_aid_started    | 2024-07-01
            """,
    )

    rows = built(engine, place.GROUP, view)

    assert values(rows, "place_arrears_share") == {
        "in_need": 0, "neighbour": 0.5, "third": 0.5, "hermit": None,
    }  # fmt: skip
    assert values(rows, "place_covered_share")["third"] == 0.5
    assert values(rows, "place_need_found_share_365d") == {
        "in_need": 0, "neighbour": 0.5, "third": 0.5, "hermit": None,
    }  # fmt: skip
    assert values(rows, "place_visited_share_365d")["in_need"] == 0.5
