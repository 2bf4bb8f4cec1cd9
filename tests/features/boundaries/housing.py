"""Windows of the group housing: rent by its month; what has no event of its own is tested apart."""

from tests.features.boundaries import Boundary

_RENT = Boundary("public_rent_ledger", {"address_id": "a1", "rent_due": 100.0, "rent_paid": 0.0})

BOUNDARIES = {
    "housing_rent_arrears_365d": _RENT,
    "housing_rent_arrears_months_365d": _RENT,
}
OWN_TESTS = {
    "housing_other_addresses_730d": "test_addresses_of_two_years_are_counted_per_member",
    "housing_rent_change_730d": "test_a_home_left_counts_for_two_years",
    "housing_gave_up_own_home_730d": "test_a_home_left_counts_for_two_years",
}
