"""Windows of pensions."""

from tests.features.boundaries import Boundary

A_PENSION = """
    pension_id | person_id | event_date | monthly_amount
    n1         | p1        | 2015-01-01 | 2000
    """

BOUNDARIES = {
    "pension_share_of_income_365d": Boundary(
        "social_insurance", {"person_id": "p1", "wage_base": 3000.0}, also={"pensions": A_PENSION}
    ),
}
OWN_TESTS = {"pension_stopped_365d": "test_a_pension_has_stopped_where_none_follows"}
