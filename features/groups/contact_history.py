"""Contact: who visited, what they found, whom nobody could reach."""

import ibis.expr.types as ir

from features.point_in_time import PointInTime, newest, side_by_side
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import within

CONFIRMING_FINDINGS = ("need_aid_started", "need_no_entitlement")
"""What a visit finds where there is need, with or without an entitlement."""
CLEARING_FINDINGS = ("already_met", "no_need")
"""What a visit finds where there is none, or none left."""


def build(view: PointInTime) -> ir.Table:
    """Return one row per household that was ever visited or reported itself."""
    visits = view.facts("visits")
    year = within(visits, days=365)
    gap = visits.finding == "need_no_entitlement"
    counted = visits.group_by(list(KEYS)).agg(
        contact_visits_365d=visits.count(where=year),
        contact_not_found_365d=visits.count(where=year & (visits.finding == "not_found")),
        contact_need_without_entitlement_365d=visits.count(where=year & gap),
        contact_self_reports_365d=visits.count(where=year & (visits.channel == "self_report")),
        contact_gap_found_on=visits.event_date.max(where=gap),
        contact_not_found_on=visits.event_date.max(where=visits.finding == "not_found"),
    )
    met = visits.filter(visits.finding.isin((*CONFIRMING_FINDINGS, *CLEARING_FINDINGS)))
    answer = newest(met.filter(within(met, days=365)), per=KEYS, fact_id="visit_id")
    answer = answer.select(*KEYS, contact_need_is_known=answer.finding == "need_no_entitlement")
    last = newest(visits, per=KEYS, fact_id="visit_id")
    last = last.select(
        *KEYS,
        contact_last_finding="finding",
        contact_last_on="event_date",
        contact_days_since_visit=last.as_of_date.delta(last.event_date, unit="day"),
    )
    return side_by_side(view.spine, counted, last, answer).select(*KEYS, *GROUP.columns)


GROUP = FeatureGroup(
    name="contact_history",
    title="Visits and what they found",
    sensitivity="S2",
    sources=("visits",),
    evidence=("contact_last_on", "contact_gap_found_on", "contact_not_found_on"),
    features=(
        Feature(
            name="contact_visits_365d",
            unit="visits",
            missing="zero",
            description="Visits and reports of any channel.",
        ),
        Feature(
            name="contact_not_found_365d",
            unit="visits",
            missing="zero",
            description="Visits that found nobody: moved, empty, wrong address.",
            phrase="近一年{value}次上门未找到人",
            dated_by="contact_not_found_on",
        ),
        Feature(
            name="contact_need_without_entitlement_365d",
            unit="visits",
            missing="zero",
            description="Visits that confirmed need without any entitlement.",
            phrase="近一年走访确认有困难但不符合现有政策",
            dated_by="contact_gap_found_on",
        ),
        Feature(
            name="contact_need_is_known",
            unit="yes/no",
            dtype="boolean",
            missing="zero",
            description="Need without entitlement was the last answer of the year; nobody cleared it.",
        ),
        Feature(
            name="contact_self_reports_365d",
            unit="reports",
            missing="zero",
            description="Times the household asked for help itself.",
            phrase="近一年主动求助{value}次",
            dated_by="contact_last_on",
        ),
        Feature(
            name="contact_days_since_visit",
            unit="days",
            missing="unknown",
            description="Days since anybody last visited; unknown if never.",
            phrase="上次走访距今{value}天",
            phrase_unknown="从未走访过",
            dated_by="contact_last_on",
        ),
        Feature(
            name="contact_last_finding",
            unit="class",
            dtype="category",
            missing="unknown",
            description="What the last visit found; unknown if never visited.",
        ),
    ),
    build=build,
)
