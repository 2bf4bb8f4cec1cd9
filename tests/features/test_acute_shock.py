"""Labels of ``acute_shock_90d``: what struck, what followed within 90 days, and what is nobody's answer."""

from typing import Any

from ibis.backends.duckdb import Backend

from features.outcomes.declared import load_outcome
from tests.features.labelled import answers, labels, streams

ACUTE = load_outcome("acute_shock_90d.yaml")
NEED = "need_no_entitlement | list"


def test_need_within_90_days_of_a_shock_is_urgent_and_need_without_one_nobodys_answer(
    engine: Backend,
) -> None:
    rows = labels(
        engine,
        ACUTE,
        "same_day last_day day_late before_the_shock no_shock found_twice",
        unemployment_benefit="""
            person_id          | event_date
            p_same_day         | 2024-08-01
            p_last_day         | 2024-05-03
            p_day_late         | 2024-05-02
            p_before_the_shock | 2024-08-02
            p_found_twice      | 2024-08-05
            """,
        visits="""
            household_id     | event_date | finding             | channel
            same_day         | 2024-08-01 | need_no_entitlement | list
            last_day         | 2024-08-01 | need_no_entitlement | list
            day_late         | 2024-08-01 | need_no_entitlement | list
            before_the_shock | 2024-08-01 | need_no_entitlement | list
            no_shock         | 2024-08-01 | need_no_entitlement | list
            found_twice      | 2024-08-01 | need_no_entitlement | list
            found_twice      | 2024-08-09 | need_aid_started    | list
            """,
    )

    unclear = (None, "need_without_event")
    assert answers(rows) == {
        "same_day": (1, "visit"), "last_day": (1, "visit"), "day_late": unclear,
        "before_the_shock": unclear, "no_shock": unclear, "found_twice": (1, "visit"),
    }  # fmt: skip


def test_what_counts_as_a_shock(either_engine: Any) -> None:
    names = (
        "bereaved ill hurt checkup childbirth outpatient unemployed disabled lightly_disabled"
        " dangerous sound divorced"
    )
    visited = "\n".join(f"{name} | 2024-08-01 | {NEED}" for name in names.split())
    rows = labels(
        either_engine,
        ACUTE,
        names,
        life_events="""
            person_id  | event_date | kind
            p_bereaved | 2024-06-20 | death
            p_divorced | 2024-06-20 | divorce
            """,
        medical_settlements="""
            person_id    | event_date | care_kind  | diagnosis_group
            p_ill        | 2024-07-20 | inpatient  | major
            p_hurt       | 2024-07-20 | inpatient  | injury
            p_checkup    | 2024-07-20 | inpatient  | general
            p_childbirth | 2024-07-20 | inpatient  | maternity
            p_outpatient | 2024-07-20 | outpatient | major
            """,
        unemployment_benefit="""
            person_id    | event_date
            p_unemployed | 2024-07-20
            """,
        disability_certificates="""
            person_id          | event_date | grade
            p_disabled         | 2024-07-20 | 2
            p_lightly_disabled | 2024-07-20 | 3
            """,
        housing_danger="""
            address_id  | event_date | grade
            a_dangerous | 2024-07-20 | C
            a_sound     | 2024-07-20 | B
            """,
        visits="household_id | event_date | finding | channel\n" + visited,
    )

    struck = {name for name, (label, _) in answers(rows).items() if label == 1}
    assert struck == {"bereaved", "ill", "hurt", "unemployed", "disabled", "dangerous"}
    assert set(rows.loc[~rows.index.isin(struck), "label_source"]) == {"need_without_event"}


def test_temporary_relief_answers_by_itself_and_other_relief_is_nobodys_answer(
    engine: Backend,
) -> None:
    rows = labels(
        engine,
        ACUTE,
        "granted day_after_window other covered_before",
        benefits="""
            person_id          | event_date | scheme
            p_granted          | 2024-09-28 | temporary_aid
            p_day_after_window | 2024-09-29 | temporary_aid
            p_other            | 2024-08-01 | dibao
            p_covered_before   | 2024-01-01 | temporary_aid
            """,
    )

    assert answers(rows) == {
        "granted": (1, "admission"), "day_after_window": (None, "unseen"),
        "other": (None, "other_admission"), "covered_before": (None, "covered"),
    }  # fmt: skip
    assert streams(rows)["granted"] == (None, 1)


def test_refused_not_found_and_moved_are_never_negatives(engine: Backend) -> None:
    rows = labels(
        engine,
        ACUTE,
        "cleared met_already refused not_found unsafe moved cleared_then_moved asked_idly unseen",
        life_events="""
            person_id            | event_date | kind
            p_moved              | 2024-08-01 | move_out
            p_cleared_then_moved | 2024-09-01 | move_out
            """,
        visits="""
            household_id       | event_date | finding     | channel
            cleared            | 2024-08-01 | no_need     | list
            met_already        | 2024-08-01 | already_met | trigger
            refused            | 2024-08-01 | refused     | list
            not_found          | 2024-08-01 | not_found   | list
            unsafe             | 2024-08-01 | unsafe      | list
            moved              | 2024-08-09 | not_found   | list
            cleared_then_moved | 2024-08-01 | no_need     | list
            asked_idly         | 2024-08-01 | no_need     | self_report
            """,
    )

    assert answers(rows) == {
        "cleared": (0, "visit"), "met_already": (0, "visit"), "refused": (None, "unreached"),
        "not_found": (None, "unreached"), "unsafe": (None, "unreached"), "moved": (None, "moved"),
        "cleared_then_moved": (None, "moved"), "asked_idly": (0, "visit"),
        "unseen": (None, "unseen"),
    }  # fmt: skip
    assert streams(rows)["cleared"] == (0, None)
    assert streams(rows)["asked_idly"] == (None, 0)


def test_the_lot_is_labelled_by_its_own_visits(engine: Backend) -> None:
    rows = labels(
        engine,
        ACUTE,
        "by_lot by_list unclear cleared",
        unemployment_benefit="""
            person_id | event_date
            p_by_lot  | 2024-07-20
            p_by_list | 2024-07-20
            """,
        visits="""
            household_id | event_date | finding          | channel        | propensity
            by_lot       | 2024-08-01 | need_aid_started | routine_random | 0.02
            by_list      | 2024-08-01 | need_aid_started | list           | ?
            unclear      | 2024-08-01 | need_aid_started | routine_random | 0.03
            cleared      | 2024-08-01 | no_need          | routine_random | 0.04
            """,
    )

    drawn = rows[["random_label", "random_propensity"]].astype(object)
    assert drawn.where(drawn.notna(), None).to_dict("index") == {
        "by_lot": {"random_label": 1, "random_propensity": 0.02},
        "by_list": {"random_label": None, "random_propensity": None},
        "unclear": {"random_label": None, "random_propensity": 0.03},
        "cleared": {"random_label": 0, "random_propensity": 0.04},
    }  # fmt: skip
