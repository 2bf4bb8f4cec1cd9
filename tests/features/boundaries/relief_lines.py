"""Windows of income on record, held against the lines of the ladder."""

from tests.features.boundaries import Boundary

_EARNED = Boundary("social_insurance", {"person_id": "p1", "wage_base": 5000.0})

BOUNDARIES = {
    "relief_above_dibao_365d": _EARNED,
    "relief_above_edge_365d": _EARNED,
    "relief_above_average_365d": _EARNED,
}
