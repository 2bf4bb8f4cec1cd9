"""Age bands and patterns of who lives together."""

from ibis.backends.duckdb import Backend

from features.groups.composition import GROUP
from tests.features.by_hand import said
from tests.features.records import values


def test_age_bands_turn_on_the_birthday(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date | marital_status
            r1           | p1        | day_before   | a1         | 2023-01-01 | 2021-07-02 | never
            r2           | p2        | day_before   | a1         | 2023-01-01 | 2018-07-02 | never
            r3           | p3        | day_before   | a1         | 2023-01-01 | 1944-07-02 | widowed
            r4           | p4        | day_before   | a1         | 2023-01-01 | 1934-07-02 | married
            r5           | p5        | birthday     | a2         | 2023-01-01 | 2021-07-01 | never
            r6           | p6        | birthday     | a2         | 2023-01-01 | 2018-07-01 | never
            r7           | p7        | birthday     | a2         | 2023-01-01 | 1944-07-01 | widowed
            r8           | p8        | birthday     | a2         | 2023-01-01 | 1934-07-01 | widowed
            """,
    )

    assert values(rows, "household_under_3") == {"day_before": 1, "birthday": 0}
    assert values(rows, "household_under_6") == {"day_before": 2, "birthday": 1}
    assert values(rows, "household_aged_80") == {"day_before": 1, "birthday": 2}
    assert values(rows, "household_aged_90") == {"day_before": 0, "birthday": 1}
    assert values(rows, "household_widowed") == {"day_before": 1, "birthday": 2}


def test_one_elder_alone_is_not_two_and_three_generations_need_one_between(
    engine: Backend,
) -> None:
    rows = said(
        engine,
        GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date | relation
            r1           | old       | alone        | a1         | 2015-01-01 | 1950-01-01 | head
            r2           | he        | couple       | a2         | 2015-01-01 | 1950-01-01 | head
            r3           | she       | couple       | a2         | 2015-01-01 | 1951-01-01 | spouse
            r4           | young     | single       | a3         | 2015-01-01 | 1990-01-01 | head
            r5           | grandma   | three        | a4         | 2015-01-01 | 1950-01-01 | parent
            r6           | mother    | three        | a4         | 2015-01-01 | 1980-01-01 | head
            r7           | child     | three        | a4         | 2015-01-01 | 2012-01-01 | child
            r8           | grandpa   | skipped      | a5         | 2015-01-01 | 1950-01-01 | head
            r9           | boy       | skipped      | a5         | 2015-01-01 | 2012-01-01 | grandchild
            """,
    )

    assert values(rows, "household_is_one_elder") == {
        "alone": True, "couple": False, "single": False, "skipped": False, "three": False,
    }  # fmt: skip
    assert values(rows, "household_is_elders_alone")["couple"] is True
    assert values(rows, "household_has_three_generations") == {
        "alone": False, "couple": False, "single": False, "skipped": False, "three": True,
    }  # fmt: skip
    assert values(rows, "household_is_left_behind")["skipped"] is True
