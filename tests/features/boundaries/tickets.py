"""Windows of the group tickets."""

from tests.features.boundaries import Boundary


def _call(category: str) -> Boundary:
    return Boundary("tickets", {"person_id": "p1", "category": category})


BOUNDARIES = {
    "tickets_365d": _call("environment"),
    "tickets_help_90d": _call("medical_cost"),
    "tickets_help_365d": _call("medical_cost"),
    "tickets_income_365d": _call("income_help"),
    "tickets_wages_365d": _call("wages"),
    "tickets_care_365d": _call("disability"),
    "tickets_school_365d": _call("school"),
    "tickets_same_theme_365d": _call("utilities"),
}
