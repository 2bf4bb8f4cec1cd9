"""What a death, an arrival, a departure means for those at home."""

from ibis.backends.duckdb import Backend

from features.groups.life_events import GROUP
from tests.features.by_hand import said
from tests.features.records import values


def test_an_earner_is_lost_where_the_dead_had_contributed_or_drew_a_pension(
    engine: Backend,
) -> None:
    homes = ["worker", "long_idle", "pensioner", "homemaker"]
    rows = said(
        engine,
        GROUP,
        residents="residence_id | person_id | household_id | address_id | event_date | birth_date | valid_to\n"
        + "\n".join(
            f"r_{home} | p_{home} | {home} | a_{home} | 2015-01-01 | 1980-01-01 | 2024-03-10\n"
            f"w_{home} | w_{home} | {home} | a_{home} | 2015-01-01 | 1980-01-01 | ?\n"
            f"c_{home} | c_{home} | {home} | a_{home} | 2015-01-01 | 2012-01-01 | ?"
            for home in homes
        ),
        life_events="event_id | person_id | event_date | kind\n"
        + "\n".join(f"e_{home} | p_{home} | 2024-03-10 | death" for home in homes),
        social_insurance="""
            person_id   | event_date | wage_base
            p_worker    | 2023-03-11 | 5000
            p_long_idle | 2023-03-10 | 5000
            p_long_idle | 2023-03-01 | 5000
            w_homemaker | 2024-03-01 | 5000
            """,
        pensions="""
            person_id   | event_date | monthly_amount
            p_pensioner | 2000-01-01 | 1500
            """,
    )

    assert values(rows, "life_lost_earner_365d") == {
        "worker": True, "long_idle": None, "pensioner": True, "homemaker": None,
    }  # fmt: skip
    assert set(values(rows, "life_children_bereaved_365d").values()) == {1}


def test_children_are_not_bereaved_of_a_grandparent(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | birth_date | valid_to
            r1           | grandpa   | h1           | a1         | 2015-01-01 | 1940-01-01 | 2024-03-10
            r2           | mother    | h1           | a1         | 2015-01-01 | 1980-01-01 | ?
            r3           | child     | h1           | a1         | 2015-01-01 | 2012-01-01 | ?
            """,
        life_events="""
            event_id | person_id | event_date | kind
            e1       | grandpa   | 2024-03-10 | death
            e2       | mother    | 2024-04-10 | marriage
            """,
    )

    assert values(rows, "life_deaths_365d") == {"h1": 1}
    assert values(rows, "life_children_bereaved_365d") == {"h1": 0}
    assert values(rows, "life_marriages_365d") == {"h1": 1}


def test_an_arrival_joins_a_household_that_was_there(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        household_members="""
            membership_id | person_id | household_id | address_id | event_date | valid_to   | birth_date | certain
            m1            | mother    | joined       | a1         | 2015-01-01 | ?          | 1970-01-01 | true
            m2            | son_home  | joined       | a1         | 2024-02-01 | ?          | 1995-01-01 | true
            m3            | couple_1  | newborn      | a2         | 2015-01-01 | ?          | 1990-01-01 | true
            m4            | baby      | newborn      | a2         | 2024-02-01 | ?          | 2024-02-01 | true
            m5            | tenant_1  | all_new      | a3         | 2024-02-01 | ?          | 1990-01-01 | true
            m6            | tenant_2  | all_new      | a3         | 2024-03-01 | ?          | 1990-01-01 | true
            m7            | mover_1   | moved        | a4         | 2015-01-01 | 2024-02-01 | 1970-01-01 | true
            m8            | mover_1   | moved        | a5         | 2024-02-01 | ?          | 1970-01-01 | true
            m9            | mover_2   | moved        | a4         | 2015-01-01 | 2024-02-01 | 1970-01-01 | true
            m10           | mover_2   | moved        | a5         | 2024-02-01 | ?          | 1970-01-01 | true
            """,
    )

    assert values(rows, "life_arrivals_365d") == {
        "joined": 1, "newborn": 0, "all_new": None, "moved": 0,
    }  # fmt: skip
    assert values(rows, "life_last_arrival_on")["joined"] == "2024-02-01"


def test_who_left_lived_here_within_the_year(engine: Backend) -> None:
    rows = said(
        engine,
        GROUP,
        residents="""
            residence_id | person_id | household_id | address_id | event_date | valid_to
            r1           | stays_1   | lately       | a1         | 2015-01-01 | ?
            r2           | left_1    | lately       | a1         | 2015-01-01 | 2023-07-03
            r3           | stays_2   | before       | a2         | 2015-01-01 | ?
            r4           | left_2    | before       | a2         | 2015-01-01 | 2023-07-02
            r5           | stays_3   | yesterday    | a3         | 2015-01-01 | ?
            r6           | left_3    | yesterday    | a3         | 2015-01-01 | 2024-06-30
            r7           | stays_4   | today        | a4         | 2015-01-01 | ?
            r8           | leaves_4  | today        | a4         | 2015-01-01 | 2024-07-01
            """,
    )

    assert values(rows, "life_departures_365d") == {
        "lately": 1, "before": None, "yesterday": 1, "today": None,
    }  # fmt: skip
