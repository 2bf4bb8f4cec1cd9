"""Windows of what is known: a feed is new where its first fact is."""

from tests.features.boundaries import Boundary

BOUNDARIES = {
    "data_feeds_first_seen_365d": Boundary("medical_settlements", {"person_id": "p1"}),
}
