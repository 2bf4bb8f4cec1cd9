"""Windows of what sweeps ask: bills that certify or tell of illness, deaths of parents."""

from tests.features.boundaries import Boundary

_A_PARENT = """
    residence_id | person_id | household_id | address_id | event_date | birth_date | relation | marital_status | hukou
    r1           | p1        | h1           | a1         | 2015-01-01 | 1980-01-01 | head     | {status}       | here
    r2           | p2        | h1           | a1         | 2015-01-01 | 2015-01-01 | child    | never          | here
    """
_PARENTS_GONE = """
    residence_id | person_id | household_id | address_id | event_date | valid_to   | birth_date | relation | hukou
    r1           | p1        | h1           | a1         | 2015-01-01 | 2024-06-01 | 1980-01-01 | head     | here
    r2           | p2        | h1           | a1         | 2015-01-01 | ?          | 2015-01-01 | child    | here
    r3           | p3        | h1           | a1         | 2015-01-01 | 2024-06-01 | 1982-01-01 | spouse   | here
    """
_ONE_DIED = """
    event_id | person_id | event_date | kind
    e1       | p3        | 2024-06-01 | death
    """
_AN_ALLOWANCE = """
    benefit_id | person_id | event_date | scheme
    b1         | p1        | 2020-01-01 | old_age_allowance
    """
_ILLNESS = {"person_id": "p1", "diagnosis_group": "major", "total_amount": 10.0}
_DEATH = {"person_id": "p1", "kind": "death"}


def _parent(status: str) -> dict[str, str]:
    return {"residents": _A_PARENT.format(status=status)}


BOUNDARIES = {
    "sweep_allowance_due_seen_365d": Boundary(
        "medical_settlements", {"person_id": "p1"}, also={"benefits": _AN_ALLOWANCE}
    ),
    "sweep_minors_orphaned_365d": Boundary(
        "life_events", _DEATH, also={"residents": _PARENTS_GONE, "life_events": _ONE_DIED}
    ),
    "sweep_minors_both_unable_365d": Boundary(
        "medical_settlements", _ILLNESS, also=_parent("widowed")
    ),
    "sweep_minors_one_unable_365d": Boundary(
        "medical_settlements", _ILLNESS, also=_parent("divorced")
    ),
    "sweep_minors_none_told_365d": Boundary(
        "life_events", _DEATH, also={"residents": _PARENTS_GONE}
    ),
    "sweep_minors_one_able_365d": Boundary(
        "medical_settlements", _ILLNESS, also=_parent("divorced")
    ),
}
