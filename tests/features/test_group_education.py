"""School years, their cost, and who is missing from school."""

from datetime import date

from ibis.backends.duckdb import Backend

from features.groups.education import GROUP
from tests.features.by_hand import said
from tests.features.records import values

OCTOBER = date(2024, 10, 15)


def family(*births: str) -> str:
    """Return a register with a child per date of birth, each in a household of that name."""
    lines = "residence_id | person_id | household_id | address_id | event_date | birth_date\n"
    return lines + "\n".join(
        f"r_{born} | p_{born} | h_{born} | a_{born} | 2019-01-01 | {born}" for born in births
    )


def test_stages_fees_and_aid_of_a_family_with_two_pupils(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date
            r1           | junior    | h1           | a1         | 2015-01-01 | 2011-01-01
            r2           | student   | h1           | a1         | 2015-01-01 | 2005-01-01
            r3           | left      | h1           | a1         | 2015-01-01 | 2007-01-01
            """,
        education="""
            enrolment_id | person_id | event_date | valid_to   | stage    | school_id | fee_due | fee_paid | aid_amount | leaving_reason
            n1           | junior    | 2023-09-01 | ?          | junior   | s1        | 700     | 200.50   | 1250       | ?
            n2           | student   | 2023-09-01 | 2024-07-01 | tertiary | s2        | 6800    | 6800     | 0          | ?
            n3           | student   | 2022-09-01 | 2023-06-30 | tertiary | s2        | 6800    | 0        | 0          | ?
            n4           | left      | 2023-09-01 | 2024-02-10 | senior   | s3        | 2600    | 2600     | 2000       | dropped_out
            """,
    )

    wanted = {
        "compulsory_pupils": 1, "tertiary_students": 1, "senior_pupils": 0,
        "fees_due_365d": 10_100, "fees_paid_365d": 9_600.5, "fees_unpaid_365d": 499.5,
        "aid_365d": 3_250, "fees_after_aid_365d": 7_400, "dropouts_365d": 1,
    }  # fmt: skip
    found = {name: values(rows, f"education_{name}")["h1"] for name in wanted}
    assert found == wanted
    assert values(rows, "education_dropped_out_on")["h1"] == "2024-02-10"
    assert values(rows, "education_owing_since")["h1"] == "2023-09-01"


def test_school_age_is_read_on_the_last_day_reported(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        on=OCTOBER,
        residents=family("2018-09-01", "2017-09-01", "2017-09-02", "2009-09-01", "2009-09-02"),
        education="""
            enrolment_id | person_id | event_date
            n1           | p_other   | 2024-09-01
            """,
    )

    assert values(rows, "education_children_not_enrolled") == {
        "h_2018-09-01": None, "h_2017-09-02": None, "h_2017-09-01": 1,
        "h_2009-09-02": 1, "h_2009-09-01": None,
    }  # fmt: skip


def test_a_year_that_ended_in_june_still_counts_until_the_next_is_told(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        on=OCTOBER,
        residents=family("2014-01-01", "2014-01-02", "2014-01-03"),
        education="""
            enrolment_id | person_id    | event_date | valid_to   | leaving_reason
            n1           | p_2014-01-01 | 2023-09-01 | 2024-05-04 | ?
            n2           | p_2014-01-02 | 2023-09-01 | 2024-05-03 | ?
            n3           | p_2014-01-03 | 2022-09-01 | 2023-06-30 | moved
            n4           | p_other      | 2024-09-01 | ?          | ?
            """,
    )

    assert values(rows, "education_children_not_enrolled") == {
        "h_2014-01-01": None, "h_2014-01-02": 1, "h_2014-01-03": 1,
    }  # fmt: skip


def test_another_school_of_the_same_stage_is_a_change_and_the_next_stage_is_not(
    engine: Backend,
) -> None:
    rows = said(
        engine,
        GROUP,
        residents=family("2012-01-01", "2011-01-01"),
        education="""
            enrolment_id | person_id    | event_date | stage   | school_id
            n1           | p_2012-01-01 | 2022-09-01 | primary | s1
            n2           | p_2012-01-01 | 2023-09-01 | primary | s2
            n3           | p_2011-01-01 | 2022-09-01 | primary | s1
            n4           | p_2011-01-01 | 2023-09-01 | junior  | s3
            """,
    )

    assert values(rows, "education_changed_school_730d") == {
        "h_2012-01-01": 1, "h_2011-01-01": None,
    }  # fmt: skip
