"""Income against what must be paid from it, and against the lines of relief."""

from datetime import date

from ibis.backends.duckdb import Backend

from features.groups import income
from tests.features.records import built, homes, row_of, values, view_of

BILL = """
    person_id | event_date | self_paid
    p1        | 2024-05-01 | {paid}
    """
WAGE = """
    person_id | event_date | wage_base
    p1        | 2024-05-01 | {wage}
    """


def test_care_takes_a_family_below_the_line_only_if_it_stood_above(engine: Backend) -> None:
    # The line from July 2024 is 1115 a month: 13380 a year for a household of one.
    view = view_of(
        engine,
        residents=homes("stays_above falls poor_before unrecorded"),
        social_insurance="""
            person_id     | event_date | wage_base
            p_stays_above | 2024-05-01 | 14380
            p_falls       | 2024-05-01 | 14380
            p_poor_before | 2024-05-01 | 13379.99
            """,
        medical_settlements="""
            person_id     | event_date | self_paid
            p_stays_above | 2024-05-01 | 1000
            p_falls       | 2024-05-01 | 1000.01
            p_poor_before | 2024-05-01 | 1000
            p_unrecorded  | 2024-05-01 | 1000
            """,
    )

    rows = built(engine, income.GROUP, view)

    assert values(rows, "income_care_takes_below_line_365d") == {
        "stays_above": False, "falls": True, "poor_before": False, "unrecorded": None,
    }  # fmt: skip


def test_the_line_of_june_does_not_judge_july(engine: Backend) -> None:
    def told(day: date) -> object:
        return row_of(
            engine,
            income.GROUP,
            on=day,
            social_insurance=WAGE.format(wage=14000),
            medical_settlements=BILL.format(paid=700),  # leaves 1108.33 a month
        )["income_care_takes_below_line_365d"]

    assert [told(date(2024, 6, 30)), told(date(2024, 7, 1))] == [False, True]


def test_rigid_spending_needs_a_low_income_and_a_high_share(engine: Backend) -> None:
    # Last year's disposable income per head is 39218; the line of spending 60 %.
    view = view_of(
        engine,
        residents=homes("both at_the_line well_paid unrecorded"),
        social_insurance="""
            person_id     | event_date | wage_base
            p_both        | 2024-05-01 | 39217
            p_at_the_line | 2024-05-01 | 30000
            p_well_paid   | 2024-05-01 | 39218
            """,
        medical_settlements="""
            person_id     | event_date | self_paid
            p_both        | 2024-05-01 | 23531
            p_at_the_line | 2024-05-01 | 18000
            p_well_paid   | 2024-05-01 | 30000
            p_unrecorded  | 2024-05-01 | 30000
            """,
    )

    rows = built(engine, income.GROUP, view)

    assert values(rows, "income_is_rigid_spending_365d") == {
        "both": True, "at_the_line": False, "well_paid": False, "unrecorded": None,
    }  # fmt: skip


def test_what_must_be_paid_is_care_school_after_aid_and_rent(engine: Backend) -> None:
    row = row_of(
        engine,
        income.GROUP,
        social_insurance=WAGE.format(wage=20000),
        medical_settlements=BILL.format(paid=1000),
        education="""
            enrolment_id | person_id | event_date | fee_due | aid_amount
            e1           | p1        | 2023-09-01 | 5000    | 2000
            e2           | p1        | 2024-02-01 | 500     | 900
            e3           | p1        | 2023-07-01 | 7000    | 0
            """,
        housing_tenure="""
            tenure_id | person_id | address_id | event_date | monthly_rent | tenure
            t1        | p1        | a1         | 2015-01-01 | 500          | public_rental
            """,
    )

    # Aid beyond the fees of one school year pays for nothing else.
    assert row["income_necessary_spending_share_365d"] == (1000 + 3000 + 6000) / 20000


def test_burden_of_a_quarter_and_mouths_per_earner(engine: Backend) -> None:
    row = row_of(
        engine,
        income.GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date
            r1           | p1        | h1           | a1         | 2015-01-01 | 1980-01-01
            r2           | p2        | h1           | a1         | 2015-01-01 | 1950-01-01
            r3           | p3        | h1           | a1         | 2015-01-01 | 2015-01-01
            """,
        social_insurance=WAGE.format(wage=6000),
        pensions="""
            pension_id | person_id | event_date | monthly_amount
            n1         | p2        | 2015-01-01 | 100
            n2         | p2        | 2015-01-01 | 400
            """,
        medical_settlements="""
            person_id | event_date | self_paid
            p1        | 2024-04-01 | 2000
            p1        | 2024-04-02 | 1500
            """,
    )

    assert row["income_mouths_per_earner_365d"] == 1.5
    assert row["income_med_burden_90d"] == 0.5  # of a quarter of 12000
    assert round(row["income_med_burden_365d"], 4) == round(3500 / 12000, 4)
