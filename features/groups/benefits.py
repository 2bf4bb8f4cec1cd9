"""Benefits in force, benefits left, applications refused or pending.

Everything here comes from earlier decisions about help. It says who was seen before as much as who
is in need, so the whole group can be dropped from a model and its effect measured.
"""

import ibis
import ibis.expr.types as ir

from features.households import sizes
from features.point_in_time import PointInTime, days_in_force, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import within

COVERING_SCHEMES = ("dibao", "tekun", "dibao_edge", "rigid_expense", "temporary_aid")
DISABILITY_SCHEMES = ("disability_living", "disability_nursing")
REFUSED_FOR = {
    "income": "收入",
    "assets": "财产",
    "papers": "材料",
    "not_resident": "户籍或居住地",
}
"""Reasons of refusal that a visit can follow up, and the word for each."""


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    rows = side_by_side(view.spine, sizes(view), _held(view), _applied(view))
    months = ibis.least(rows.relief_days.fill_null(0), 730) * 24 / 730
    uncovered = ibis.greatest(rows.size - rows.members_covered, 0)
    rows = rows.mutate(
        benefit_relief_months_730d=months,
        benefit_members_not_covered=rows.benefit_is_covered.ifelse(uncovered, 0),
        benefit_left_on=ibis.ifelse(rows.benefit_is_covered, None, rows.left_on),
    )
    return rows.mutate(
        benefit_days_since_exit=rows.as_of_date.delta(rows.benefit_left_on, unit="day"),
        application_pending_days=rows.as_of_date.delta(rows.application_pending_since, unit="day"),
    ).select(*KEYS, *GROUP.columns)


def _held(view: PointInTime) -> ir.Table:
    spells = view.facts("benefits")
    day, ends = spells.as_of_date, spells.valid_to
    ended = (ends < day).fill_null(False)
    covering = spells.scheme.isin(COVERING_SCHEMES)
    soon = in_force_on("ending_soon_days", day)
    # A recognition as a family of rigid spending lapses, whether or not an end was reported.
    to_go = in_force_on("rigid_expense_valid_days", day) - day.delta(spells.event_date, unit="day")
    lapses = (spells.scheme == "rigid_expense") & ends.isnull() & (to_go < soon)
    ends_soon = lapses | (ends.delta(day, unit="day") < soon)
    left = covering & ended
    return spells.group_by(list(KEYS)).agg(
        benefit_is_covered=(covering & ~ended).any(),
        benefit_has_disability_subsidy=(spells.scheme.isin(DISABILITY_SCHEMES) & ~ended).any(),
        benefit_schemes=spells.scheme.nunique(where=~ended),
        benefit_ending_soon=spells.count(where=covering & ~ended & ends_soon),
        benefit_ended_180d=spells.count(where=left & (ends >= day - ibis.interval(days=180))),
        relief_days=days_in_force(spells, days=730).sum(where=covering),
        members_covered=spells.members_covered.max(where=covering & ~ended),
        left_on=ends.max(where=left),
    )


def _applied(view: PointInTime) -> ir.Table:
    asked = view.facts("applications")
    covering = asked.scheme.isin(COVERING_SCHEMES)
    decided_within = asked.decided_on >= asked.as_of_date - ibis.interval(days=365)
    refused = (asked.decision == "refused") & decided_within & covering
    pending = (asked.decision == "pending") & within(asked, days=365) & covering
    return asked.group_by(list(KEYS)).agg(
        application_refused_365d=asked.count(where=refused),
        **{
            f"application_refused_{reason}_365d": asked.count(
                where=refused & (asked.refusal_reason == reason)
            )
            for reason in REFUSED_FOR
        },
        application_pending=asked.count(where=pending),
        application_refused_on=asked.decided_on.max(where=refused),
        application_pending_since=asked.event_date.min(where=pending),
    )


_BENEFITS, _APPLICATIONS = ("benefits",), ("applications",)


def _refused(reason: str) -> Feature:
    return Feature(
        name=f"application_refused_{reason}_365d",
        unit="applications",
        missing="zero",
        sources=_APPLICATIONS,
        description=f"Of them, refused for the reason {reason}.",
        phrase=f"近一年因{REFUSED_FOR[reason]}原因申请救助被拒{{value}}次",
        dated_by="application_refused_on",
    )


GROUP = FeatureGroup(
    name="benefits",
    title="Benefits and applications",
    sensitivity="S3",
    sources=("residents", *_BENEFITS, *_APPLICATIONS),
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
            name="benefit_schemes",
            unit="schemes",
            missing="zero",
            sources=_BENEFITS,
            description="Different schemes in force at home, of any kind.",
        ),
        Feature(
            name="benefit_members_not_covered",
            unit="members",
            missing="zero",
            sources=("residents", *_BENEFITS),
            description="Members at home beyond those the covering benefit counts; 0 without one.",
            phrase="家中有{value}人未纳入救助",
            worrying="any",
        ),
        Feature(
            name="benefit_relief_months_730d",
            unit="months",
            missing="zero",
            sources=_BENEFITS,
            description="Months of 24 with a covering benefit in force; two at once count twice, up to 24.",
        ),
        Feature(
            name="benefit_ended_180d",
            unit="benefits",
            missing="zero",
            sources=_BENEFITS,
            description="Covering benefits that ended in the window, whether or not another began.",
        ),
        Feature(
            name="benefit_ending_soon",
            unit="benefits",
            missing="zero",
            sources=_BENEFITS,
            description="Covering benefits in force that end within ``ending_soon_days``: as told, or because"
            " a recognition as a family of rigid spending lapses after ``rigid_expense_valid_days``.",
            phrase="有{value}项救助即将到期",
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
        *(_refused(reason) for reason in REFUSED_FOR),
        Feature(
            name="application_pending",
            unit="applications",
            missing="zero",
            sources=_APPLICATIONS,
            description="Applications of the last 365 days not decided as far as reported.",
            phrase="有{value}份救助申请尚未办结",
            dated_by="application_pending_since",
        ),
        Feature(
            name="application_pending_days",
            unit="days",
            missing="unknown",
            sources=_APPLICATIONS,
            description="Age of the oldest of them; unknown without one.",
            phrase="救助申请已等待{value}天",
            dated_by="application_pending_since",
        ),
    ),
    build=build,
)
