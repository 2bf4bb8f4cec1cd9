"""Contact: who visited, what they found, whom nobody could reach."""

import operator
from collections.abc import Callable
from functools import reduce

import ibis.expr.types as ir
from ibis import _

from features.groups.benefits import COVERING_SCHEMES
from features.point_in_time import PointInTime, newest, side_by_side
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import count, highest, within

CONFIRMING_FINDINGS = ("need_aid_started", "need_no_entitlement")
"""What a visit finds where there is need, with or without an entitlement."""
CLEARING_FINDINGS = ("already_met", "no_need")
"""What a visit finds where there is none, or none left."""


ALERTED = ("trigger", "list")
"""Channels of a visit that somebody's data asked for."""
NEEDS = ("cash", "care", "job", "school", "housing", "mental")
"""The coded needs a visitor ticks."""


def _names(need: str) -> Callable[[ir.Table], ir.BooleanValue]:
    return lambda visits: visits.needs.contains(need)


def _counted(view: PointInTime) -> ir.Table:
    gap, absent = _.finding == "need_no_entitlement", _.finding == "not_found"
    asked = view.windowed(
        "visits",
        contact_visits_365d=count(days=365),
        contact_alerted_visits_365d=count(days=365, where=_.channel.isin(ALERTED)),
        contact_not_found_365d=count(days=365, where=absent),
        contact_refused_365d=count(days=365, where=_.finding == "refused"),
        contact_need_without_entitlement_365d=count(days=365, where=gap),
        contact_self_reports_365d=count(days=365, where=_.channel == "self_report"),
        contact_gap_found_on=highest(_.event_date, where=gap),
        contact_not_found_on=highest(_.event_date, where=absent),
        contact_refused_on=highest(_.event_date, where=_.finding == "refused"),
        contact_need_found_on=highest(_.event_date, where=_.finding.isin(CONFIRMING_FINDINGS)),
        **{need: count(days=730, where=_names(need)) for need in NEEDS},
    )
    named = ((asked[need] > 0).cast("int64") for need in NEEDS)
    return asked.mutate(contact_needs_named_730d=reduce(operator.add, named)).drop(*NEEDS)


def _in_vain(view: PointInTime, visits: ir.Table) -> ir.Table:
    """Count visits after which no help came, and calls at a closed door since somebody was met."""
    begun = view.windowed(
        "benefits", help_began_on=highest(_.event_date, where=_.scheme.isin(COVERING_SCHEMES))
    )
    rows = visits.left_join(begun, list(KEYS)).drop("household_id_right", "as_of_date_right")
    helped = (rows.help_began_on >= rows.event_date).fill_null(False)
    in_vain = rows.finding.isin(CONFIRMING_FINDINGS) & ~helped
    vain = rows.group_by(list(KEYS)).agg(
        contact_need_without_help_365d=rows.count(where=in_vain & within(rows, days=365)),
        contact_need_without_help_730d=rows.count(where=in_vain & within(rows, days=730)),
        contact_different_findings_730d=rows.finding.nunique(where=within(rows, days=730)),
        met_on=rows.event_date.max(where=rows.finding != "not_found"),
    )
    since = rows.select(*KEYS, "event_date", "finding").join(
        vain.select(*KEYS, "met_on"), list(KEYS)
    )
    shut = (since.finding == "not_found") & (
        since.met_on.isnull() | (since.event_date > since.met_on)
    )
    doors = since.group_by(list(KEYS)).agg(contact_not_found_since_met=since.count(where=shut))
    return side_by_side(vain.drop("met_on"), doors)


def build(view: PointInTime) -> ir.Table:
    """Return one row per household that was ever visited or reported itself."""
    visits = view.facts("visits")
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
    rows = side_by_side(view.spine, _counted(view), _in_vain(view, visits), last, answer)
    since_need = rows.as_of_date.delta(rows.contact_need_found_on, unit="day")
    return rows.mutate(contact_days_since_need_found=since_need).select(*KEYS, *GROUP.columns)


_VISITS = ("visits",)

GROUP = FeatureGroup(
    name="contact_history",
    title="Visits and what they found",
    sensitivity="S2",
    sources=(*_VISITS, "benefits"),
    evidence=(
        "contact_last_on",
        "contact_gap_found_on",
        "contact_not_found_on",
        "contact_refused_on",
        "contact_need_found_on",
    ),
    features=(
        Feature(
            name="contact_visits_365d",
            unit="visits",
            missing="zero",
            sources=_VISITS,
            description="Visits and reports of any channel.",
        ),
        Feature(
            name="contact_not_found_365d",
            unit="visits",
            missing="zero",
            sources=_VISITS,
            description="Visits that found nobody: moved, empty, wrong address.",
            phrase="近一年{value}次上门未找到人",
            dated_by="contact_not_found_on",
        ),
        Feature(
            name="contact_need_without_entitlement_365d",
            unit="visits",
            missing="zero",
            sources=_VISITS,
            description="Visits that confirmed need without any entitlement.",
            phrase="近一年走访确认有困难但不符合现有政策",
            dated_by="contact_gap_found_on",
        ),
        Feature(
            name="contact_need_is_known",
            unit="yes/no",
            dtype="boolean",
            missing="zero",
            sources=_VISITS,
            description="Need without entitlement was the last answer of the year; nobody cleared it.",
        ),
        Feature(
            name="contact_self_reports_365d",
            unit="reports",
            missing="zero",
            sources=_VISITS,
            description="Times the household asked for help itself.",
            phrase="近一年主动求助{value}次",
            dated_by="contact_last_on",
        ),
        Feature(
            name="contact_alerted_visits_365d",
            unit="visits",
            missing="zero",
            sources=_VISITS,
            description="Visits because a trigger fired or a list named the household.",
            phrase="近一年因预警或名单走访{value}次",
            dated_by="contact_last_on",
        ),
        Feature(
            name="contact_refused_365d",
            unit="visits",
            missing="zero",
            sources=_VISITS,
            description="Visits that were refused at the door.",
            phrase="近一年{value}次谢绝走访",
            dated_by="contact_refused_on",
        ),
        Feature(
            name="contact_need_without_help_365d",
            unit="visits",
            missing="zero",
            description="Visits that confirmed need and after which no covering benefit of any member"
            " began.",
            phrase="近一年走访确认有困难{value}次，之后未获救助",
            dated_by="contact_need_found_on",
        ),
        Feature(
            name="contact_need_without_help_730d",
            unit="visits",
            missing="zero",
            description="Visits that confirmed need and after which no covering benefit of any member"
            " began.",
            phrase="近两年走访确认有困难{value}次，之后未获救助",
            dated_by="contact_need_found_on",
        ),
        Feature(
            name="contact_different_findings_730d",
            unit="findings",
            missing="zero",
            sources=_VISITS,
            description="How many different things visits found: many of them and nobody knows.",
        ),
        Feature(
            name="contact_needs_named_730d",
            unit="needs",
            missing="zero",
            sensitivity="S3",
            sources=_VISITS,
            description="Different coded needs visits named, of cash, care, job, school, housing, mental."
            " Only their number: which ones may be health.",
            phrase="近两年走访发现{value}类困难",
            dated_by="contact_need_found_on",
        ),
        Feature(
            name="contact_days_since_need_found",
            unit="days",
            missing="unknown",
            sources=_VISITS,
            description="Days since a visit last confirmed need; unknown if none ever did.",
            phrase="上次走访确认有困难距今{value}天",
            dated_by="contact_need_found_on",
            worrying="any",
        ),
        Feature(
            name="contact_not_found_since_met",
            unit="visits",
            missing="zero",
            sources=_VISITS,
            description="Visits that found nobody since one last found anything else, or ever.",
            phrase="连续{value}次上门未找到人",
            dated_by="contact_not_found_on",
        ),
        Feature(
            name="contact_days_since_visit",
            unit="days",
            missing="unknown",
            sources=_VISITS,
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
            sources=_VISITS,
            description="What the last visit found; unknown if never visited.",
        ),
    ),
    build=build,
)
