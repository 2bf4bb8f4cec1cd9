"""Windows of income and what is taken of it."""

from tests.features.boundaries import Boundary

WAGES, BILLS = "social_insurance", "medical_settlements"
ENOUGH = """
    person_id | event_date | wage_base
    p1        | 2024-03-01 | 14000
    """
A_LEASE = """
    person_id | address_id | event_date | monthly_rent | tenure
    p1        | a1         | 2015-01-01 | 100          | private_rental
    """
_EARNED = Boundary(WAGES, {"person_id": "p1", "wage_base": 5000.0})


def _paid(amount: float) -> Boundary:
    return Boundary(BILLS, {"person_id": "p1", "self_paid": amount}, also={WAGES: ENOUGH})


BOUNDARIES = {
    "income_not_on_record_365d": _EARNED,
    "income_per_person_month_365d": _EARNED,
    "income_mouths_per_earner_365d": _EARNED,
    "income_med_burden_90d": _paid(10.0),
    "income_med_burden_365d": _paid(10.0),
    "income_after_care_per_person_month_365d": _paid(10.0),
    "income_care_takes_below_line_365d": _paid(5000.0),
    "income_rent_burden_365d": Boundary(
        WAGES, {"person_id": "p1", "wage_base": 5000.0}, also={"housing_tenure": A_LEASE}
    ),
    "income_necessary_spending_share_365d": Boundary(
        "education", {"person_id": "p1", "fee_due": 900.0}, also={WAGES: ENOUGH}
    ),
    "income_is_rigid_spending_365d": _paid(9000.0),
}
