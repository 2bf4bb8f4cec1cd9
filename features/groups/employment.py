"""Work on record: who contributes, who stopped, what the wages are.

A department reports weeks late and may be silent for a month, so a person's contributions have
stopped only if they are missing from the latest months the department has reported *at all* (see
``stopped_after_months`` in the parameters). Informal work leaves no contribution: no record is not
no work.
"""

import ibis
import ibis.expr.types as ir

from features.households import people
from features.point_in_time import PointInTime, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup

LATEST_MONTHS, MONTHS_BEFORE = 3, 6


def _month(day: ir.DateValue) -> ir.IntegerValue:
    return day.year() * 12 + day.month()


def _workers(view: PointInTime) -> ir.Table:
    """Return one row per household and contributor of the year: has it stopped, wages then and now.

    Now is the mean of the three latest reported months, 0 once stopped; then is the six before.
    """
    paid = view.facts("social_insurance", days=365)
    known = paid.join(view.reported_until("social_insurance"), "as_of_date")
    behind = _month(known.reported_until) - _month(known.event_date)
    workers = known.group_by([*KEYS, "person_id"]).agg(
        gap=behind.min(),
        wage_latest=known.wage_base.mean(where=behind < LATEST_MONTHS),
        wage_before=known.wage_base.mean(
            where=(behind >= LATEST_MONTHS) & (behind < LATEST_MONTHS + MONTHS_BEFORE)
        ),
        last_on=known.event_date.max(),
    )
    stopped = workers.gap >= in_force_on("stopped_after_months", workers.as_of_date)
    return workers.mutate(stopped=stopped, wage_now=ibis.ifelse(stopped, 0.0, workers.wage_latest))


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    members = people(view)
    day = members.as_of_date
    can_work = (members.age >= in_force_on("working_age_from", day)) & (
        members.age < in_force_on("elderly_from", day)
    )
    ages = members.group_by(list(KEYS)).agg(
        work_age_members=members.count(where=can_work), size=members.count()
    )
    workers = _workers(view)
    work = workers.group_by(list(KEYS)).agg(
        work_contributing_members=workers.count(where=~workers.stopped),
        work_stopped_members_365d=workers.count(where=workers.stopped),
        work_months_since_contribution=workers.gap.min(),
        wages_now=workers.wage_now.sum().fill_null(0),
        wages_before=workers.wage_before.sum(),
        work_stopped_on=workers.last_on.max(where=workers.stopped),
        work_last_on=workers.last_on.max(),
    )
    claims = view.facts("unemployment_benefit")
    ended = (claims.valid_to < claims.as_of_date).fill_null(False)
    benefit = claims.group_by(list(KEYS)).agg(
        work_unemployment_claims=claims.count(where=~ended),
        work_unemployment_ended_180d=claims.count(
            where=ended & (claims.as_of_date.delta(claims.valid_to, unit="day") <= 180)
        ),
        work_unemployment_since=claims.event_date.max(where=~ended),
        work_unemployment_ended_on=claims.valid_to.max(where=ended),
    )
    rows = side_by_side(view.spine, ages, work, benefit)
    return rows.mutate(
        work_contributing_share=(
            rows.work_contributing_members.fill_null(0) / rows.work_age_members.nullif(0)
        ).clip(upper=1),
        work_wages_per_person=rows.wages_now / rows.size,
        work_wage_fall=1 - rows.wages_now / rows.wages_before.nullif(0),
    ).select(*KEYS, *GROUP.columns)


_WAGES, _CLAIMS = ("social_insurance",), ("unemployment_benefit",)

GROUP = FeatureGroup(
    name="employment",
    title="Work on record, contributions that stopped, unemployment benefit",
    sensitivity="S3",
    sources=("residents", *_WAGES, *_CLAIMS),
    evidence=(
        "work_stopped_on",
        "work_last_on",
        "work_unemployment_since",
        "work_unemployment_ended_on",
    ),
    features=(
        Feature(
            name="work_contributing_members",
            unit="members",
            missing="zero",
            sources=_WAGES,
            description="Members whose contributions reach the latest reported months.",
            phrase="家中{value}人在缴社保",
            dated_by="work_last_on",
            worrying="low",
        ),
        Feature(
            name="work_contributing_share",
            unit="share",
            missing="unknown",
            sources=("residents", *_WAGES),
            description="Contributing over working-age members; unknown without the latter.",
            phrase="劳动年龄成员中在缴社保的占{value}",
            dated_by="work_last_on",
            worrying="low",
        ),
        Feature(
            name="work_stopped_members_365d",
            unit="members",
            missing="zero",
            sources=_WAGES,
            description="Members who contributed in the window and stopped since.",
            phrase="家中{value}人近一年内社保断缴",
            dated_by="work_stopped_on",
        ),
        Feature(
            name="work_months_since_contribution",
            unit="months",
            missing="unknown",
            sources=_WAGES,
            description="Months from the last contribution of anybody to the latest month reported;"
            " unknown without one in 365 days.",
            phrase="全家最近一次社保缴费已过去{value}个月",
            phrase_unknown="近一年没有社保缴费记录",
            dated_by="work_last_on",
        ),
        Feature(
            name="work_wages_per_person",
            unit="yuan per month",
            missing="unknown",
            sources=("residents", *_WAGES),
            description="Wage bases of the three latest reported months, summed over all"
            " contributors, per member. Unknown if nobody contributed in 365 days.",
            phrase="最近三个月人均申报工资{value}元",
            phrase_unknown="没有工资记录",
            dated_by="work_last_on",
            worrying="low",
        ),
        Feature(
            name="work_wage_fall",
            unit="share",
            missing="unknown",
            sources=_WAGES,
            description="Fall of the summed wage bases, three latest reported months against the"
            " six before; negative if they rose. Unknown without wages before.",
            phrase="最近三个月家庭申报工资比前半年下降{value}",
            dated_by="work_last_on",
        ),
        Feature(
            name="work_unemployment_claims",
            unit="claims",
            missing="zero",
            sources=_CLAIMS,
            description="Unemployment benefits in force.",
            phrase="家中{value}人在领失业金",
            dated_by="work_unemployment_since",
        ),
        Feature(
            name="work_unemployment_ended_180d",
            unit="claims",
            missing="zero",
            sources=_CLAIMS,
            description="Unemployment benefits that ended in the window.",
            phrase="近半年有{value}人失业金到期",
            dated_by="work_unemployment_ended_on",
        ),
    ),
    build=build,
)
