"""Windows of the group contact_history."""

from tests.features.boundaries import Boundary


def _visit(**cells: object) -> Boundary:
    return Boundary("visits", {"household_id": "h1", "finding": "no_need", **cells})


BOUNDARIES = {
    "contact_visits_365d": _visit(),
    "contact_alerted_visits_365d": _visit(channel="list"),
    "contact_not_found_365d": _visit(finding="not_found"),
    "contact_refused_365d": _visit(finding="refused"),
    "contact_need_without_entitlement_365d": _visit(finding="need_no_entitlement"),
    "contact_need_without_help_365d": _visit(finding="need_aid_started"),
    "contact_need_without_help_730d": _visit(finding="need_aid_started"),
    "contact_different_findings_730d": _visit(),
    "contact_needs_named_730d": _visit(needs="care"),
    "contact_self_reports_365d": _visit(channel="self_report"),
}
