"""Care of single members, tiers of published watch lists, insurance that lapsed."""

from ibis.backends.duckdb import Backend

from features.groups import medical_burden
from tests.features.records import built, homes, row_of, values, view_of

FAMILY = """
    residence_id | person_id | household_id | address_id | event_date | valid_to   | birth_date
    r1           | mother    | h1           | a1         | 2015-01-01 | ?          | 1985-01-01
    r2           | girl      | h1           | a1         | 2015-01-01 | ?          | 2006-07-02
    r3           | grown     | h1           | a1         | 2015-01-01 | ?          | 2006-07-01
    r4           | father    | h1           | a1         | 2015-01-01 | 2024-05-01 | 1985-01-01
    """


def test_each_tier_of_the_watch_list_is_reached_at_its_line(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("below first under_second second third fourth well"),
        medical_settlements="""
            person_id      | event_date | self_paid
            p_below        | 2024-05-01 | 999.99
            p_first        | 2024-05-01 | 1000
            p_under_second | 2024-05-01 | 4999.99
            p_second       | 2024-05-01 | 5000
            p_third        | 2023-08-01 | 6000
            p_third        | 2024-05-01 | 4000
            p_fourth       | 2024-05-01 | 15000
            """,
    )

    rows = built(engine, medical_burden.GROUP, view)

    assert values(rows, "med_self_paid_tier_365d") == {
        "below": 0, "first": 1, "under_second": 1, "second": 2, "third": 3, "fourth": 4, "well": 0,
    }  # fmt: skip


def test_the_line_of_one_person_is_not_reached_by_two_together(engine: Backend) -> None:
    row = row_of(
        engine,
        medical_burden.GROUP,
        residents=FAMILY,
        medical_settlements="""
            person_id | event_date | self_paid
            mother    | 2024-05-01 | 7000
            girl      | 2024-05-01 | 7000
            grown     | 2024-03-01 | 7000
            grown     | 2024-05-01 | 0.01
            """,
    )

    assert row["med_members_over_line_365d"] == 1  # above, not at, the line


def test_bills_of_children_and_of_who_died_are_told_apart(engine: Backend) -> None:
    row = row_of(
        engine,
        medical_burden.GROUP,
        residents=FAMILY,
        medical_settlements="""
            person_id | event_date | care_kind  | diagnosis_group | hospital_days | self_paid
            mother    | 2022-07-01 | outpatient | general         | 0             | 100000
            mother    | 2022-07-02 | outpatient | general         | 0             | 20000
            mother    | 2024-05-01 | inpatient  | major           | 3             | 1
            mother    | 2024-05-09 | inpatient  | major           | 20            | 1
            girl      | 2024-05-01 | inpatient  | injury          | 4             | 10
            grown     | 2024-05-01 | outpatient | general         | 0             | 100
            father    | 2024-04-01 | inpatient  | major           | 9             | 1000
            """,
    )

    assert row["med_self_paid_of_children_365d"] == 10  # eighteen on the very day is grown
    assert row["med_self_paid_of_lost_365d"] == 1000
    assert row["med_self_paid_365d"] == 1112
    assert row["med_self_paid_730d"] == 21112
    assert row["med_inpatient_members_365d"] == 2  # the living
    assert row["med_major_members_365d"] == 1
    assert row["med_inpatient_stays_365d"] == 4
    assert row["med_longest_stay_365d"] == 20


def test_care_has_stopped_where_regular_visits_end(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("goes_on gave_up once years_ago first_day"),
        medical_settlements="""
            person_id   | event_date | care_kind      | diagnosis_group
            p_goes_on   | 2023-09-01 | chronic_clinic | chronic
            p_goes_on   | 2023-10-01 | chronic_clinic | chronic
            p_goes_on   | 2024-01-03 | pharmacy       | chronic
            p_gave_up   | 2023-09-01 | chronic_clinic | chronic
            p_gave_up   | 2024-01-02 | chronic_clinic | chronic
            p_gave_up   | 2024-03-01 | outpatient     | injury
            p_once      | 2023-09-01 | chronic_clinic | chronic
            p_years_ago | 2023-06-01 | chronic_clinic | chronic
            p_years_ago | 2023-09-01 | chronic_clinic | chronic
            p_first_day | 2023-07-02 | chronic_clinic | chronic
            p_first_day | 2023-09-01 | chronic_clinic | chronic
            """,
    )

    rows = built(engine, medical_burden.GROUP, view)

    assert values(rows, "med_care_stopped_180d") == {
        "goes_on": 0, "gave_up": 1, "once": 0, "years_ago": 0, "first_day": 1,
    }  # fmt: skip


def test_who_lost_insurance_this_year_is_told_from_who_never_had_any(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("lapsed long_without insured unrecorded"),
        medical_insurance="""
            insurance_id | person_id      | event_date | scheme
            i1           | p_lapsed       | 2023-07-02 | none
            i2           | p_long_without | 2023-07-01 | none
            i3           | p_insured      | 2024-01-01 | resident
            """,
    )

    rows = built(engine, medical_burden.GROUP, view)

    assert values(rows, "insurance_lapsed_365d") == {
        "lapsed": 1, "long_without": 0, "insured": 0, "unrecorded": None,
    }  # fmt: skip
    assert values(rows, "insurance_uninsured_members") == {
        "lapsed": 1, "long_without": 1, "insured": 0, "unrecorded": None,
    }  # fmt: skip


def test_no_bill_is_no_cost_but_no_share(engine: Backend) -> None:
    row = row_of(engine, medical_burden.GROUP)

    assert row["med_self_paid_tier_365d"] == 0
    assert row[["med_self_paid_share_365d", "insurance_lapsed_365d"]].isna().all()
    declared = {feature.name: feature.missing for feature in medical_burden.GROUP.features}
    assert declared["med_members_over_line_365d"] == "zero"
    assert declared["med_self_paid_share_365d"] == "unknown"
