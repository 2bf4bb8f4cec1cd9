"""Drawn facts -> households of one night: where evidence agrees, where it does not, and where it is thin."""

import pandas as pd
from ibis.backends.duckdb import Backend

from tests.coliving.night import FAMILY, FIRST, Village
from tests.tables import table


def test_a_family_in_one_book_at_one_address_is_one_household(engine: Backend) -> None:
    village = Village(engine, residents=FAMILY)
    village.night()

    assert village.members() == {"book1": ["father", "girl", "mother"]}


def test_a_grown_child_who_rents_lives_there_though_the_book_stays(engine: Backend) -> None:
    village = Village(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date | relation
            r1           | mother    | book1        | a1         | 1990-01-01 | 1955-01-01 | head
            r2           | father    | book1        | a1         | 1990-01-01 | 1954-01-01 | spouse
            r3           | son       | book1        | a1         | 1990-01-01 | 1988-01-01 | child
            """,
        housing_tenure="""
            tenure_id | person_id | address_id | event_date | tenure
            t1        | mother    | a1         | 1990-01-01 | owned
            t2        | son       | a2         | 2020-01-01 | private_rental
            """,
    )
    village.night()

    rows = village.rows("household_members").set_index("person_id")
    assert sorted(village.members().values()) == [["father", "mother"], ["son"]]
    assert rows["household_id"]["mother"] == "book1"
    assert rows["household_id"]["son"].startswith("h_")
    assert rows["address_id"]["son"] == "a2"
    assert rows["relation"]["son"] == "head"


def test_a_family_that_moved_without_telling_the_register_is_found_where_it_rents(
    engine: Backend,
) -> None:
    village = Village(
        engine,
        residents=FAMILY,
        housing_tenure="""
            tenure_id | person_id | address_id | event_date | tenure
            t1        | father    | a2         | 2023-01-01 | private_rental
            """,
    )
    village.night()

    assert village.members() == {"book1": ["father", "girl", "mother"]}
    assert set(village.rows("household_members")["address_id"]) == {"a2"}


def test_a_couple_with_two_books_is_one_household_by_the_marriage(engine: Backend) -> None:
    books = """
        residence_id | person_id | household_id | address_id | event_date | birth_date | relation
        r1           | wife      | book1        | a1         | 2015-01-01 | 1990-01-01 | head
        r2           | husband   | book2        | a1         | 2016-01-01 | 1989-01-01 | head
        """
    married = """
        event_id | person_id | other_person_id | event_date | kind
        e1       | wife      | husband         | 2016-01-01 | marriage
        """
    divorced = married + "    e2 | husband | wife | 2022-01-01 | divorce\n"
    together = Village(engine, residents=books, life_events=married)
    apart = Village(engine, residents=books, life_events=divorced)
    together.night()
    apart.night()

    assert [len(people) for people in together.members().values()] == [2]
    assert [len(people) for people in apart.members().values()] == [1, 1]


def test_tenants_who_share_a_flat_are_two_households(engine: Backend) -> None:
    village = Village(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date | relation | hukou
            r1           | anna      | group1       | a1         | 2023-01-01 | 1995-01-01 | head     | elsewhere
            r2           | bella     | group2       | a1         | 2023-05-01 | 1996-01-01 | head     | elsewhere
            """,
        housing_tenure="""
            tenure_id | person_id | address_id | event_date | tenure
            t1        | anna      | a1         | 2023-01-01 | private_rental
            t2        | bella     | a1         | 2023-05-01 | private_rental
            """,
    )
    village.night()

    assert village.members() == {"group1": ["anna"], "group2": ["bella"]}


def test_a_grandmother_with_a_book_of_her_own_belongs_to_the_family_whose_home_it_is(
    engine: Backend,
) -> None:
    village = Village(
        engine,
        residents=FAMILY + "r4 | granny | book2 | a1 | 2015-01-01 | 1950-01-01 | head",
        housing_tenure="""
            tenure_id | person_id | address_id | event_date | tenure
            t1        | father    | a1         | 2015-01-01 | owned
            """,
    )
    village.night()

    assert village.members() == {"book1": ["father", "girl", "granny", "mother"]}


def test_a_tenant_nobody_registered_is_found_by_lease_and_school(engine: Backend) -> None:
    village = Village(
        engine,
        housing_tenure="""
            tenure_id | person_id | address_id | event_date | tenure
            t1        | migrant   | a9         | 2024-01-01 | private_rental
            """,
        education="""
            enrolment_id | person_id | guardian_id | address_id | event_date
            e1           | pupil     | migrant     | a9         | 2023-09-01
            """,
    )
    village.night()

    rows = village.rows("household_members")
    assert [sorted(people) for people in village.members().values()] == [["migrant", "pupil"]]
    assert rows["hukou"].isna().all()
    assert rows["birth_date"].isna().all()


def test_a_pupil_in_the_grandparents_book_lives_with_the_guardian(engine: Backend) -> None:
    village = Village(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date | relation
            r1           | granny    | book1        | a1         | 1990-01-01 | 1950-01-01 | head
            r2           | pupil     | book1        | a1         | 2020-01-01 | 2014-01-01 | grandchild
            r3           | mother    | book2        | a2         | 2015-01-01 | 1985-01-01 | head
            """,
        housing_tenure="""
            tenure_id | person_id | address_id | event_date | tenure
            t1        | mother    | a2         | 2015-01-01 | private_rental
            t2        | granny    | a1         | 1990-01-01 | owned
            """,
        education="""
            enrolment_id | person_id | guardian_id | address_id | event_date
            e1           | pupil     | mother      | a2         | 2023-09-01
            """,
    )
    village.night()

    assert village.members() == {"book1": ["granny"], "book2": ["mother", "pupil"]}


def test_a_school_form_that_copies_the_register_is_no_second_source(engine: Backend) -> None:
    """A family that rents elsewhere and writes the catchment's address lives where it rents."""
    forms = "enrolment_id | person_id | guardian_id | address_id | event_date\n"
    rents = """
        tenure_id | person_id | address_id | event_date | tenure
        t1        | mother    | a2         | 2023-01-01 | private_rental
        """
    village = Village(
        engine,
        residents=FAMILY,
        housing_tenure=rents,
        education=forms + "e1 | girl | mother | a1 | 2023-09-01",
    )
    village.night()

    assert set(village.rows("household_members")["address_id"]) == {"a2"}


def test_a_home_whose_meters_stand_still_loses_to_the_one_in_use(engine: Backend) -> None:
    drawn = {
        "residents": """
            residence_id | person_id | household_id | address_id | event_date | birth_date | relation
            r1           | owner     | book1        | a1         | 2022-01-01 | 1960-01-01 | head
            """,
        "housing_tenure": """
            tenure_id | person_id | address_id | event_date | tenure
            t1        | owner     | a2         | 2010-01-01 | owned
            t2        | owner     | a1         | 2010-01-01 | owned
            """,
        "account_links": """
            link_id | account_id | address_id | event_date | accepted | probability
            w1      | u1         | a1         | 2015-01-01 | true     | 0.99
            """,
    }

    def bills(usage: int) -> str:
        return f"""
            bill_id | account_id | service | event_date | due_date   | usage
            b1      | u1         | power   | 2024-05-02 | 2024-05-17 | {usage}
            b2      | u1         | power   | 2024-06-02 | 2024-06-17 | {usage}
            """

    used, empty = (Village(engine, utility_bills=bills(use), **drawn) for use in (90, 0))
    used.night()
    empty.night()

    assert list(used.rows("household_members")["address_id"]) == ["a1"]
    assert list(empty.rows("household_members")["address_id"]) == ["a2"]


def test_who_is_known_without_any_address_is_placed_nowhere(engine: Backend) -> None:
    village = Village(
        engine,
        residents=FAMILY,
        life_events="""
            event_id | person_id | event_date | kind     | other_person_id
            e1       | anna      | 2023-01-01 | marriage | boris
            """,
    )
    village.night()

    assert village.members() == {"book1": ["father", "girl", "mother"]}
    assert village.rows("household_members")["address_id"].notna().all()


def test_a_collective_book_is_no_household(engine: Backend) -> None:
    rows = [f"r{n} | worker{n:02} | dorm | a1 | 2020-01-01 | 1990-01-01 | other" for n in range(16)]
    header = (
        "residence_id | person_id | household_id | address_id | event_date | birth_date | relation"
    )
    village = Village(engine, residents="\n".join([header, *rows]))
    village.night()

    assert {len(people) for people in village.members().values()} == {1}


def test_a_person_with_two_possible_homes_is_a_doubtful_member_of_the_second(
    engine: Backend,
) -> None:
    village = Village(
        engine,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date | relation
            r1           | mother    | book1        | a1         | 1990-01-01 | 1955-01-01 | head
            r2           | son       | book1        | a1         | 2015-01-01 | 1988-01-01 | child
            """,
        housing_tenure="""
            tenure_id | person_id | address_id | event_date | tenure
            t1        | son       | a2         | 2020-01-01 | owned
            t2        | mother    | a1         | 1990-01-01 | owned
            """,
    )
    village.night()

    assert sorted(map(tuple, village.members().values())) == [("mother",), ("son",)]
    assert village.members(certain=False) == {"book1": ["son"]}


def test_the_order_of_rows_changes_nothing(engine: Backend) -> None:
    drawn = table(FAMILY + "r4 | granny | book2 | a1 | 2015-01-01 | 1950-01-01 | head")
    found = []
    for seed in (0, 1, 2):
        shuffled = drawn.sample(frac=1, random_state=seed)
        village = Village(engine, residents=shuffled)
        found.append(village.night().news["household_members"].to_pylist())

    assert found[0] == found[1] == found[2]


def test_drawing_a_night_again_delivers_nothing_new(engine: Backend) -> None:
    village = Village(engine, residents=FAMILY)
    first, again = village.night(), village.night()

    assert first.news["household_members"].num_rows == 3
    assert [rows.num_rows for rows in again.news.values()] == [0, 0, 0]


def test_nothing_learned_later_changes_a_night(engine: Backend) -> None:
    def told(known_from: str) -> list[dict[str, object]]:
        rows = table(FAMILY).assign(known_from=pd.Timestamp("2024-01-05"))
        leaves = table("""
            tenure_id | person_id | address_id | event_date | tenure
            t1        | father    | a2         | 2023-01-01 | private_rental
            """).assign(known_from=pd.Timestamp(known_from))
        village = Village(engine, residents=rows, housing_tenure=leaves)
        found: list[dict[str, object]] = village.night().news["household_members"].to_pylist()
        return found

    without = Village(engine, residents=table(FAMILY).assign(known_from=pd.Timestamp("2024-01-05")))

    midnight = f"{FIRST} 00:00:00"
    assert told(midnight) == without.night().news["household_members"].to_pylist()
    assert told("2024-06-30 23:59:58") != told(midnight)
