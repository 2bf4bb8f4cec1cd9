"""Windows of the group property."""

from tests.features.boundaries import Boundary

BOUNDARIES = {
    "property_gained_365d": Boundary("property_holdings", {"person_id": "p1", "properties": 1}),
}
OWN_TESTS = {"property_given_up_365d": "test_a_home_is_given_up_within_a_year"}
