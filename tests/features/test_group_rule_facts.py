"""Facts for rules: who can work, what a check found, what struck a family, what it holds."""

import pandas as pd
from ibis.backends.duckdb import Backend

from features.groups import rule_facts
from tests.features.records import built, homes, row_of, values, view_of


def test_only_named_kinds_and_grades_are_without_capacity_to_work(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("mind3 mind4 soul3 soul4 body2 body3 sight1 sight2 hearing1 hearing3"),
        disability_certificates="""
            certificate_id | person_id  | event_date | kind         | grade
            c1             | p_mind3    | 2020-01-01 | intellectual | 3
            c2             | p_mind4    | 2020-01-01 | intellectual | 4
            c3             | p_soul3    | 2020-01-01 | mental       | 3
            c4             | p_soul4    | 2020-01-01 | mental       | 4
            c5             | p_body2    | 2020-01-01 | physical     | 2
            c6             | p_body3    | 2020-01-01 | physical     | 3
            c7             | p_sight1   | 2020-01-01 | sight        | 1
            c8             | p_sight2   | 2020-01-01 | sight        | 2
            c9             | p_hearing1 | 2020-01-01 | hearing      | 1
            c10            | p_hearing3 | 2020-01-01 | hearing      | 3
            """,
    )

    rows = built(engine, rule_facts.GROUP, view)

    assert values(rows, "rule_able_members_18_59") == {
        "mind3": 0, "mind4": 1, "soul3": 0, "soul4": 1, "body2": 0, "body3": 1,
        "sight1": 0, "sight2": 1, "hearing1": 1, "hearing3": 1,
    }  # fmt: skip
    alone = values(rows, "rule_single_entry_disabled")
    assert {household for household, members in alone.items() if members} == {
        "mind3", "soul3", "body2", "sight1", "sight2", "hearing1",
    }  # fmt: skip


def _aged(born: dict[str, str | None]) -> pd.DataFrame:
    register = homes(" ".join(born))
    register["birth_date"] = pd.to_datetime(list(born.values()))
    return register


def test_members_able_to_work_by_age_on_both_sides_of_each_birthday(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=_aged(
            {
                "of_16": "2008-07-01", "nearly_16": "2008-07-02", "of_18": "2006-07-01",
                "nearly_18": "2006-07-02", "of_60": "1964-07-01", "nearly_60": "1964-07-02",
                "of_no_age": None,
            }
        ),
    )  # fmt: skip

    rows = built(engine, rule_facts.GROUP, view)

    assert values(rows, "rule_able_members_16_17") == {
        "of_16": 1, "nearly_16": 0, "of_18": 0, "nearly_18": 1, "of_60": 0, "nearly_60": 0,
        "of_no_age": None,
    }  # fmt: skip
    assert values(rows, "rule_able_members_18_59") == {
        "of_16": 0, "nearly_16": 0, "of_18": 1, "nearly_18": 0, "of_60": 0, "nearly_60": 1,
        "of_no_age": None,
    }  # fmt: skip


def test_one_member_of_unknown_age_makes_the_household_unknown(engine: Backend) -> None:
    row = row_of(
        engine,
        rule_facts.GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date
            r1           | p1        | h1           | a1         | 2015-01-01 | 1980-01-01
            r2           | p2        | h1           | a1         | 2015-01-01 | ?
            """,
    )

    assert pd.isna(row["rule_able_members_18_59"])
    assert pd.isna(row["rule_able_members_16_17"])


def test_a_check_of_a_year_ago_still_answers_and_an_older_one_does_not(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("a_year over newer unasked"),
        asset_checks="""
            check_id | person_id | event_date | household_income_month | household_homes | able_supporters
            c1       | p_a_year  | 2023-07-02 | 2400                   | 1               | ?
            c2       | p_over    | 2023-07-01 | 2400                   | 1               | 0
            c3       | p_newer   | 2023-12-01 | 2400                   | 1               | 2
            c4       | p_newer   | 2024-05-01 | 1900.5                 | ?               | 0
            """,
    )

    rows = built(engine, rule_facts.GROUP, view)

    assert values(rows, "rule_checked_income_month") == {
        "a_year": 2400, "over": None, "newer": 1900.5, "unasked": None,
    }  # fmt: skip
    assert values(rows, "rule_checked_homes") == {
        "a_year": 1, "over": None, "newer": None, "unasked": None,
    }  # fmt: skip
    assert values(rows, "rule_checked_able_supporters") == {
        "a_year": None, "over": None, "newer": 0, "unasked": None,
    }  # fmt: skip


def test_necessary_spending_is_care_school_and_the_days_rent_was_paid(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("all young_lease nothing"),
        medical_settlements="""
            settlement_id | person_id | event_date | self_paid
            m1            | p_all     | 2024-01-10 | 1200
            m2            | p_all     | 2023-01-10 | 9000
            """,
        education="""
            enrolment_id | person_id | event_date | fee_due | aid_amount
            e1           | p_all     | 2023-09-01 | 900     | 400
            e2           | p_all     | 2024-02-01 | 100     | 400
            """,
        housing_tenure="""
            tenure_id | person_id     | address_id    | event_date | monthly_rent
            t1        | p_all         | a_all         | 2020-01-01 | 500
            t2        | p_young_lease | a_young_lease | 2024-04-19 | 365
            """,
    )

    rows = built(engine, rule_facts.GROUP, view)

    # 73 of 365 days of twelve rents of 365 yuan.
    assert values(rows, "rule_necessary_spending_365d") == {
        "all": 1200 + 500 + 12 * 500, "young_lease": 876, "nothing": 0,
    }  # fmt: skip


def test_only_the_residents_pension_in_force_is_the_basic_one(engine: Backend) -> None:
    row = row_of(
        engine,
        rule_facts.GROUP,
        pensions="""
            pension_id | person_id | event_date | valid_to   | kind     | monthly_amount
            n1         | p1        | 2015-01-01 | ?          | resident | 246.5
            n2         | p1        | 2015-01-01 | 2024-06-30 | resident | 100
            n3         | p1        | 2015-01-01 | ?          | employee | 3000
            """,
    )

    assert row["rule_basic_pension_month"] == 246.5


def test_town_or_country_is_unknown_where_nobody_says(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("town country untold gone"),
        addresses="""
            address_id | grid_id | event_date
            a_town     | g1      | 2015-01-01
            a_country  | g2      | 2015-01-01
            a_untold   | g3      | 2015-01-01
            a_gone     | g4      | 2015-01-01
            """,
        grid_tree="""
            grid_version_id | grid_id | event_date | valid_to   | setting
            v1              | g1      | 2015-01-01 | 2024-01-01 | rural
            v2              | g1      | 2024-01-01 | ?          | urban
            v3              | g2      | 2015-01-01 | ?          | rural
            v4              | g3      | 2015-01-01 | ?          | ?
            v5              | g4      | 2015-01-01 | 2024-01-01 | rural
            """,
    )

    rows = built(engine, rule_facts.GROUP, view)

    assert values(rows, "rule_is_rural") == {
        "town": False, "country": True, "untold": None, "gone": None,
    }  # fmt: skip


def test_a_death_is_sudden_if_the_dead_was_under_60_or_earned(engine: Backend) -> None:
    register = _aged(
        {
            "of_59": "1964-06-02", "of_60": "1964-06-01", "earned": "1950-01-01",
            "long_retired": "1950-01-02",
        }
    )  # fmt: skip
    register["valid_to"] = pd.Timestamp("2024-06-01")
    left = homes("of_59 of_60 earned long_retired")
    left["residence_id"], left["person_id"] = left.residence_id + "2", left.person_id + "2"
    view = view_of(
        engine,
        residents=pd.concat([register, left], ignore_index=True),
        life_events="""
            event_id | person_id      | event_date | kind
            e1       | p_of_59        | 2024-06-01 | death
            e2       | p_of_60        | 2024-06-01 | death
            e3       | p_earned       | 2024-06-01 | death
            e4       | p_long_retired | 2024-06-01 | death
            """,
        social_insurance="""
            contribution_id | person_id      | event_date | wage_base
            s1              | p_earned       | 2023-06-02 | 5000
            s2              | p_long_retired | 2023-06-01 | 5000
            """,
    )

    rows = built(engine, rule_facts.GROUP, view)

    assert values(rows, "rule_sudden_events_90d") == {
        "of_59": 1, "of_60": 0, "earned": 1, "long_retired": 0,
    }  # fmt: skip


def test_what_struck_is_new_and_counted_once(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("disabled known_before light worse claim unsafe partly lifted twice"),
        disability_certificates="""
            certificate_id | person_id      | event_date | kind     | grade
            c1             | p_disabled     | 2024-05-01 | physical | 2
            c2             | p_known_before | 2019-05-01 | physical | 2
            c3             | p_known_before | 2024-05-01 | physical | 1
            c4             | p_light        | 2024-05-01 | physical | 3
            c5             | p_worse        | 2019-05-01 | physical | 3
            c6             | p_worse        | 2024-05-01 | physical | 2
            """,
        unemployment_benefit="""
            claim_id | person_id | event_date
            u1       | p_claim   | 2024-05-01
            u2       | p_twice   | 2024-05-01
            u3       | p_twice   | 2024-06-01
            """,
        housing_danger="""
            assessment_id | address_id | event_date | valid_to   | grade
            h1            | a_unsafe   | 2024-05-01 | ?          | D
            h2            | a_partly   | 2024-05-01 | ?          | C
            h3            | a_lifted   | 2024-05-01 | 2024-06-30 | D
            """,
    )

    rows = built(engine, rule_facts.GROUP, view)

    assert values(rows, "rule_sudden_events_90d") == {
        "disabled": 1, "known_before": 0, "light": 0, "worse": 1, "claim": 1, "unsafe": 1,
        "partly": 0, "lifted": 0, "twice": 1,
    }  # fmt: skip


def test_what_a_family_holds_and_since_when(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("dibao ended aid both rigid"),
        benefits="""
            benefit_id | person_id | event_date | valid_to   | scheme
            b1         | p_dibao   | 2024-06-21 | ?          | dibao
            b2         | p_ended   | 2023-06-21 | 2024-06-30 | dibao
            b3         | p_aid     | 2024-06-21 | ?          | temporary_aid
            b4         | p_both    | 2024-01-01 | ?          | tekun
            b5         | p_both    | 2024-06-29 | ?          | temporary_aid
            b6         | p_rigid   | 2024-06-29 | 2024-07-01 | rigid_expense
            """,
    )

    rows = built(engine, rule_facts.GROUP, view)
    held = {rung: values(rows, f"rule_holds_{rung}") for rung in rule_facts.STATUSES}

    assert {home for home, is_held in held["dibao"].items() if is_held} == {"dibao"}
    assert {home for home, is_held in held["tekun"].items() if is_held} == {"both"}
    assert {home for home, is_held in held["rigid"].items() if is_held} == {"rigid"}
    assert values(rows, "rule_days_since_recognised") == {
        "dibao": 10, "ended": None, "aid": None, "both": 182, "rigid": 2,
    }  # fmt: skip


def test_no_model_may_read_a_fact_for_rules() -> None:
    assert {feature.purpose for feature in rule_facts.GROUP.features} == {"decide_rules"}
    assert not [feature.name for feature in rule_facts.GROUP.features if feature.phrase]


def test_certain_income_leaves_out_who_stopped_who_chose_the_base_and_who_stood_at_the_floor(
    engine: Backend,
) -> None:
    months = "\n".join(
        f"{person}{month} | {person} | 2024-0{month}-01 | {kind} | {base}"
        for person, kind, base, last in (
            ("p1", "employed", 8000, 5),
            ("p2", "employed", 8000, 4),
            ("p3", "flexible", 8000, 5),
            ("p4", "employed", 4879, 5),
        )
        for month in range(2, last + 1)
    )

    row = row_of(
        engine,
        rule_facts.GROUP,
        residents="""
        residence_id | person_id | household_id | address_id | event_date | birth_date | relation
        r1           | p1        | h1           | a1         | 2015-01-01 | 1980-01-01 | head
        r2           | p2        | h1           | a1         | 2015-01-01 | 1981-01-01 | spouse
        r3           | p3        | h1           | a1         | 2015-01-01 | 1982-01-01 | other
        r4           | p4        | h1           | a1         | 2015-01-01 | 1983-01-01 | other
        """,
        social_insurance=f"contribution_id | person_id | event_date | kind | wage_base\n{months}",
        pensions="""
        pension_id | person_id | event_date | valid_to   | kind     | monthly_amount
        n1         | p2        | 2020-01-01 |            | resident | 246.5
        n2         | p3        | 2020-01-01 | 2024-03-01 | employee | 3000
        """,
    )

    assert row["rule_certain_income_month"] == 8246.5
