"""Benefits in force, benefits left, applications refused or pending.

Everything here comes from earlier decisions about help. It says who was seen before as much as who
is in need, so the whole group can be dropped from a model and its effect measured.
"""

import ibis
import ibis.expr.types as ir

from features.point_in_time import PointInTime, side_by_side
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import within

COVERING_SCHEMES = ("dibao", "tekun", "dibao_edge", "rigid_expense", "temporary_aid")
DISABILITY_SCHEMES = ("disability_living", "disability_nursing")


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    spells = view.facts("benefits")
    ended = (spells.valid_to < spells.as_of_date).fill_null(False)
    covering = spells.scheme.isin(COVERING_SCHEMES)
    held = spells.group_by(list(KEYS)).agg(
        benefit_is_covered=(covering & ~ended).any(),
        benefit_has_disability_subsidy=(spells.scheme.isin(DISABILITY_SCHEMES) & ~ended).any(),
        left_on=spells.valid_to.max(where=covering & ended),
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
    rows = side_by_side(view.spine, held, applied)
    rows = rows.mutate(benefit_left_on=ibis.ifelse(rows.benefit_is_covered, None, rows.left_on))
    return rows.mutate(
        benefit_days_since_exit=rows.as_of_date.delta(rows.benefit_left_on, unit="day")
    ).select(*KEYS, *GROUP.columns)


_BENEFITS, _APPLICATIONS = ("benefits",), ("applications",)

GROUP = FeatureGroup(
    name="benefits",
    title="Benefits and applications",
    sensitivity="S3",
    sources=(*_BENEFITS, *_APPLICATIONS),
    evidence=(
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
            name="benefit_has_disability_subsidy",
            unit="yes/no",
            dtype="boolean",
            missing="zero",
            sources=_BENEFITS,
            description="A member receives the living or the nursing subsidy.",
        ),
        Feature(
            name="benefit_days_since_exit",
            unit="days",
            missing="unknown",
            sources=_BENEFITS,
            description="Days since the last covering benefit ended; unknown if there was none or"
            " the household is covered.",
            phrase="退出社会救助{value}天",
            dated_by="benefit_left_on",
            worrying="low",
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
