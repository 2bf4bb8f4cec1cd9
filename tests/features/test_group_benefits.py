"""What is in force, what ends, what was refused and why."""

from datetime import date

from ibis.backends.duckdb import Backend

from features.groups.benefits import GROUP
from tests.features.by_hand import said
from tests.features.records import homes, values


def test_who_is_left_out_of_the_grant_at_home(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date
            r1           | mother    | part         | a1         | 2015-01-01
            r2           | child     | part         | a1         | 2015-01-01
            r3           | grown     | part         | a1         | 2015-01-01
            r4           | man       | whole        | a2         | 2015-01-01
            r5           | ended     | ended        | a3         | 2015-01-01
            """,
        benefits="""
            benefit_id | person_id | event_date | valid_to   | scheme             | members_covered
            b1         | mother    | 2023-01-01 | ?          | dibao              | 2
            b2         | child     | 2023-01-01 | ?          | disability_nursing | 1
            b3         | man       | 2023-01-01 | ?          | dibao              | 3
            b4         | ended     | 2020-01-01 | 2024-06-30 | dibao              | 0
            """,
    )

    assert values(rows, "benefit_members_not_covered") == {"part": 1, "whole": 0, "ended": 0}
    assert values(rows, "benefit_schemes") == {"part": 2, "whole": 1, "ended": 0}


def test_months_on_relief_add_up_over_two_years(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents=homes("always half long_ago allowance twice"),
        benefits="""
            benefit_id | person_id   | event_date | valid_to   | scheme            | monthly_amount
            b1         | p_always    | 2010-01-01 | ?          | dibao             | 500
            b2         | p_half      | 2023-07-02 | ?          | dibao             | 500
            b3         | p_long_ago  | 2010-01-01 | 2022-07-02 | dibao             | 500
            b4         | p_allowance | 2010-01-01 | ?          | old_age_allowance | 60
            b5         | p_twice     | 2023-07-02 | ?          | dibao             | 500
            b6         | p_twice     | 2023-07-02 | ?          | dibao_edge        | 0
            """,
    )

    assert values(rows, "benefit_relief_months_730d") == {
        "always": 24.0, "half": 12.0, "long_ago": 0.0, "allowance": 0.0, "twice": 24.0,
    }  # fmt: skip


def test_a_benefit_ends_soon_within_sixty_days_and_has_ended_within_half_a_year(
    engine: Backend,
) -> None:
    rows = said(
        engine,
        GROUP,
        residents=homes("day_59 day_60 ended_180 ended_181 open"),
        benefits="""
            benefit_id | person_id   | event_date | valid_to   | scheme        | known_from
            b1         | p_day_59    | 2024-05-01 | 2024-08-29 | temporary_aid | 2024-05-02
            b2         | p_day_60    | 2024-05-01 | 2024-08-30 | temporary_aid | 2024-05-02
            b3         | p_ended_180 | 2020-01-01 | 2024-01-03 | dibao         | 2024-02-01
            b4         | p_ended_181 | 2020-01-01 | 2024-01-02 | dibao         | 2024-02-01
            b5         | p_open      | 2020-01-01 | ?          | rigid_expense | 2020-01-02
            """,
    )

    assert values(rows, "benefit_ending_soon") == {
        "day_59": 1, "day_60": 0, "ended_180": 0, "ended_181": 0, "open": 0,
    }  # fmt: skip
    assert values(rows, "benefit_ended_180d")["ended_180"] == 1
    assert values(rows, "benefit_ended_180d")["ended_181"] == 0


def test_from_2025_a_recognition_of_rigid_spending_lapses_after_a_year(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        on=date(2026, 1, 1),
        residents=homes("lapses_soon lapses_later prolonged"),
        benefits="""
            benefit_id | person_id      | event_date | valid_to   | scheme        | known_from
            b1         | p_lapses_soon  | 2025-03-01 | ?          | rigid_expense | 2025-04-01
            b2         | p_lapses_later | 2025-03-02 | ?          | rigid_expense | 2025-04-01
            b3         | p_prolonged    | 2025-02-01 | 2026-12-31 | rigid_expense | 2025-04-01
            """,
    )

    assert values(rows, "benefit_ending_soon") == {
        "lapses_soon": 1, "lapses_later": 0, "prolonged": 0,
    }  # fmt: skip


def test_refusals_are_told_apart_by_reason_and_a_pending_one_by_its_age(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents=homes("refused asks"),
        applications="""
            application_id | person_id | event_date | scheme            | decision | decided_on | refusal_reason
            x1             | p_refused | 2024-01-01 | dibao             | refused  | 2024-02-01 | income
            x2             | p_refused | 2024-03-01 | dibao_edge        | refused  | 2024-04-01 | papers
            x3             | p_refused | 2024-04-01 | temporary_aid     | refused  | 2024-04-10 | papers
            x4             | p_refused | 2024-04-01 | dibao             | refused  | 2024-05-01 | other
            x5             | p_asks    | 2024-05-02 | dibao             | pending  | ?          | ?
            x6             | p_asks    | 2024-06-02 | dibao             | pending  | ?          | ?
            x7             | p_asks    | 2024-01-02 | old_age_allowance | pending  | ?          | ?
            """,
    )

    refused = rows.loc["refused"].iloc[0]
    assert refused["application_refused_365d"] == 4
    assert refused["application_refused_income_365d"] == 1
    assert refused["application_refused_papers_365d"] == 2
    assert refused["application_refused_assets_365d"] == 0
    assert values(rows, "application_pending_days") == {"refused": None, "asks": 60}
