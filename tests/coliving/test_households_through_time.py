"""Two nights: births, deaths, moves, splits and merges, and what becomes of the household's id."""

from datetime import date

import pandas as pd
from ibis.backends.duckdb import Backend

from tests.coliving.night import FAMILY, FIRST, NEXT, Village

LATER = "2024-07-10"
"""Between the two nights: not yet known on the first."""


def after(engine: Backend, **drawings: str) -> Village:
    village = Village(engine, **drawings)
    village.night(FIRST)
    village.night(NEXT)
    return village


def test_a_child_that_is_born_joins_and_the_household_keeps_its_id(engine: Backend) -> None:
    village = after(engine, residents=FAMILY + f"r4 | boy | book1 | a1 | {LATER} | {LATER} | child")

    assert village.members(FIRST) == {"book1": ["father", "girl", "mother"]}
    assert village.members(NEXT) == {"book1": ["boy", "father", "girl", "mother"]}
    boy = village.rows("household_members", NEXT).set_index("person_id").loc["boy"]
    assert str(boy["event_date"].date()) == LATER


def test_who_dies_leaves_on_the_day_and_the_family_keeps_its_id(engine: Backend) -> None:
    village = after(
        engine,
        residents=FAMILY,
        life_events=f"""
            event_id | person_id | event_date | kind
            e1       | father    | {LATER}    | death
            """,
    )

    assert village.members(NEXT) == {"book1": ["girl", "mother"]}
    father = village.rows("household_members", NEXT).set_index("person_id").loc["father"]
    assert str(father["valid_to"].date()) == LATER


def test_a_household_that_moves_keeps_its_id_and_its_members(engine: Backend) -> None:
    village = after(
        engine,
        residents=FAMILY,
        housing_tenure=f"""
            tenure_id | person_id | address_id | event_date | tenure
            t1        | father    | a2         | {LATER}    | private_rental
            """,
    )

    rows = village.rows("household_members", NEXT)
    here = rows[rows["valid_to"].isna()]
    assert village.members(NEXT) == {"book1": ["father", "girl", "mother"]}
    assert set(here["address_id"]) == {"a2"}
    assert {str(day.date()) for day in here["event_date"]} == {LATER}
    assert len(rows) == 6


def test_a_child_who_leaves_founds_a_household_that_says_where_it_came_from(
    engine: Backend,
) -> None:
    village = after(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date | relation
            r1           | mother    | book1        | a1         | 1990-01-01 | 1955-01-01 | head
            r2           | father    | book1        | a1         | 1990-01-01 | 1954-01-01 | spouse
            r3           | son       | book1        | a1         | 1990-01-01 | 1988-01-01 | child
            """,
        housing_tenure=f"""
            tenure_id | person_id | address_id | event_date | tenure
            t1        | mother    | a1         | 1990-01-01 | owned
            t2        | son       | a2         | {LATER}    | private_rental
            """,
    )

    founded = next(name for name in village.members(NEXT) if name != "book1")
    lineage = village.rows("household_lineage", NEXT)
    assert village.members(NEXT)["book1"] == ["father", "mother"]
    assert lineage[["household_id", "predecessor_id", "kind"]].to_numpy().tolist() == [
        [founded, "book1", "split"]
    ]


def test_two_who_marry_and_move_together_merge_and_nothing_is_lost(engine: Backend) -> None:
    village = after(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date | relation
            r1           | wife      | book1        | a1         | 2015-01-01 | 1990-01-01 | head
            r2           | husband   | book2        | a2         | 2015-01-01 | 1989-01-01 | head
            """,
        life_events=f"""
            event_id | person_id | other_person_id | event_date | kind
            e1       | wife      | husband         | {LATER}    | marriage
            """,
        housing_tenure=f"""
            tenure_id | person_id | address_id | event_date | tenure
            t1        | husband   | a3         | {LATER}    | private_rental
            """,
    )

    lineage = village.rows("household_lineage", NEXT)
    assert village.members(NEXT) == {"book2": ["husband", "wife"]}
    assert lineage[["household_id", "predecessor_id", "kind"]].to_numpy().tolist() == [
        ["book2", "book1", "merge"]
    ]


def test_an_id_absorbed_twice_is_still_found_in_one_step(engine: Backend) -> None:
    village = Village(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date | relation
            r1           | wife      | book1        | a1         | 2015-01-01 | 1990-01-01 | head
            r2           | husband   | book2        | a2         | 2015-01-01 | 1989-01-01 | head
            r3           | granny    | book3        | a4         | 2015-01-01 | 1950-01-01 | head
            r4           | grandpa   | book3        | a4         | 2015-01-01 | 1949-01-01 | spouse
            r5           | auntie    | book3        | a4         | 2015-01-01 | 1980-01-01 | child
            """,
        life_events=f"""
            event_id | person_id | other_person_id | event_date | kind
            e1       | wife      | husband         | {LATER}    | marriage
            """,
        housing_tenure=f"""
            tenure_id | person_id | address_id | event_date | valid_to   | tenure
            t1        | husband   | a3         | {LATER}    | 2024-08-05 | private_rental
            t2        | husband   | a4         | 2024-08-05 | ?          | free
            t3        | granny    | a4         | 2015-01-01 | ?          | owned
            """,
        medical_insurance="""
            insurance_id | person_id | event_date | family_account_id
            i1           | husband   | 2024-08-05 | f1
            i2           | granny    | 2024-08-05 | f1
            i3           | wife      | 2024-08-05 | f1
            """,
    )
    for night in (FIRST, NEXT, date(2024, 9, 1)):
        village.night(night)

    lineage = village.rows("household_lineage", date(2024, 9, 1))
    merged = lineage[lineage["kind"] == "merge"]
    assert list(village.members(date(2024, 9, 1))) == ["book3"]
    assert {("book2", "book1"), ("book3", "book2"), ("book3", "book1")} == set(
        zip(merged["household_id"], merged["predecessor_id"], strict=True)
    )


def test_a_move_known_late_corrects_the_past_only_from_then_on(engine: Backend) -> None:
    village = Village(
        engine,
        residents=FAMILY,
        housing_tenure="""
            tenure_id | person_id | address_id | event_date | tenure         | known_from
            t1        | father    | a2         | 2023-03-01 | private_rental | 2024-07-10
            """,
    )
    village.night(FIRST)
    village.night(NEXT)

    before, now = (village.rows("household_members", night) for night in (FIRST, NEXT))
    assert set(before["address_id"]) == {"a1"}
    ended = now[now["address_id"] == "a1"]
    assert {str(day.date()) for day in ended["valid_to"]} == {"2023-03-01"}
    assert pd.isna(before["valid_to"]).all()
