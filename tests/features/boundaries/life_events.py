"""Windows of life events."""

from datetime import date

from tests.features.boundaries import Boundary

A_CHILD_AT_HOME = """
    residence_id | person_id | household_id | address_id | event_date | birth_date | relation
    r1           | p1        | h1           | a1         | 2015-01-01 | 1980-01-01 | head
    r2           | p2        | h1           | a1         | 2015-01-01 | 2012-01-01 | child
    """
A_PENSION = """
    person_id | event_date | monthly_amount
    p1        | 2010-01-01 | 2000
    """


def _event(kind: str, **also: str) -> Boundary:
    return Boundary("life_events", {"person_id": "p1", "kind": kind}, also=also)


BOUNDARIES = {
    "life_deaths_365d": _event("death"),
    "life_working_age_deaths_365d": _event("death"),
    "life_lost_earner_365d": _event("death", pensions=A_PENSION),
    "life_children_bereaved_365d": _event("death", residents=A_CHILD_AT_HOME),
    "life_divorces_365d": _event("divorce"),
    "life_marriages_365d": _event("marriage"),
    "life_births_365d": _event("birth"),
    "life_arrivals_365d": Boundary(
        "residents",
        {
            "person_id": "p9",
            "household_id": "h1",
            "address_id": "a1",
            "birth_date": date(1985, 1, 1),
            "relation": "other",
        },
    ),
}

OWN_TESTS = {
    "life_departures_365d": "test_group_life_events.test_who_left_lived_here_within_the_year"
}
