"""Utilities: what falls silent, what a subsidy hides, who falls behind for the first time."""

from datetime import date

from ibis.backends.duckdb import Backend

from features.groups import utilities
from tests.features.records import built, homes, row_of, values, view_of
from tests.features.test_groups_home_and_bills import meters


def test_water_falls_silent_where_it_had_been_used_and_others_go_on(engine: Backend) -> None:
    cases = "others billed_nothing no_bill_76 no_bill_75 never_used used_again never_billed"
    view = view_of(
        engine,
        residents=homes(cases),
        utility_accounts=meters(cases, "water"),
        utility_bills="""
            account_id             | service | event_date | usage
            u_others_water         | water   | 2024-06-01 | 8
            u_billed_nothing_water | water   | 2024-04-01 | 8
            u_billed_nothing_water | water   | 2024-06-01 | 0
            u_no_bill_76_water     | water   | 2024-03-17 | 8
            u_no_bill_75_water     | water   | 2024-03-18 | 8
            u_never_used_water     | water   | 2024-06-01 | 0
            u_used_again_water     | water   | 2024-04-01 | 0
            u_used_again_water     | water   | 2024-06-01 | 1
            """,
    )

    rows = built(engine, utilities.GROUP, view)

    assert values(rows, "water_is_silent") == {
        "others": False, "billed_nothing": True, "no_bill_76": True, "no_bill_75": False,
        "never_used": False, "used_again": False, "never_billed": None,
    }  # fmt: skip
    assert values(rows, "utility_silent_services")["billed_nothing"] == 1
    assert values(rows, "utility_silent_services")["never_billed"] is None
    assert values(rows, "utility_water_used_on")["billed_nothing"] == "2024-04-01"


def test_a_feed_that_stops_for_everybody_silences_nobody(engine: Backend) -> None:
    row = row_of(
        engine,
        utilities.GROUP,
        utility_bills="""
            account_id | service | event_date | usage
            u1         | power   | 2024-06-01 | 80
            u1         | water   | 2024-01-10 | 8
            """,
    )

    assert not row["water_is_silent"]
    assert row["utility_silent_services"] == 0


def test_a_family_that_empties_its_house_is_seen_in_three_services_at_once(engine: Backend) -> None:
    cases = "others gone"
    bills = "\n".join(
        f"u_{case}_{service} | {service} | {day} | 9"
        for service in ("power", "water", "gas")
        for case, day in (("others", "2024-06-01"), ("gone", "2024-02-01"))
    )
    view = view_of(
        engine,
        residents=homes(cases),
        utility_accounts=meters(cases, "power water gas"),
        utility_bills="account_id | service | event_date | usage\n" + bills,
    )

    rows = built(engine, utilities.GROUP, view)

    assert values(rows, "utility_silent_services") == {"others": 0, "gone": 3}


def test_a_subsidy_is_told_apart_from_saving(engine: Backend) -> None:
    cases = "subsidised saving unbilled"
    view = view_of(
        engine,
        residents=homes(cases),
        utility_accounts=meters(cases),
        utility_bills="""
            account_id         | service | event_date | usage | amount_due | subsidy_amount
            u_subsidised_power | power   | 2023-05-02 | 100   | 50         | 0
            u_subsidised_power | power   | 2024-05-02 | 100   | 30.01      | 19.99
            u_saving_power     | power   | 2023-05-02 | 100   | 50         | 0
            u_saving_power     | power   | 2024-05-02 | 60    | 30         | 0
            """,
    )

    rows = built(engine, utilities.GROUP, view)

    assert values(rows, "power_use_change_90d") == {
        "subsidised": 0,
        "saving": -0.4,
        "unbilled": None,
    }
    assert values(rows, "utility_subsidy_share_365d") == {
        "subsidised": 0.3998, "saving": 0, "unbilled": None,
    }  # fmt: skip
    assert values(rows, "utility_billed_before_subsidy_365d") == {
        "subsidised": 50, "saving": 30, "unbilled": None,
    }  # fmt: skip


def test_use_is_compared_over_the_same_meters_and_months_only(engine: Backend) -> None:
    row = row_of(
        engine,
        utilities.GROUP,
        utility_accounts="""
            account_id | service | address_id | event_date
            u1         | power   | a1         | 2015-01-01
            new_meter  | power   | a1         | 2024-04-01
            """,
        utility_bills="""
            account_id | service | event_date | usage
            u1         | power   | 2023-04-02 | 100
            u1         | power   | 2023-05-02 | 100
            u1         | power   | 2024-05-02 | 80
            u1         | power   | 2024-06-02 | 999
            new_meter  | power   | 2024-05-02 | 500
            """,
    )

    assert round(row["power_use_change_90d"], 9) == -0.2
    assert row["power_use_per_person_90d"] == (80 + 999 + 500) / 3


def test_ninety_days_may_touch_a_fifth_month(engine: Backend) -> None:
    # The ninetieth day before 1 May 2023 is 31 January.
    row = row_of(
        engine,
        utilities.GROUP,
        on=date(2023, 5, 1),
        utility_bills="""
            account_id | service | event_date | usage
            u1         | power   | 2022-01-05 | 100
            u1         | power   | 2023-01-31 | 50
            """,
    )

    assert row["power_use_change_90d"] == -0.5


def test_arrears_are_told_by_service_and_unknown_where_it_is_not_billed(engine: Backend) -> None:
    row = row_of(
        engine,
        utilities.GROUP,
        utility_bills="""
            account_id | service | event_date | due_date   | paid_on    | amount_due | known_from
            u1         | power   | 2024-03-01 | 2024-03-16 | ?          | 80.5       | 2024-06-10
            u1         | power   | 2024-05-01 | 2024-05-16 | ?          | 20         | 2024-06-10
            u1         | water   | 2024-05-01 | 2024-05-16 | 2024-05-10 | 30         | 2024-06-10
            """,
    )

    assert row["power_unpaid_amount"] == 100.5
    assert row["water_unpaid_amount"] == 0
    assert row.isna()["gas_unpaid_amount"]


def test_first_arrears_come_after_a_whole_year_without(engine: Backend) -> None:
    cases = "first again older_than_a_year too_short none"
    view = view_of(
        engine,
        residents=homes(cases),
        utility_accounts=meters(cases),
        utility_bills="""
            account_id                | service | event_date | due_date   | paid_on    | known_from
            u_first_power             | power   | 2023-04-02 | 2023-04-17 | 2023-04-10 | 2023-05-10
            u_first_power             | power   | 2024-05-01 | 2024-05-16 | ?          | 2024-06-10
            u_again_power             | power   | 2023-04-02 | 2023-04-17 | 2023-04-10 | 2023-05-10
            u_again_power             | power   | 2023-04-03 | 2023-04-18 | 2023-05-20 | 2023-06-10
            u_again_power             | power   | 2024-05-01 | 2024-05-16 | ?          | 2024-06-10
            u_older_than_a_year_power | power   | 2023-04-02 | 2023-04-17 | 2023-05-20 | 2023-06-10
            u_older_than_a_year_power | power   | 2024-05-01 | 2024-05-16 | ?          | 2024-06-10
            u_too_short_power         | power   | 2023-04-03 | 2023-04-18 | 2023-04-10 | 2023-05-10
            u_too_short_power         | power   | 2024-05-01 | 2024-05-16 | ?          | 2024-06-10
            u_none_power              | power   | 2023-04-02 | 2023-04-17 | 2023-04-10 | 2023-05-10
            u_none_power              | power   | 2024-05-01 | 2024-05-16 | 2024-05-20 | 2024-06-10
            """,
    )

    rows = built(engine, utilities.GROUP, view)

    assert values(rows, "utility_is_first_arrears_90d") == {
        "first": True, "again": False, "older_than_a_year": True, "too_short": None, "none": False,
    }  # fmt: skip


def test_chronic_lateness_is_a_share_and_days_on_the_mean(engine: Backend) -> None:
    cases = "late in_time"
    view = view_of(
        engine,
        residents=homes(cases),
        utility_accounts=meters(cases),
        utility_bills="""
            account_id      | service | event_date | due_date   | paid_on    | known_from
            u_late_power    | power   | 2024-02-01 | 2024-02-16 | 2024-02-20 | 2024-06-10
            u_late_power    | power   | 2024-03-01 | 2024-03-16 | 2024-03-26 | 2024-06-10
            u_late_power    | power   | 2024-04-01 | 2024-04-16 | ?          | 2024-06-10
            u_late_power    | power   | 2024-05-01 | 2024-05-16 | 2024-05-16 | 2024-06-10
            u_late_power    | power   | 2024-06-01 | 2024-06-16 | ?          | 2024-06-10
            u_in_time_power | power   | 2024-05-01 | 2024-05-16 | 2024-05-16 | 2024-06-10
            """,
    )

    rows = built(engine, utilities.GROUP, view)

    # The bill of June was not due yet when it was reported.
    assert values(rows, "utility_late_share_365d") == {"late": 0.75, "in_time": 0}
    assert values(rows, "utility_days_late_mean_365d") == {"late": 7, "in_time": None}


def test_joint_arrears_of_half_a_year_are_more_than_those_of_three_months(engine: Backend) -> None:
    months = "\n".join(
        f"u1 | {service} | 2024-0{month}-01 | 2024-0{month}-16 | ? | 2024-06-28"
        for month in (2, 5)
        for service in ("power", "water")
    )
    row = row_of(
        engine,
        utilities.GROUP,
        utility_bills="account_id | service | event_date | due_date | paid_on | known_from\n"
        + months,
    )

    assert row["utility_joint_arrears_months_90d"] == 1
    assert row["utility_joint_arrears_months_180d"] == 2


def test_days_without_supply_and_reconnections_are_those_of_the_year(engine: Backend) -> None:
    cases = "long_ago back_a_year_ago still_cut both_services fault"
    view = view_of(
        engine,
        residents=homes(cases),
        utility_accounts=meters(cases, "power water"),
        utility_interruptions="""
            account_id              | service | event_date | restored_on | reason
            u_long_ago_power        | power   | 2023-06-01 | 2023-07-01  | arrears
            u_back_a_year_ago_power | power   | 2023-06-01 | 2023-07-04  | arrears
            u_still_cut_power       | power   | 2024-06-21 | ?           | arrears
            u_both_services_power   | power   | 2024-05-01 | 2024-05-11  | arrears
            u_both_services_water   | water   | 2024-05-01 | 2024-05-06  | arrears
            u_fault_power           | power   | 2024-05-01 | 2024-05-03  | fault
            """,
    )

    rows = built(engine, utilities.GROUP, view)

    # The year before 1 July 2024 began on 2 July 2023.
    assert values(rows, "utility_days_without_supply_365d") == {
        "long_ago": 0, "back_a_year_ago": 2, "still_cut": 10, "both_services": 15, "fault": None,
    }  # fmt: skip
    assert values(rows, "utility_reconnections_365d") == {
        "long_ago": 0, "back_a_year_ago": 1, "still_cut": 0, "both_services": 2, "fault": None,
    }  # fmt: skip


def test_heating_alone_says_nothing_of_what_is_used_all_year(engine: Backend) -> None:
    row = row_of(
        engine,
        utilities.GROUP,
        utility_bills="""
            account_id | service | event_date | usage
            u1         | heating | 2024-01-10 | 80
            """,
    )

    assert row.isna()["utility_silent_services"]
    assert row["utility_unpaid_bills"] == 1
