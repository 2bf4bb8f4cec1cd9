"""Windows of what may belong to a household: person p2 and account u2 are doubtful."""

from datetime import timedelta

from tests.features.boundaries import Boundary

MAYBE_AT_HOME = """
    membership_id | person_id | household_id | address_id | event_date | birth_date | certain
    m1            | p1        | h1           | a1         | 2015-01-01 | 1980-01-01 | true
    m2            | p2        | h1           | a1         | 2015-01-01 | 1980-01-01 | false
    """
MAYBE_SUPPLIED = """
    link_id | account_id | address_id | event_date | accepted | probability
    w2      | u2         | a1         | 2015-01-01 | false    | 0.5
    """
_OWED = Boundary(
    "utility_bills",
    {"account_id": "u2", "amount_due": 80.0, "due_date": timedelta(days=-5)},
    also={"account_links": MAYBE_SUPPLIED},
)

BOUNDARIES = {
    "doubtful_self_paid_365d": Boundary(
        "medical_settlements",
        {"person_id": "p2", "self_paid": 50.0},
        also={"household_members": MAYBE_AT_HOME},
    ),
    "doubtful_unpaid_bills_365d": _OWED,
    "doubtful_unpaid_amount_365d": _OWED,
}
