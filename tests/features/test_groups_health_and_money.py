"""Medical burden, income, employment, pensions, disability: one drawing per rule."""

from ibis.backends.duckdb import Backend

from features.groups import disability, employment, income, medical_burden, pensions
from tests.features.records import built, homes, row_of, values, view_of


def test_self_paid_care_counts_by_window_version_and_arrival(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("year_before first_day day_91 day_90 yesterday today late corrected quiet"),
        medical_settlements="""
            settlement_id | person_id     | event_date | self_paid | known_from | known_until
            s1            | p_year_before | 2023-07-01 | 1         | 2023-08-01 | ?
            s2            | p_first_day   | 2023-07-02 | 10        | 2023-08-01 | ?
            s3            | p_day_91      | 2024-04-01 | 100       | 2024-05-01 | ?
            s4            | p_day_90      | 2024-04-02 | 100       | 2024-05-01 | ?
            s5            | p_yesterday   | 2024-06-30 | 1000      | 2024-06-30 | ?
            s6            | p_today       | 2024-07-01 | 10000     | 2024-06-30 | ?
            s7            | p_late        | 2024-05-01 | 10000     | 2024-07-01 | ?
            s8            | p_corrected   | 2024-05-01 | 500       | 2024-05-05 | 2024-06-05
            s8            | p_corrected   | 2024-05-01 | 50        | 2024-06-05 | ?
            """,
    )

    rows = built(engine, medical_burden.GROUP, view)

    assert values(rows, "med_self_paid_365d") == {
        "year_before": None, "first_day": 10, "day_91": 100, "day_90": 100, "yesterday": 1000,
        "today": None, "late": None, "corrected": 50, "quiet": None,
    }  # fmt: skip
    assert values(rows, "med_self_paid_90d") == {
        "year_before": None, "first_day": None, "day_91": None, "day_90": 100, "yesterday": 1000,
        "today": None, "late": None, "corrected": 50, "quiet": None,
    }  # fmt: skip
    rises = values(rows, "med_self_paid_rise_90d")
    assert rises["yesterday"] == 1000  # nothing before
    assert rises["day_91"] == -32.7273  # 100 * 90 / 275, all of it before


def test_care_is_told_apart_by_kind_and_dated(engine: Backend) -> None:
    row = row_of(
        engine,
        medical_burden.GROUP,
        medical_settlements="""
            person_id | event_date | care_kind  | diagnosis_group | hospital_days | total_amount | self_paid
            p1        | 2024-01-10 | inpatient  | major           | 12            | 9000         | 3000
            p1        | 2024-02-10 | inpatient  | general         | 3             | 800          | 600
            p1        | 2024-03-10 | outpatient | mental          | 0             | 100          | 50
            p1        | 2024-06-09 | pharmacy   | chronic         | 0             | 50           | 30
            p1        | 2024-06-10 | outpatient | chronic         | 0             | 50           | 20
            p1        | 2024-06-12 | outpatient | chronic         | 0             | 0            | 0
            """,
    )

    assert row["med_inpatient_stays_365d"] == 2
    assert row["med_hospital_days_365d"] == 15
    assert row["med_major_visits_365d"] == 1
    assert row["med_mental_visits_365d"] == 1
    assert row["med_chronic_visits_365d"] == 3
    assert row["med_self_paid_share_365d"] == 3700 / 10000
    # The insurer has reported until 12 June: its last 30 days, not the last 30 of the calendar.
    assert row["med_outpatient_self_paid_30d"] == 50
    assert f"{row['med_last_inpatient_on']:%Y-%m-%d}" == "2024-02-10"


def test_the_bills_of_a_member_who_died_stay_and_of_one_who_moved_go_along(
    engine: Backend,
) -> None:
    view = view_of(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | valid_to
            r1           | widow     | family       | a1         | 2015-01-01 | ?
            r2           | died      | family       | a1         | 2015-01-01 | 2024-05-01
            r3           | son       | family       | a1         | 2015-01-01 | 2024-05-01
            r4           | son       | own_flat     | a2         | 2024-05-01 | ?
            """,
        medical_settlements="""
            person_id | event_date | self_paid
            widow     | 2024-04-01 | 1
            died      | 2024-04-01 | 10
            son       | 2024-04-01 | 100
            """,
    )

    rows = built(engine, medical_burden.GROUP, view)

    assert values(rows, "med_self_paid_365d") == {"family": 11, "own_flat": 100}


def test_insurance_is_judged_by_the_newest_spell_and_no_record_is_unknown(
    engine: Backend,
) -> None:
    view = view_of(
        engine,
        residents=homes("insured lapsed never_closed lapse_known_later unrecorded behind"),
        medical_insurance="""
            insurance_id | person_id           | event_date | valid_to   | scheme   | arrears_months | known_from | known_until
            i1           | p_insured           | 2020-01-01 | ?          | resident | 0              | 2020-01-05 | ?
            i2           | p_lapsed            | 2024-01-01 | ?          | none     | 0              | 2024-01-05 | ?
            i3           | p_never_closed      | 2020-01-01 | ?          | resident | 0              | 2020-01-05 | ?
            i4           | p_never_closed      | 2024-01-01 | ?          | none     | 0              | 2024-01-05 | ?
            i5           | p_lapse_known_later | 2020-01-01 | ?          | resident | 0              | 2020-01-05 | 2024-07-01
            i5           | p_lapse_known_later | 2020-01-01 | 2024-05-01 | resident | 0              | 2024-07-01 | ?
            i6           | p_lapse_known_later | 2024-05-01 | ?          | none     | 0              | 2024-07-01 | ?
            i7           | p_behind            | 2020-01-01 | ?          | employee | 4              | 2020-01-05 | ?
            """,
    )

    rows = built(engine, medical_burden.GROUP, view)

    assert values(rows, "insurance_uninsured_members") == {
        "insured": 0, "lapsed": 1, "never_closed": 1, "lapse_known_later": 0, "unrecorded": None,
        "behind": 0,
    }  # fmt: skip
    assert values(rows, "insurance_arrears_months")["behind"] == 4
    assert values(rows, "insurance_lapsed_on")["lapsed"] == "2024-01-01"


def test_a_burden_needs_an_income_on_record(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("worker pensioner jobless_claimant unrecorded retired_today"),
        social_insurance="""
            person_id | event_date | wage_base
            p_worker  | 2024-05-01 | 6000
            p_worker  | 2024-06-01 | 6000
            p_worker  | 2023-07-01 | 6000
            """,
        pensions="""
            person_id       | event_date | valid_to   | monthly_amount
            p_pensioner     | 2010-01-01 | ?          | 1000
            p_retired_today | 2024-07-01 | ?          | 9999
            """,
        unemployment_benefit="""
            person_id          | event_date | valid_to   | monthly_amount
            p_jobless_claimant | 2024-01-01 | 2024-03-14 | 1825
            """,
        medical_settlements="""
            person_id    | event_date | self_paid
            p_worker     | 2024-01-10 | 3000
            p_pensioner  | 2024-01-10 | 6000
            p_unrecorded | 2024-01-10 | 6000
            """,
        housing_tenure="""
            person_id | address_id | event_date | monthly_rent | tenure
            p_worker  | a_worker   | 2020-01-01 | 500          | private_rental
            """,
    )

    rows = built(engine, income.GROUP, view)

    assert values(rows, "income_not_on_record_365d") == {
        "worker": False, "pensioner": False, "jobless_claimant": False, "unrecorded": True,
        "retired_today": True,
    }  # fmt: skip
    assert values(rows, "income_med_burden_365d") == {
        "worker": 0.25, "pensioner": 0.5, "jobless_claimant": 0, "unrecorded": None,
        "retired_today": None,
    }  # fmt: skip
    assert values(rows, "income_per_person_month_365d")["jobless_claimant"] == 365  # 73 days
    assert values(rows, "income_after_care_per_person_month_365d")["pensioner"] == 500
    assert values(rows, "income_rent_burden_365d")["worker"] == 0.5


def test_contributions_have_stopped_only_against_what_the_department_reported(
    engine: Backend,
) -> None:
    last_reported_month_is_may = """
        person_id     | event_date | wage_base | known_from
        p_working     | 2024-04-01 | 5000      | 2024-05-18
        p_working     | 2024-05-01 | 5000      | 2024-06-18
        p_one_missing | 2024-04-01 | 5000      | 2024-05-18
        p_two_missing | 2024-03-01 | 5000      | 2024-04-18
        p_two_missing | 2023-12-01 | 5000      | 2024-01-18
        p_late        | 2024-03-01 | 5000      | 2024-04-18
        p_late        | 2024-05-01 | 5000      | 2024-07-01
        p_year_ago    | 2023-07-01 | 5000      | 2023-08-18
        p_lower       | 2023-12-01 | 8000      | 2024-01-18
        p_lower       | 2024-05-01 | 6000      | 2024-06-18
        """
    view = view_of(
        engine,
        residents=homes("working one_missing two_missing late year_ago lower"),
        social_insurance=last_reported_month_is_may,
    )

    rows = built(engine, employment.GROUP, view)

    assert values(rows, "work_stopped_members_365d") == {
        "working": 0, "one_missing": 0, "two_missing": 1, "late": 1, "year_ago": None, "lower": 0,
    }  # fmt: skip
    assert values(rows, "work_months_since_contribution")["two_missing"] == 2
    assert values(rows, "work_wage_fall") == {
        "working": None, "one_missing": None, "two_missing": 1, "late": None, "year_ago": None,
        "lower": 0.25,
    }  # fmt: skip
    assert values(rows, "work_wages_per_person")["two_missing"] == 0
    assert values(rows, "work_contributing_share")["working"] == 1


def test_a_member_who_left_takes_the_wages_along(engine: Backend) -> None:
    row = row_of(
        engine,
        employment.GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | valid_to
            r1           | stays     | h1           | a1         | 2015-01-01 | ?
            r2           | left      | h1           | a1         | 2015-01-01 | 2024-06-01
            """,
        social_insurance="""
            person_id | event_date | wage_base
            stays     | 2024-05-01 | 4000
            left      | 2024-05-01 | 9000
            """,
    )

    assert row["work_contributing_members"] == 1
    assert row["work_wages_per_person"] == 4000


def test_unemployment_benefit_ends_when_its_end_is_known_and_past(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("open last_day over over_181 over_180 end_known_later"),
        unemployment_benefit="""
            claim_id | person_id         | event_date | valid_to   | known_from | known_until
            c1       | p_open            | 2024-01-01 | ?          | 2024-02-01 | ?
            c2       | p_last_day        | 2024-01-01 | 2024-07-01 | 2024-02-01 | ?
            c3       | p_over            | 2024-01-01 | 2024-06-30 | 2024-02-01 | ?
            c4       | p_over_181        | 2023-01-01 | 2024-01-02 | 2024-02-01 | ?
            c5       | p_over_180        | 2023-01-01 | 2024-01-03 | 2024-02-01 | ?
            c6       | p_end_known_later | 2024-01-01 | ?          | 2024-02-01 | 2024-07-02
            c6       | p_end_known_later | 2024-01-01 | 2024-05-01 | 2024-07-02 | ?
            """,
    )

    rows = built(engine, employment.GROUP, view)

    assert values(rows, "work_unemployment_claims") == {
        "open": 1, "last_day": 1, "over": 0, "over_181": 0, "over_180": 0, "end_known_later": 1,
    }  # fmt: skip
    assert values(rows, "work_unemployment_ended_180d") == {
        "open": 0, "last_day": 0, "over": 1, "over_181": 0, "over_180": 1, "end_known_later": 0,
    }  # fmt: skip


def test_pensions_count_per_member_and_elders_without_are_seen(engine: Backend) -> None:
    view = view_of(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date
            r1           | grandpa   | elders       | a1         | 2015-01-01 | 1950-01-01
            r2           | grandma   | elders       | a1         | 2015-01-01 | 1964-07-01
            r3           | aunt      | sixty_soon   | a2         | 2015-01-01 | 1964-07-02
            r4           | both      | working      | a3         | 2015-01-01 | 1962-01-01
            """,
        pensions="""
            person_id | event_date | valid_to   | monthly_amount
            grandpa   | 2010-01-01 | ?          | 3000
            grandma   | 2019-01-01 | 2024-06-30 | 200
            both      | 2022-01-01 | ?          | 1000
            """,
        social_insurance="""
            person_id | event_date
            both      | 2024-05-01
            """,
    )

    rows = built(engine, pensions.GROUP, view)

    assert values(rows, "pension_per_person_month") == {
        "elders": 1500, "sixty_soon": 0, "working": 1000,
    }  # fmt: skip
    assert values(rows, "pension_elders_without") == {
        "elders": 1, "sixty_soon": None, "working": None,
    }  # fmt: skip
    assert values(rows, "pension_is_only_income") == {
        "elders": True, "sixty_soon": None, "working": False,
    }  # fmt: skip


def test_disability_reads_the_newest_certificate_and_who_can_care(engine: Backend) -> None:
    view = view_of(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date
            r1           | son       | family       | a1         | 2015-01-01 | 1990-01-01
            r2           | mother    | family       | a1         | 2015-01-01 | 1966-01-01
            r3           | uncle     | alone        | a2         | 2015-01-01 | 1970-01-01
            r4           | cousin    | lapsed       | a3         | 2015-01-01 | 1970-01-01
            """,
        disability_certificates="""
            certificate_id | person_id | event_date | valid_to   | kind     | grade
            c1             | son       | 2015-01-01 | ?          | mental   | 3
            c2             | son       | 2023-07-01 | ?          | mental   | 2
            c3             | uncle     | 2023-07-02 | ?          | physical | 3
            c4             | cousin    | 2014-01-01 | 2024-01-01 | physical | 1
            """,
    )

    rows = built(engine, disability.GROUP, view)

    assert values(rows, "disability_members") == {"alone": 1, "family": 1, "lapsed": None}
    assert values(rows, "disability_severe_members") == {"alone": 0, "family": 1, "lapsed": None}
    assert values(rows, "disability_mind_members") == {"alone": 0, "family": 1, "lapsed": None}
    assert values(rows, "disability_new_365d") == {"alone": 1, "family": 0, "lapsed": None}
    assert values(rows, "disability_care_load") == {"alone": 0, "family": 0.5, "lapsed": 0}
