"""What a dispute does to households and facts: unknown from one night to another, and only then."""

from datetime import date

import ibis
from ibis.backends.duckdb import Backend

from features.disputes import withhold
from features.visibility import visible_on
from tests.coliving.night import NEXT, Village
from tests.conflicts.test_kinds import DEAD, HOME, PAID
from tests.features.records import feeds
from tests.tables import table


def test_the_living_declared_dead_stay_in_their_household(engine: Backend) -> None:
    closed = HOME.replace("event_date | birth_date", "event_date | valid_to | birth_date")
    closed = closed.replace("2015-01-01 | 1950", "2015-01-01 | 2024-01-10 | 1950")
    closed = closed.replace("2015-01-01 | 1980", "2015-01-01 | ? | 1980")
    treated = "settlement_id | person_id | event_date\ns1 | anna | 2024-05-05"

    village = Village(engine, residents=closed, life_events=DEAD, medical_settlements=treated)
    unopposed = Village(engine, residents=closed, life_events=DEAD)
    village.night()
    unopposed.night()

    assert village.members() == {"book1": ["anna", "ben"]}
    assert unopposed.members() == {"book1": ["ben"]}


def test_a_pension_that_runs_on_does_not_bring_the_dead_back(engine: Backend) -> None:
    village = Village(
        engine, residents=HOME, life_events=DEAD, pensions=PAID["pensions"].format(end="?")
    )
    village.night()

    disputes = village.rows("disputes")
    assert village.members() == {"book1": ["ben"]}
    assert disputes["disputed_feed"].tolist() == ["pensions"]


def test_a_dispute_ends_the_night_after_the_department_corrects_its_fact(engine: Backend) -> None:
    village = Village(
        engine,
        residents=HOME,
        life_events=DEAD,
        pensions="""
            pension_id | person_id | event_date | valid_to   | known_from | known_until
            n1         | anna      | 2010-01-01 | ?          | 2023-01-01 | 2024-07-10
            n1         | anna      | 2010-01-01 | 2024-01-31 | 2024-07-10 | ?
            """,
    )
    first, then = village.night().news["disputes"], village.night(NEXT).news["disputes"]

    assert first["valid_to"].to_pylist() == [None]
    assert then["valid_to"].to_pylist() == [date(2024, 7, 31)]
    assert first["dispute_id"].to_pylist() == then["dispute_id"].to_pylist()


def test_a_disputed_fact_is_unknown_from_the_night_it_is_known_until_it_is_settled(
    engine: Backend,
) -> None:
    drawn = {
        "pensions": """
            pension_id | person_id | event_date | known_from
            n1         | anna      | 2010-01-01 | 2024-01-05
            n2         | ben       | 2010-01-01 | 2024-01-05
            """,
        "disputes": """
            dispute_id | disputed_feed | disputed_fact_id | event_date | valid_to   | known_from          | known_until
            d1         | pensions      | n1               | 2024-03-09 | ?          | 2024-03-09 23:59:59 | 2024-05-09 23:59:59
            d1         | pensions      | n1               | 2024-03-09 | 2024-05-09 | 2024-05-09 23:59:59 | 2024-07-09 23:59:59
            d1         | pensions      | n1               | 2024-07-09 | ?          | 2024-07-09 23:59:59 | ?
            d2         | pensions      | n1               | 2024-03-20 | ?          | 2024-03-20 23:59:59 | 2024-04-09 23:59:59
            d2         | pensions      | n1               | 2024-03-20 | 2024-04-09 | 2024-04-09 23:59:59 | ?
            """,
    }
    made = feeds(engine, {name: table(drawing) for name, drawing in drawn.items()})
    free = withhold(made, made["disputes"].facts, names=["pensions"])

    def known(day: str) -> list[str]:
        rows = engine.to_pandas(visible_on(free["pensions"].facts, date.fromisoformat(day)))
        return sorted(rows["pension_id"])

    assert known("2024-03-09") == ["n1", "n2"]
    assert known("2024-03-10") == ["n2"]
    assert known("2024-04-15") == ["n2"]
    assert known("2024-05-09") == ["n2"]
    assert known("2024-05-10") == ["n1", "n2"]
    assert known("2024-07-09") == ["n1", "n2"]
    assert known("2024-07-10") == ["n2"]
    assert isinstance(free["visits"].facts, ibis.Table)
