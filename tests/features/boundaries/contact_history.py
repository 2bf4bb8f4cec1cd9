"""Windows of the group contact_history."""

from tests.features.boundaries import Boundary


def _visit(**cells: object) -> Boundary:
    return Boundary("visits", {"household_id": "h1", "finding": "no_need", **cells})


BOUNDARIES = {
    "contact_visits_365d": _visit(),
    "contact_not_found_365d": _visit(finding="not_found"),
    "contact_need_without_entitlement_365d": _visit(finding="need_no_entitlement"),
    "contact_self_reports_365d": _visit(channel="self_report"),
}
