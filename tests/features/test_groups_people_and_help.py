"""Composition, life events, benefits, traces, contact, data confidence."""

from ibis.backends.duckdb import Backend

from features.groups import (
    benefit_traces,
    benefits,
    composition,
    contact_history,
    data_confidence,
    life_events,
)
from tests.features.records import built, homes, row_of, values, view_of


def test_patterns_a_caseworker_asks_about(engine: Backend) -> None:
    view = view_of(
        engine,
        residents="""
            residence_id | person_id | household_id  | address_id | event_date | birth_date | relation   | hukou
            r1           | mother    | single_parent | a1         | 2015-01-01 | 1990-01-01 | head       | elsewhere
            r2           | child_17  | single_parent | a1         | 2015-01-01 | 2006-07-02 | child      | elsewhere
            r3           | mother_2  | grown_child   | a2         | 2015-01-01 | 1980-01-01 | head       | here
            r4           | child_18  | grown_child   | a2         | 2015-01-01 | 2006-07-01 | child      | here
            r5           | grandma   | left_behind   | a3         | 2015-01-01 | 1950-01-01 | head       | here
            r6           | grandson  | left_behind   | a3         | 2015-01-01 | 2015-01-01 | grandchild | here
            r7           | old_man   | elders_alone  | a4         | 2015-01-01 | 1940-01-01 | head       | here
            r8           | old_woman | elders_alone  | a4         | 2015-01-01 | 1944-01-01 | spouse     | here
            """,
    )

    rows = built(engine, composition.GROUP, view)

    assert values(rows, "household_is_single_parent") == {
        "elders_alone": False, "grown_child": False, "left_behind": True, "single_parent": True,
    }  # fmt: skip
    assert values(rows, "household_is_left_behind")["left_behind"] is True
    assert values(rows, "household_is_left_behind")["single_parent"] is False
    assert values(rows, "household_is_elders_alone") == {
        "elders_alone": True, "grown_child": False, "left_behind": False, "single_parent": False,
    }  # fmt: skip
    assert values(rows, "household_children")["grown_child"] == 0
    assert values(rows, "household_members_hukou_elsewhere")["single_parent"] == 2
    assert values(rows, "household_dependency_ratio")["elders_alone"] == 2
    assert values(rows, "household_head_age")["grown_child"] == 44


def test_a_departure_is_seen_once_it_is_known(engine: Backend) -> None:
    register = """
        residence_id | person_id | household_id | address_id | event_date | valid_to   | known_from | known_until
        r1           | stays     | h1           | a1         | 2015-01-01 | ?          | 2015-02-01 | ?
        r2           | left      | h1           | a1         | 2015-01-01 | ?          | 2015-02-01 | 2024-07-01
        r2           | left      | h1           | a1         | 2015-01-01 | 2024-05-20 | 2024-07-01 | ?
        r3           | left_may  | h1           | a1         | 2015-01-01 | 2024-05-20 | 2024-06-05 | ?
        r4           | left_long | h1           | a1         | 2015-01-01 | 2023-07-01 | 2023-08-05 | ?
        """

    row = row_of(engine, composition.GROUP, residents=register)
    life = row_of(engine, life_events.GROUP, residents=register)

    assert row["household_size"] == 2
    assert life["life_departures_365d"] == 1
    assert f"{life['life_last_departure_on']:%Y-%m-%d}" == "2024-05-20"


def test_a_death_is_found_in_the_household_that_lost_the_member(engine: Backend) -> None:
    view = view_of(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | valid_to   | birth_date
            r1           | widow     | bereaved     | a1         | 2015-01-01 | ?          | 1970-01-01
            r2           | husband   | bereaved     | a1         | 2015-01-01 | 2024-03-10 | 1965-01-01
            r3           | daughter  | old_grief    | a2         | 2015-01-01 | ?          | 1970-01-01
            r4           | grandpa   | old_grief    | a2         | 2015-01-01 | 2024-03-10 | 1940-01-01
            r5           | friend    | elsewhere    | a3         | 2015-01-01 | ?          | 1970-01-01
            """,
        life_events="""
            event_id | person_id | event_date | kind    | known_from
            e1       | husband   | 2024-03-10 | death   | 2024-04-06
            e2       | grandpa   | 2024-03-10 | death   | 2024-04-06
            e3       | friend    | 2024-06-01 | divorce | 2024-07-06
            e4       | widow     | 2023-07-01 | birth   | 2023-08-06
            e5       | daughter  | 2023-07-02 | divorce | 2023-08-06
            """,
    )

    rows = built(engine, life_events.GROUP, view)

    assert values(rows, "life_deaths_365d") == {"bereaved": 1, "old_grief": 1, "elsewhere": None}
    assert values(rows, "life_working_age_deaths_365d") == {
        "bereaved": 1, "old_grief": 0, "elsewhere": None,
    }  # fmt: skip
    assert values(rows, "life_divorces_365d")["old_grief"] == 1
    assert values(rows, "life_divorces_365d")["elsewhere"] is None
    assert values(rows, "life_last_death_on")["bereaved"] == "2024-03-10"


def test_covered_means_a_relief_scheme_in_force_as_known_that_night(engine: Backend) -> None:
    cases = "dibao allowance_only left end_known_later starts_today left_long_ago back_again"
    view = view_of(
        engine,
        residents=homes(cases),
        benefits="""
            benefit_id | person_id         | event_date | valid_to   | scheme             | monthly_amount | known_from | known_until
            b1         | p_dibao           | 2023-01-01 | ?          | dibao              | 800            | 2023-02-03 | ?
            b2         | p_allowance_only  | 2023-01-01 | ?          | disability_nursing | 150            | 2023-02-03 | ?
            b3         | p_left            | 2021-01-01 | 2024-05-31 | tekun              | 900            | 2024-06-03 | ?
            b4         | p_end_known_later | 2021-01-01 | ?          | dibao              | 500            | 2021-02-03 | 2024-07-03
            b4         | p_end_known_later | 2021-01-01 | 2024-05-31 | dibao              | 500            | 2024-07-03 | ?
            b5         | p_starts_today    | 2024-07-01 | ?          | dibao              | 500            | 2024-06-30 | ?
            b6         | p_left_long_ago   | 2020-01-01 | 2022-07-01 | dibao              | 500            | 2022-08-03 | ?
            b7         | p_back_again      | 2020-01-01 | 2024-01-31 | dibao              | 500            | 2024-02-03 | ?
            b8         | p_back_again      | 2024-05-01 | ?          | dibao_edge         | 0              | 2024-06-03 | ?
            """,
    )

    rows = built(engine, benefits.GROUP, view)

    assert values(rows, "benefit_is_covered") == {
        "dibao": True, "allowance_only": False, "left": False, "end_known_later": True,
        "starts_today": None, "left_long_ago": False, "back_again": True,
    }  # fmt: skip
    assert values(rows, "benefit_days_since_exit") == {
        "dibao": None, "allowance_only": None, "left": 31, "end_known_later": None,
        "starts_today": None, "left_long_ago": 731, "back_again": None,
    }  # fmt: skip
    assert values(rows, "benefit_left_on")["left"] == "2024-05-31"
    assert values(rows, "benefit_has_disability_subsidy")["allowance_only"] is True


def test_applications_count_by_the_day_they_were_decided(engine: Backend) -> None:
    cases = "refused decided_later refused_long_ago other_scheme pending"
    view = view_of(
        engine,
        residents=homes(cases),
        applications="""
            application_id | person_id         | event_date | scheme            | decision | decided_on | known_from | known_until
            x1             | p_refused         | 2023-06-01 | dibao             | pending  | ?          | 2023-07-03 | 2023-08-03
            x1             | p_refused         | 2023-06-01 | dibao             | refused  | 2023-07-02 | 2023-08-03 | ?
            x2             | p_decided_later   | 2024-05-01 | dibao             | pending  | ?          | 2024-06-03 | 2024-07-03
            x2             | p_decided_later   | 2024-05-01 | dibao             | refused  | 2024-06-15 | 2024-07-03 | ?
            x3             | p_refused_long_ago | 2023-05-01 | dibao            | refused  | 2023-07-01 | 2023-08-03 | ?
            x4             | p_other_scheme    | 2024-05-01 | old_age_allowance | refused  | 2024-05-20 | 2024-06-03 | ?
            x5             | p_pending         | 2023-07-02 | temporary_aid     | pending  | ?          | 2023-08-03 | ?
            """,
    )

    rows = built(engine, benefits.GROUP, view)

    assert values(rows, "application_refused_365d") == {
        "refused": 1, "decided_later": 0, "refused_long_ago": 0, "other_scheme": 0, "pending": 0,
    }  # fmt: skip
    assert values(rows, "application_pending") == {
        "refused": 0, "decided_later": 1, "refused_long_ago": 0, "other_scheme": 0, "pending": 1,
    }  # fmt: skip


def test_traces_of_help_and_help_not_claimed(engine: Backend) -> None:
    cases = "claims claims_not light"
    view = view_of(
        engine,
        residents=homes(cases),
        utility_accounts="""
            account_id | service | address_id | event_date | subsidised
            u1         | power   | a_claims   | 2015-01-01 | true
            u2         | power   | a_light    | 2015-01-01 | false
            """,
        disability_certificates="""
            person_id    | event_date | kind     | grade
            p_claims     | 2020-01-01 | physical | 2
            p_claims_not | 2020-01-01 | sight    | 1
            p_light      | 2020-01-01 | physical | 3
            """,
        benefits="""
            person_id | event_date | scheme             | monthly_amount
            p_claims  | 2020-01-01 | disability_nursing | 100
            """,
        medical_settlements="""
            person_id    | event_date | self_paid
            p_claims     | 2024-01-01 | 300
            p_claims_not | 2024-01-01 | 300
            """,
    )

    rows = built(engine, benefit_traces.GROUP, view)

    assert values(rows, "trace_without_nursing_subsidy") == {
        "claims": None, "claims_not": 1, "light": None,
    }  # fmt: skip
    assert values(rows, "trace_has_subsidised_tariff") == {
        "claims": True, "claims_not": None, "light": False,
    }  # fmt: skip
    assert values(rows, "trace_med_burden_with_benefits_365d") == {
        "claims": 0.25, "claims_not": None, "light": None,
    }  # fmt: skip


def test_contact_keeps_apart_who_was_met_and_who_was_not(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("met not_found long_ago asked never"),
        visits="""
            visit_id | household_id | event_date | finding             | channel     | known_from
            v1       | met          | 2023-07-02 | need_no_entitlement | list        | 2023-08-03
            v2       | met          | 2024-06-01 | no_need             | cadence     | 2024-06-20
            v3       | not_found    | 2024-05-01 | not_found           | list        | 2024-06-03
            v4       | not_found    | 2024-06-28 | no_need             | list        | 2024-07-01
            v5       | long_ago     | 2023-07-01 | not_found           | list        | 2023-08-03
            v6       | asked        | 2024-05-01 | need_aid_started    | self_report | 2024-06-03
            """,
    )

    rows = built(engine, contact_history.GROUP, view)

    assert values(rows, "contact_visits_365d") == {
        "met": 2, "not_found": 1, "long_ago": 0, "asked": 1, "never": None,
    }  # fmt: skip
    assert values(rows, "contact_last_finding") == {
        "met": "no_need", "not_found": "not_found", "long_ago": "not_found",
        "asked": "need_aid_started", "never": None,
    }  # fmt: skip
    assert values(rows, "contact_need_without_entitlement_365d")["met"] == 1
    assert values(rows, "contact_not_found_365d")["long_ago"] == 0
    assert values(rows, "contact_self_reports_365d")["asked"] == 1
    assert values(rows, "contact_days_since_visit") == {
        "met": 30, "not_found": 61, "long_ago": 366, "asked": 61, "never": None,
    }  # fmt: skip


def test_thin_files_and_double_registrations_are_told(engine: Backend) -> None:
    view = view_of(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date
            r1           | p1        | h1           | a1         | 2015-01-01
            r2           | twice     | h1           | a1         | 2015-01-01
            r3           | twice     | h2           | a2         | 2020-01-01
            """,
        medical_settlements="""
            person_id | event_date
            p1        | 2024-06-01
            """,
    )

    rows = built(engine, data_confidence.GROUP, view)

    assert values(rows, "data_members_registered_twice") == {"h1": 1, "h2": 1}
    assert values(rows, "data_days_since_medical") == {"h1": 30, "h2": None}
    assert values(rows, "data_feeds_without_facts") == {"h1": 7, "h2": 8}
    sizes = values(built(engine, composition.GROUP, view), "household_size")
    assert sizes == {"h1": 2, "h2": 1}


def test_need_is_known_while_the_last_answer_says_so(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("gap gap_then_silence cleared year_ago aided"),
        visits="""
            visit_id | household_id     | event_date | finding             | known_from
            v1       | gap              | 2023-07-02 | need_no_entitlement | 2023-08-03
            v2       | gap_then_silence | 2024-05-01 | need_no_entitlement | 2024-06-03
            v3       | gap_then_silence | 2024-06-01 | not_found           | 2024-06-20
            v4       | cleared          | 2024-05-01 | need_no_entitlement | 2024-06-03
            v5       | cleared          | 2024-06-01 | no_need             | 2024-06-20
            v6       | year_ago         | 2023-07-01 | need_no_entitlement | 2023-08-03
            v7       | aided            | 2024-05-01 | need_aid_started    | 2024-06-03
            """,
    )

    rows = built(engine, contact_history.GROUP, view)

    assert values(rows, "contact_need_is_known") == {
        "gap": True, "gap_then_silence": True, "cleared": False, "year_ago": None, "aided": False,
    }  # fmt: skip
