"""Windows of the facts for rules."""

from tests.features.boundaries import Boundary

BOUNDARIES = {
    "rule_necessary_spending_365d": Boundary(
        "medical_settlements", {"person_id": "p1", "self_paid": 10.0}
    ),
    "rule_sudden_events_90d": Boundary("life_events", {"person_id": "p1", "kind": "death"}),
}
