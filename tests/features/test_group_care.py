"""Minors and the oldest where no able adult lives."""

from ibis.backends.duckdb import Backend

from features.groups.care import GROUP
from tests.features.by_hand import said
from tests.features.records import values

GRANDPARENTS = """
    residence_id | person_id | household_id | address_id | event_date | birth_date | relation
    r1           | grandma   | grandparent  | a1         | 2015-01-01 | 1964-07-01 | head
    r2           | boy       | grandparent  | a1         | 2015-01-01 | 2015-01-01 | grandchild
    r3           | aunt      | aunt         | a2         | 2015-01-01 | 1964-07-02 | head
    r4           | girl      | aunt         | a2         | 2015-01-01 | 2015-01-01 | other
    r5           | great     | aunt         | a2         | 2015-01-01 | 1930-01-01 | parent
    """


def test_children_with_grandparents_only_are_seen(engine: Backend) -> None:
    rows = said(engine, GROUP, residents=GRANDPARENTS)

    assert values(rows, "care_children_without_able_adult") == {"grandparent": 1, "aunt": 0}
    assert values(rows, "care_aged_80_without_able_adult") == {"grandparent": 0, "aunt": 0}


def test_a_severe_disability_or_one_of_the_mind_leaves_nobody_able(engine: Backend) -> None:
    homes = ["grade_2", "grade_3", "mind_4", "lapsed"]
    rows = said(
        engine,
        GROUP,
        residents="residence_id | person_id | household_id | address_id | event_date | birth_date\n"
        + "\n".join(
            f"r_{home} | p_{home} | {home} | a_{home} | 2015-01-01 | 1980-01-01\n"
            f"c_{home} | c_{home} | {home} | a_{home} | 2015-01-01 | 2012-01-01\n"
            f"o_{home} | o_{home} | {home} | a_{home} | 2015-01-01 | 1944-07-01"
            for home in homes
        ),
        disability_certificates="""
            person_id | event_date | valid_to   | kind     | grade
            p_grade_2 | 2020-01-01 | ?          | physical | 2
            p_grade_3 | 2020-01-01 | ?          | physical | 3
            p_mind_4  | 2020-01-01 | ?          | mental   | 4
            p_lapsed  | 2020-01-01 | 2024-06-30 | physical | 1
            """,
    )

    expected = {"grade_2": 1, "grade_3": 0, "mind_4": 1, "lapsed": 0}
    assert values(rows, "care_children_without_able_adult") == expected
    assert values(rows, "care_aged_80_without_able_adult") == expected


def test_an_unknown_age_makes_it_unknown(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        household_members="""
            membership_id | person_id | household_id | address_id | event_date | birth_date | certain
            m1            | child     | h1           | a1         | 2015-01-01 | 2012-01-01 | true
            m2            | somebody  | h1           | a1         | 2015-01-01 | ?          | true
            """,
    )

    assert values(rows, "care_children_without_able_adult") == {"h1": None}
