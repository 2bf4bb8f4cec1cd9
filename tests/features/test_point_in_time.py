"""What a row may see: both dates, both sides of every boundary."""

from datetime import date

import ibis
import pandas as pd
import pytest
from ibis.backends.duckdb import Backend

from features.deployment import Deployment
from features.district import DISTRICT
from features.point_in_time import (
    PointInTime,
    UnknownFeedError,
    days_in_force,
    newest,
    side_by_side,
)
from features.visibility import visible, visible_on
from tests.features.records import TODAY, feeds, homes, view_of
from tests.tables import table


def ids(engine: Backend, facts: ibis.Table, column: str) -> list[str]:
    return sorted(engine.to_pandas(facts)[column])


def test_a_window_includes_its_first_day_and_excludes_the_as_of_date(engine: Backend) -> None:
    view = view_of(
        engine,
        visits="""
            visit_id     | household_id | event_date | known_from
            day_before   | h1           | 2024-06-23 | 2024-06-25
            first_day    | h1           | 2024-06-24 | 2024-06-25
            last_day     | h1           | 2024-06-30 | 2024-06-30
            booked_ahead | h1           | 2024-07-01 | 2024-06-30
            """,
    )

    assert ids(engine, view.facts("visits", days=7), "visit_id") == ["first_day", "last_day"]
    assert ids(engine, view.facts("visits"), "visit_id") == ["day_before", "first_day", "last_day"]


def test_a_fact_is_invisible_on_the_day_it_arrives_and_visible_the_day_after(
    engine: Backend,
) -> None:
    view = view_of(
        engine,
        visits="""
            visit_id            | household_id | event_date | known_from
            a_second_before     | h1           | 2024-05-01 | 2024-06-30 23:59:59
            at_midnight         | h1           | 2024-05-01 | 2024-07-01 00:00:00
            """,
    )

    assert ids(engine, view.facts("visits"), "visit_id") == ["a_second_before"]


def test_a_correction_takes_the_place_of_what_it_corrects_even_out_of_the_window(
    engine: Backend,
) -> None:
    versions = """
        visit_id | household_id | event_date | finding | known_from | known_until
        v1       | h1           | 2024-06-26 | no_need | 2024-06-27 | 2024-06-29
        v1       | h1           | 2024-05-26 | refused | 2024-06-29 | ?
        v2       | h1           | 2024-06-26 | no_need | 2024-06-27 | 2024-07-01
        v2       | h1           | 2024-06-26 | refused | 2024-07-01 | ?
        """
    view = view_of(engine, visits=versions)

    seen = engine.to_pandas(view.facts("visits")).set_index("visit_id")["finding"]

    assert seen.to_dict() == {"v1": "refused", "v2": "no_need"}
    assert ids(engine, view.facts("visits", days=7), "visit_id") == ["v2"]


def test_an_open_spell_looks_the_same_before_and_after_its_end_became_known(
    engine: Backend,
) -> None:
    ended_in_may_known_in_july = """
        benefit_id | person_id | event_date | valid_to   | known_from | known_until
        b1         | p1        | 2023-01-01 | ?          | 2023-01-05 | 2024-07-20
        b1         | p1        | 2023-01-01 | 2024-05-31 | 2024-07-20 | ?
        """

    that_night = view_of(engine, benefits=ended_in_may_known_in_july)
    a_month_later = view_of(engine, on=(date(2024, 8, 1),), benefits=ended_in_may_known_in_july)

    assert ids(engine, that_night.current("benefits"), "benefit_id") == ["b1"]
    assert engine.to_pandas(that_night.facts("benefits"))["valid_to"].isna().all()
    assert ids(engine, a_month_later.current("benefits"), "benefit_id") == []


def test_a_spell_is_in_force_through_the_day_before_its_end(engine: Backend) -> None:
    view = view_of(
        engine,
        benefits="""
            benefit_id     | person_id | event_date | valid_to
            ended_before   | p1        | 2023-01-01 | 2024-06-30
            ends_today     | p1        | 2023-01-01 | 2024-07-01
            began_last     | p1        | 2024-06-30 | ?
            """,
        on=(TODAY,),
    )
    # began_last is reported the day after, which is today.
    assert ids(engine, view.current("benefits"), "benefit_id") == ["ends_today"]


def test_days_in_force_are_counted_inside_the_window_only(engine: Backend) -> None:
    view = view_of(
        engine,
        pensions="""
            pension_id  | person_id | event_date | valid_to
            always      | p1        | 2000-01-01 | ?
            last_ten    | p1        | 2024-06-21 | ?
            first_day   | p1        | 2023-01-01 | 2023-07-03
            long_gone   | p1        | 2000-01-01 | 2010-01-01
            """,
    )
    spells = view.facts("pensions")
    counted = engine.to_pandas(
        spells.select("pension_id", days=days_in_force(spells, days=365))
    ).set_index("pension_id")["days"]

    assert counted.to_dict() == {"always": 365, "last_ten": 10, "first_day": 1, "long_gone": 0}


def test_facts_follow_a_member_who_moves_and_stay_with_the_family_of_one_who_died(
    engine: Backend,
) -> None:
    view = view_of(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | valid_to
            r1           | moved     | old          | a1         | 2015-01-01 | 2024-03-01
            r2           | moved     | new          | a2         | 2024-03-01 | ?
            r3           | died      | old          | a1         | 2015-01-01 | 2024-03-01
            r4           | widow     | old          | a1         | 2015-01-01 | ?
            r5           | long_dead | old          | a1         | 2015-01-01 | 2023-07-01
            r6           | year_dead | old          | a1         | 2015-01-01 | 2023-07-03
            """,
        medical_settlements="""
            settlement_id | person_id | event_date
            of_moved      | moved     | 2024-01-01
            of_died       | died      | 2024-01-01
            of_widow      | widow     | 2024-01-01
            of_long_dead  | long_dead | 2023-06-30
            of_year_dead  | year_dead | 2023-06-30
            """,
    )

    def owners(link: str | None) -> set[tuple[str, str]]:
        facts = engine.to_pandas(view.facts("medical_settlements", link=link))
        return set(zip(facts["settlement_id"], facts["household_id"], strict=True))

    assert owners(None) == {("of_moved", "new"), ("of_widow", "old")}
    assert owners("lost_person") == {("of_died", "old"), ("of_year_dead", "old")}
    assert owners("past_person") == {
        ("of_moved", "old"), ("of_moved", "new"), ("of_widow", "old"),
        ("of_died", "old"), ("of_year_dead", "old"),
    }  # fmt: skip


def test_a_filter_per_date_says_what_the_join_says(engine: Backend) -> None:
    drawn = table("""
        visit_id | household_id | event_date | known_from | known_until
        v1       | h1           | 2024-05-01 | 2024-05-02 | 2024-06-10
        v1       | h1           | 2024-05-02 | 2024-06-10 | ?
        v2       | h1           | 2024-06-30 | 2024-07-01 | ?
        v3       | h1           | 2024-07-01 | 2024-06-01 | ?
        """)
    dates = [date(2024, 6, 1), date(2024, 6, 10), date(2024, 7, 1), date(2024, 7, 2)]
    facts = feeds(engine, {"visits": drawn})["visits"].facts
    spine = ibis.memtable({"as_of_date": dates}, schema={"as_of_date": "date"})
    order = ["as_of_date", "visit_id"]

    joined = engine.to_pandas(visible(facts, spine).select(*order, "event_date").order_by(order))
    filtered = engine.to_pandas(
        ibis.union(*(visible_on(facts, day) for day in dates))
        .select(*order, "event_date")
        .order_by(order)
    )

    assert len(joined) == 6
    pd.testing.assert_frame_equal(joined, filtered)


def test_reported_until_is_the_last_event_known_that_day(engine: Backend) -> None:
    view = view_of(
        engine,
        on=(date(2024, 6, 1), TODAY),
        social_insurance="""
            contribution_id | person_id | event_date | known_from
            c1              | p1        | 2024-04-01 | 2024-05-20
            c2              | stranger  | 2024-05-01 | 2024-06-20
            """,
    )

    reached = engine.to_pandas(view.reported_until("social_insurance").order_by("as_of_date"))

    assert [f"{day:%Y-%m-%d}" for day in reached["reported_until"]] == ["2024-04-01", "2024-05-01"]


def test_newest_breaks_ties_by_the_id(engine: Backend) -> None:
    view = view_of(
        engine,
        visits="""
            visit_id | household_id | event_date
            v1       | h1           | 2024-05-01
            v3       | h1           | 2024-06-01
            v2       | h1           | 2024-06-01
            """,
    )

    last = newest(view.facts("visits"), per=("household_id",), fact_id="visit_id")

    assert ids(engine, last, "visit_id") == ["v3"]


def test_side_by_side_keeps_every_row_and_no_second_keys(engine: Backend) -> None:
    view = view_of(
        engine,
        residents=homes("visited quiet"),
        visits="""
            visit_id | household_id | event_date
            v1       | visited      | 2024-05-01
            """,
    )
    visits = view.facts("visits")
    counts = visits.group_by(["household_id", "as_of_date"]).agg(visits=visits.count())

    rows = engine.to_pandas(side_by_side(view.spine, counts, counts.rename(again="visits")))

    assert list(rows.columns) == ["household_id", "as_of_date", "visits", "again"]
    assert len(rows) == 2


def test_an_unknown_feed_or_link_says_what_there_is(engine: Backend) -> None:
    view = view_of(engine)

    with pytest.raises(UnknownFeedError, match=r"no feed 'bank'.*visits"):
        view.facts("bank")
    with pytest.raises(UnknownFeedError, match=r"no link from 'ship'.*person"):
        view.facts("visits", link="ship")


def test_without_names_for_shared_expressions_the_answers_are_the_same(engine: Backend) -> None:
    drawn = feeds(engine, {})
    dates = ibis.memtable({"as_of_date": [TODAY]}, schema={"as_of_date": "date"})
    deployment: Deployment = DISTRICT
    spine = deployment.cohort(drawn, dates)
    plain = PointInTime(spine, drawn, deployment.links(spine, drawn))

    assert ids(engine, plain.facts("residents"), "person_id") == ["p1"]
