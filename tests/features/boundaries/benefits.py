"""Windows of benefits and applications: applications count by the day they were decided."""

from datetime import timedelta

from tests.features.boundaries import Boundary


def _refused(reason: str) -> Boundary:
    return Boundary(
        "applications",
        {
            "person_id": "p1",
            "scheme": "dibao",
            "decision": "refused",
            "decided_on": timedelta(0),
            "refusal_reason": reason,
        },
    )


BOUNDARIES = {
    "benefit_relief_months_730d": Boundary(
        "benefits", {"person_id": "p1", "scheme": "dibao", "valid_to": timedelta(days=1)}
    ),
    "application_refused_365d": _refused("other"),
    "application_refused_income_365d": _refused("income"),
    "application_refused_assets_365d": _refused("assets"),
    "application_refused_papers_365d": _refused("papers"),
    "application_refused_not_resident_365d": _refused("not_resident"),
    "benefit_ended_180d": Boundary(
        "benefits", {"person_id": "p1", "scheme": "dibao", "valid_to": timedelta(0)}
    ),
}
