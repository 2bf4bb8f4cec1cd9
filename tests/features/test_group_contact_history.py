"""Contact: visits that found need and led to nothing, doors that stay shut."""

from ibis.backends.duckdb import Backend

from features.groups import contact_history
from tests.features.records import built, homes, row_of, values, view_of


def test_need_is_without_help_until_a_covering_benefit_begins(engine: Backend) -> None:
    cases = "helped same_day helped_before other_scheme no_help no_need"
    view = view_of(
        engine,
        residents=homes(cases),
        visits="""
            household_id  | event_date | finding
            helped        | 2024-02-01 | need_aid_started
            helped        | 2024-03-01 | need_no_entitlement
            same_day      | 2024-03-01 | need_aid_started
            helped_before | 2024-03-01 | need_no_entitlement
            other_scheme  | 2024-03-01 | need_aid_started
            no_help       | 2022-08-01 | need_no_entitlement
            no_help       | 2024-03-01 | need_no_entitlement
            no_need       | 2024-03-01 | no_need
            """,
        benefits="""
            person_id       | event_date | scheme
            p_helped        | 2024-02-20 | dibao
            p_same_day      | 2024-03-01 | temporary_aid
            p_helped_before | 2024-02-29 | dibao
            p_other_scheme  | 2024-04-01 | old_age_allowance
            """,
    )

    rows = built(engine, contact_history.GROUP, view)

    assert values(rows, "contact_need_without_help_365d") == {
        "helped": 1, "same_day": 0, "helped_before": 1, "other_scheme": 1, "no_help": 1, "no_need": 0,
    }  # fmt: skip
    assert values(rows, "contact_need_without_help_730d")["no_help"] == 2


def test_a_door_is_shut_since_somebody_was_last_met(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("opened never_met met_again refused"),
        visits="""
            household_id | event_date | finding
            opened       | 2023-01-01 | not_found
            opened       | 2024-01-01 | no_need
            opened       | 2024-03-01 | not_found
            opened       | 2024-05-01 | not_found
            never_met    | 2021-05-01 | not_found
            never_met    | 2024-05-01 | not_found
            met_again    | 2024-03-01 | not_found
            met_again    | 2024-05-01 | no_need
            refused      | 2024-03-01 | not_found
            refused      | 2024-05-01 | refused
            """,
    )

    rows = built(engine, contact_history.GROUP, view)

    assert values(rows, "contact_not_found_since_met") == {
        "opened": 2, "never_met": 2, "met_again": 0, "refused": 0,
    }  # fmt: skip
    assert values(rows, "contact_refused_365d")["refused"] == 1
    assert values(rows, "contact_refused_on")["refused"] == "2024-05-01"


def test_visits_that_disagree_are_seen(engine: Backend) -> None:
    row = row_of(
        engine,
        contact_history.GROUP,
        visits="""
            household_id | event_date | finding             | needs     | channel
            h1           | 2024-01-01 | no_need             | ?         | routine_random
            h1           | 2024-02-01 | need_no_entitlement | cash;care | list
            h1           | 2024-03-01 | need_no_entitlement | cash      | trigger
            h1           | 2024-06-01 | refused             | ?         | cadence
            """,
    )

    assert row["contact_different_findings_730d"] == 3
    assert row["contact_needs_named_730d"] == 2
    assert row["contact_alerted_visits_365d"] == 2
    assert row["contact_days_since_need_found"] == 122
    assert row["contact_days_since_visit"] == 30


def test_without_any_need_found_the_days_since_are_unknown(engine: Backend) -> None:
    row = row_of(
        engine,
        contact_history.GROUP,
        visits="""
            household_id | event_date | finding
            h1           | 2024-01-01 | no_need
            """,
    )

    assert row.isna()["contact_days_since_need_found"]
    assert row["contact_needs_named_730d"] == 0
