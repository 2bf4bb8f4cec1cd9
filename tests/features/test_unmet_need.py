"""Labels of ``unmet_need_180d``: who is a positive, who a negative, and who is nobody's answer."""

from datetime import date
from typing import Any

import pandas as pd
from ibis.backends.duckdb import Backend

from features.outcomes.unmet_need import UNMET_NEED_180D
from tests.features import labelled
from tests.features.labelled import answers, streams
from tests.features.records import TODAY

WINDOW_OVER = date(2024, 12, 28)
"""180 days after TODAY."""


def labels(engine: Backend, names: str, **given: Any) -> pd.DataFrame:
    return labelled.labels(engine, UNMET_NEED_180D, names, **given)


def test_what_a_visit_found_decides_and_nobody_met_is_nobodys_answer(engine: Backend) -> None:
    rows = labels(
        engine,
        "aided no_entitlement no_need already_met refused not_found unsafe cleared_then_aided"
        " asked unseen",
        visits="""
            household_id       | event_date | finding             | channel
            aided              | 2024-08-01 | need_aid_started    | list
            no_entitlement     | 2024-08-01 | need_no_entitlement | list
            no_need            | 2024-08-01 | no_need             | list
            already_met        | 2024-08-01 | already_met         | list
            refused            | 2024-08-01 | refused             | list
            not_found          | 2024-08-01 | not_found           | list
            unsafe             | 2024-08-01 | unsafe              | list
            cleared_then_aided | 2024-08-01 | no_need             | list
            cleared_then_aided | 2024-10-01 | need_aid_started    | list
            asked              | 2024-08-01 | need_aid_started    | self_report
            """,
    )

    assert answers(rows) == {
        "aided": (1, "visit"), "no_entitlement": (1, "visit"), "no_need": (0, "visit"),
        "already_met": (0, "visit"), "refused": (None, "unreached"),
        "not_found": (None, "unreached"), "unsafe": (None, "unreached"),
        "cleared_then_aided": (1, "visit"), "asked": (1, "self_report"),
        "unseen": (None, "unseen"),
    }  # fmt: skip


def test_an_admission_is_a_positive_and_who_was_covered_is_out(engine: Backend) -> None:
    rows = labels(
        engine,
        "admitted allowance covered cover_ended covered_in_secret",
        benefits="""
            benefit_id | person_id           | event_date | valid_to   | scheme            | known_from
            b1         | p_admitted          | 2024-08-01 | ?          | dibao             | 2024-09-03
            b2         | p_allowance         | 2024-08-01 | ?          | old_age_allowance | 2024-09-03
            b3         | p_covered           | 2023-08-01 | ?          | dibao             | 2023-09-03
            b4         | p_cover_ended       | 2023-08-01 | 2024-05-31 | dibao             | 2024-06-03
            b5         | p_covered_in_secret | 2024-06-01 | ?          | dibao             | 2024-07-03
            """,
        visits="""
            household_id      | event_date | finding
            covered           | 2024-08-01 | need_aid_started
            covered_in_secret | 2024-08-01 | already_met
            """,
    )

    assert answers(rows) == {
        "admitted": (1, "admission"), "allowance": (None, "unseen"),
        "covered": (None, "covered"), "cover_ended": (None, "unseen"),
        # Admitted before the window, known only after it began: not covered as far as was known.
        "covered_in_secret": (0, "visit"),
    }  # fmt: skip


def test_the_label_window_is_half_open(engine: Backend) -> None:
    rows = labels(
        engine,
        "day_before first_day last_day day_after",
        visits="""
            household_id | event_date | finding
            day_before   | 2024-06-30 | need_aid_started
            first_day    | 2024-07-01 | need_aid_started
            last_day     | 2024-12-27 | need_aid_started
            day_after    | 2024-12-28 | need_aid_started
            """,
    )

    assert answers(rows) == {
        "day_before": (None, "unseen"), "first_day": (1, "visit"), "last_day": (1, "visit"),
        "day_after": (None, "unseen"),
    }  # fmt: skip


def test_a_window_that_is_not_over_gives_no_row(engine: Backend) -> None:
    visits = """
        household_id | event_date | finding
        seen         | 2024-07-01 | no_need
        """
    day_too_early = labels(engine, "seen", known_before=date(2024, 12, 27), visits=visits)
    on_the_day = labels(engine, "seen", known_before=WINDOW_OVER, visits=visits)

    assert len(day_too_early) == 0
    assert answers(on_the_day) == {"seen": (0, "visit")}


def test_labels_use_what_was_known_when_they_were_drawn_up(engine: Backend) -> None:
    visits = """
        visit_id | household_id | event_date | finding          | known_from | known_until
        v1       | late         | 2024-08-01 | need_aid_started | 2025-03-01 | ?
        v2       | corrected    | 2024-08-01 | need_aid_started | 2024-08-03 | 2025-02-28
        v2       | corrected    | 2024-08-01 | no_need          | 2025-02-28 | ?
        """

    assert answers(labels(engine, "late corrected", visits=visits)) == {
        "late": (None, "unseen"), "corrected": (0, "visit"),
    }  # fmt: skip
    later = labels(engine, "late corrected", known_before=date(2025, 3, 2), visits=visits)
    assert answers(later)["late"] == (1, "visit")


def test_the_day_of_drawing_up_may_be_counted_from_each_date(either_engine: Any) -> None:
    visits = """
        visit_id | household_id | event_date | finding          | known_from | known_until
        v1       | told         | 2024-08-01 | need_aid_started | 2024-12-27 | ?
        v2       | late         | 2024-08-01 | need_aid_started | 2024-12-28 | ?
        v3       | corrected    | 2024-08-01 | need_aid_started | 2024-08-03 | 2024-12-27
        v3       | corrected    | 2024-08-01 | no_need          | 2024-12-27 | ?
        """

    rows = labels(
        either_engine, "told late corrected", known_before=WINDOW_OVER - TODAY, visits=visits
    )
    day_too_early = labels(
        either_engine, "told", known_before=date(2024, 12, 27) - TODAY, visits=visits
    )

    assert answers(rows) == {
        "told": (1, "visit"), "late": (None, "unseen"), "corrected": (0, "visit"),
    }  # fmt: skip
    assert len(day_too_early) == 0


def test_the_random_slice_is_labelled_by_the_lot_alone(engine: Backend) -> None:
    rows = labels(
        engine,
        "by_lot_need by_lot_clear by_lot_not_found by_list covered",
        visits="""
            household_id     | event_date | finding          | channel        | propensity
            by_lot_need      | 2024-08-01 | need_aid_started | routine_random | 0.01
            by_lot_clear     | 2024-08-01 | no_need          | routine_random | 0.02
            by_lot_clear     | 2024-10-01 | need_aid_started | list           | ?
            by_lot_not_found | 2024-08-01 | not_found        | routine_random | 0.03
            by_list          | 2024-08-01 | need_aid_started | list           | ?
            covered          | 2024-08-01 | no_need          | routine_random | 0.01
            """,
        benefits="""
            person_id | event_date | scheme
            p_covered | 2023-08-01 | dibao
            """,
    )

    drawn = {
        name: (
            None if pd.isna(row.random_label) else int(row.random_label),
            None if pd.isna(row.random_propensity) else row.random_propensity,
        )
        for name, row in rows.iterrows()
    }
    assert drawn == {
        "by_lot_need": (1, 0.01), "by_lot_clear": (0, 0.02), "by_lot_not_found": (None, 0.03),
        "by_list": (None, None), "covered": (None, 0.01),
    }  # fmt: skip
    assert rows.loc["by_lot_clear", "label"] == 1


def test_what_we_discovered_and_what_was_reported_to_us_are_kept_apart(engine: Backend) -> None:
    rows = labels(
        engine,
        "found asked found_then_asked asked_then_found admitted found_then_admitted cleared"
        " asked_and_cleared asked_cleared_then_visited refused unseen covered",
        visits="""
            household_id               | event_date | finding          | channel
            found                      | 2024-08-01 | need_aid_started | list
            asked                      | 2024-08-01 | need_aid_started | self_report
            found_then_asked           | 2024-08-01 | need_aid_started | trigger
            found_then_asked           | 2024-08-02 | need_aid_started | self_report
            asked_then_found           | 2024-08-01 | need_aid_started | self_report
            asked_then_found           | 2024-08-02 | need_aid_started | routine_random
            found_then_admitted        | 2024-08-01 | need_aid_started | list
            cleared                    | 2024-08-01 | no_need          | list
            asked_and_cleared          | 2024-08-01 | no_need          | self_report
            asked_cleared_then_visited | 2024-08-01 | no_need          | self_report
            asked_cleared_then_visited | 2024-08-02 | no_need          | list
            refused                    | 2024-08-01 | refused          | list
            covered                    | 2024-08-01 | need_aid_started | list
            """,
        benefits="""
            person_id             | event_date | scheme
            p_admitted            | 2024-08-01 | dibao
            p_found_then_admitted | 2024-09-01 | dibao
            p_covered             | 2023-08-01 | dibao
            """,
    )

    assert streams(rows) == {
        "found": (1, None), "asked": (None, 1), "found_then_asked": (1, None),
        "asked_then_found": (None, 1), "admitted": (None, 1), "found_then_admitted": (1, None),
        "cleared": (0, None), "asked_and_cleared": (None, 0),
        "asked_cleared_then_visited": (0, None), "refused": (None, None),
        "unseen": (None, None), "covered": (None, None),
    }  # fmt: skip
