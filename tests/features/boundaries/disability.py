"""Windows of certificates."""

from tests.features.boundaries import Boundary

CERTIFICATES = "disability_certificates"
LESS_SEVERE = """
    certificate_id | person_id | event_date | kind     | grade
    k1             | p1        | 2015-01-01 | physical | 3
    """
_SEVERE = {"person_id": "p1", "kind": "physical", "grade": 1}

BOUNDARIES = {
    "disability_new_365d": Boundary(CERTIFICATES, _SEVERE),
    "disability_worse_365d": Boundary(CERTIFICATES, _SEVERE, also={CERTIFICATES: LESS_SEVERE}),
}
OWN_TESTS = {"disability_lapsed_365d": "test_a_certificate_has_lapsed_where_none_follows"}
