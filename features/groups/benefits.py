"""Benefits in force, benefits left, applications refused or pending.

Everything here comes from earlier decisions about help. It says who was seen before as much as who
is in need, so the whole group can be dropped from a model and its effect measured.
"""

import ibis
import ibis.expr.types as ir

from features.households import sizes
from features.point_in_time import PointInTime, side_by_side, within
from features.registry import KEYS, Feature, FeatureGroup

COVERING_SCHEMES = ("dibao", "tekun", "dibao_edge", "rigid_expense", "temporary_aid")
DISABILITY_SCHEMES = ("disability_living", "disability_nursing")
POST_EXIT_WATCH_DAYS = 730


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    spells = view.facts("benefits")
    ended = (spells.valid_to < spells.as_of_date).fill_null(False)
    covering = spells.scheme.isin(COVERING_SCHEMES)
    since_end = spells.as_of_date.delta(spells.valid_to, unit="day")
    held = spells.group_by(list(KEYS)).agg(
        benefit_is_covered=(covering & ~ended).any(),
        benefit_month=spells.monthly_amount.sum(where=~ended).fill_null(0),
        benefit_has_disability_subsidy=(spells.scheme.isin(DISABILITY_SCHEMES) & ~ended).any(),
        exits=spells.count(where=covering & ended & (since_end <= POST_EXIT_WATCH_DAYS)),
        left_on=spells.valid_to.max(where=covering & ended),
        benefit_since=spells.event_date.max(where=~ended),
    )
    asked = view.facts("applications")
    covering_asked = asked.scheme.isin(COVERING_SCHEMES)
    decided_within = asked.decided_on >= asked.as_of_date - ibis.interval(days=365)
    refused = (asked.decision == "refused") & decided_within & covering_asked
    pending = (asked.decision == "pending") & within(asked, days=365) & covering_asked
    applied = asked.group_by(list(KEYS)).agg(
        application_refused_365d=asked.count(where=refused),
        application_pending=asked.count(where=pending),
        application_refused_on=asked.decided_on.max(where=refused),
        application_pending_since=asked.event_date.min(where=pending),
    )
    rows = side_by_side(view.spine, held, applied, sizes(view))
    out = ~rows.benefit_is_covered.fill_null(False)
    return rows.mutate(
        benefit_per_person_month=rows.benefit_month.fill_null(0) / rows.size,
        benefit_exits_730d=ibis.ifelse(out, rows.exits.fill_null(0), 0),
        benefit_left_on=ibis.ifelse(out, rows.left_on, None),
    ).select(*KEYS, *GROUP.columns)


_BENEFITS, _APPLICATIONS = ("benefits",), ("applications",)

GROUP = FeatureGroup(
    name="benefits",
    title="Benefits and applications",
    sources=("residents", *_BENEFITS, *_APPLICATIONS),
    evidence=(
        "benefit_since",
        "benefit_left_on",
        "application_refused_on",
        "application_pending_since",
    ),
    features=(
        Feature(
            name="benefit_is_covered",
            unit="yes/no",
            dtype="boolean",
            missing="zero",
            sources=_BENEFITS,
            description="A member holds dibao, tekun, dibao_edge, rigid_expense or temporary_aid.",
        ),
        Feature(
            name="benefit_per_person_month",
            unit="yuan per month",
            missing="unknown",
            sources=("residents", *_BENEFITS),
            description="All benefits in force over members; 0 without one.",
        ),
        Feature(
            name="benefit_has_disability_subsidy",
            unit="yes/no",
            dtype="boolean",
            missing="zero",
            sources=_BENEFITS,
            description="A member receives the living or the nursing subsidy.",
        ),
        Feature(
            name="benefit_exits_730d",
            unit="exits",
            missing="zero",
            sources=_BENEFITS,
            description="Covering benefits that ended in the window; 0 while covered again.",
            phrase="两年内退出过社会救助",
            dated_by="benefit_left_on",
        ),
        Feature(
            name="application_refused_365d",
            unit="applications",
            missing="zero",
            sources=_APPLICATIONS,
            description="Applications for a covering scheme refused in the window.",
            phrase="近一年申请救助被拒{value}次",
            dated_by="application_refused_on",
        ),
        Feature(
            name="application_pending",
            unit="applications",
            missing="zero",
            sources=_APPLICATIONS,
            description="Applications of the last 365 days not decided as far as reported.",
            phrase="有{value}份救助申请尚未办结",
            dated_by="application_pending_since",
        ),
    ),
    build=build,
)
