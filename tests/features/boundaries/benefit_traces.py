"""Windows of help seen in other departments' records."""

from tests.features.boundaries import Boundary

BILLS = "medical_settlements"
A_WAGE = """
    person_id | event_date | wage_base
    p1        | 2024-03-01 | 5000
    """
_AIDED = {"person_id": "p1", "total_amount": 100.0, "aid_paid": 30.0, "self_paid": 10.0}

BOUNDARIES = {
    "trace_med_burden_with_benefits_365d": Boundary(
        BILLS, _AIDED, also={"social_insurance": A_WAGE}
    ),
    "trace_medical_aid_365d": Boundary(BILLS, _AIDED),
    "trace_medical_aid_share_365d": Boundary(BILLS, _AIDED),
}
