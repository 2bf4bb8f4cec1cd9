"""Windows of care and insurance."""

from tests.features.boundaries import Boundary

BILLS = "medical_settlements"
A_CHILD = """
    residence_id | person_id | household_id | address_id | event_date | birth_date
    r1           | p1        | h1           | a1         | 2015-01-01 | 2015-01-01
    """
ONE_HAS_DIED = """
    residence_id | person_id | household_id | address_id | event_date | valid_to   | birth_date
    r1           | p1        | h1           | a1         | 2015-01-01 | 2024-06-01 | 1980-01-01
    r2           | p2        | h1           | a1         | 2015-01-01 | ?          | 1980-01-01
    """
A_COUPLE = """
    residence_id | person_id | household_id | address_id | event_date | birth_date
    r1           | p1        | h1           | a1         | 2015-01-01 | 1980-01-01
    r2           | p2        | h1           | a1         | 2015-01-01 | 1980-01-01
    """
ONE_IS_INSURED = """
    insurance_id | person_id | event_date | scheme
    i2           | p2        | 2015-01-01 | resident
    """

_PAID = {"person_id": "p1", "total_amount": 100.0, "self_paid": 10.0}
_STAY = {"person_id": "p1", "care_kind": "inpatient", "hospital_days": 5}


def _ill(group: str) -> Boundary:
    return Boundary(BILLS, {"person_id": "p1", "diagnosis_group": group})


BOUNDARIES = {
    "med_outpatient_self_paid_30d": Boundary(BILLS, {**_PAID, "care_kind": "pharmacy"}),
    "med_self_paid_90d": Boundary(BILLS, _PAID),
    "med_self_paid_365d": Boundary(BILLS, _PAID),
    "med_self_paid_730d": Boundary(BILLS, _PAID),
    "med_self_paid_share_365d": Boundary(BILLS, _PAID),
    "med_self_paid_tier_365d": Boundary(BILLS, {"person_id": "p1", "self_paid": 1000.0}),
    "med_members_over_line_365d": Boundary(BILLS, {"person_id": "p1", "self_paid": 7001.0}),
    "med_self_paid_of_children_365d": Boundary(BILLS, _PAID, also={"residents": A_CHILD}),
    "med_self_paid_of_lost_365d": Boundary(BILLS, _PAID, also={"residents": ONE_HAS_DIED}),
    "med_inpatient_stays_365d": Boundary(BILLS, _STAY),
    "med_inpatient_members_365d": Boundary(BILLS, _STAY),
    "med_hospital_days_365d": Boundary(BILLS, _STAY),
    "med_longest_stay_365d": Boundary(BILLS, _STAY),
    "med_major_visits_365d": _ill("major"),
    "med_major_members_365d": _ill("major"),
    "med_chronic_visits_365d": _ill("chronic"),
    "med_mental_visits_365d": _ill("mental"),
    "insurance_lapsed_365d": Boundary(
        "medical_insurance",
        {"person_id": "p1", "scheme": "none"},
        also={"residents": A_COUPLE, "medical_insurance": ONE_IS_INSURED},
    ),
}
OWN_TESTS = {
    "med_self_paid_rise_90d": "test_self_paid_care_counts_by_window_version_and_arrival",
    "med_care_stopped_180d": "test_care_has_stopped_where_regular_visits_end",
}
