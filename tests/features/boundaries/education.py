"""Windows of school: years by the day they began, dropping out by the day it happened."""

from datetime import timedelta

from tests.features.boundaries import Boundary

ANOTHER_SCHOOL = """
    enrolment_id | person_id | event_date | stage   | school_id
    n1           | p1        | 2024-06-01 | primary | s_other
    """
_YEAR = Boundary(
    "education", {"person_id": "p1", "fee_due": 900.0, "fee_paid": 300.0, "aid_amount": 100.0}
)

BOUNDARIES = {
    "education_fees_due_365d": _YEAR,
    "education_fees_paid_365d": _YEAR,
    "education_fees_unpaid_365d": _YEAR,
    "education_aid_365d": _YEAR,
    "education_fees_after_aid_365d": _YEAR,
    "education_dropouts_365d": Boundary(
        "education",
        {"person_id": "p1", "valid_to": timedelta(0), "leaving_reason": "dropped_out"},
    ),
    "education_changed_school_730d": Boundary(
        "education",
        {"person_id": "p1", "stage": "primary", "school_id": "s_one"},
        also={"education": ANOTHER_SCHOOL},
    ),
}
