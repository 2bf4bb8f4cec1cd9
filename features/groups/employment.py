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
from features.windows import SCALE
from features.work_on_record import contributors, month


def _work(view: PointInTime) -> ir.Table:
    """Return per household who contributes and who stopped; wages in ten-thousandths of a yuan."""
    known = contributors(view)
    workers = known.mutate(
        stopped=known.gap >= in_force_on("stopped_after_months", known.as_of_date),
        missed=ibis.greatest(month(known.last_on) - month(known.first_on) + 1 - known.months, 0),
        at_floor=(known.months_180d > 0) & (known.at_floor_180d == known.months_180d),
    )
    work = workers.group_by(list(KEYS)).agg(
        contributors=workers.count(),
        work_contributing_members=workers.count(where=~workers.stopped),
        work_stopped_members_365d=workers.count(where=workers.stopped),
        work_months_since_contribution=workers.gap.min(),
        work_months_contributed_365d=workers.months.sum(),
        work_gap_months_365d=workers.missed.sum(),
        work_turned_flexible_365d=workers.count(where=workers.flexible_on > workers.employed_on),
        at_floor=workers.count(where=workers.at_floor),
        wages_now=workers.stopped.ifelse(0, workers.base_now).sum().fill_null(0),
        wages_before=workers.base_before.sum(),
        work_stopped_on=workers.last_on.max(where=workers.stopped),
        work_last_on=workers.last_on.max(),
    )
    floor = in_force_on("wage_base_floor", work.as_of_date)
    return work.mutate(
        work_single_earner_stopped_365d=(work.contributors == 1)
        & (work.work_stopped_members_365d == 1),
        work_at_floor_members_180d=floor.notnull().ifelse(work.at_floor, ibis.null("int64")),
    )


def _unemployment(view: PointInTime) -> ir.Table:
    claims = view.facts("unemployment_benefit")
    day = claims.as_of_date
    ended = (claims.valid_to < day).fill_null(False)
    left = claims.valid_to.delta(day, unit="day")
    soon = ~ended & (left < in_force_on("ending_soon_days", day)).fill_null(False)
    recent = ended & (day.delta(claims.valid_to, unit="day") <= 180)
    counted = claims.group_by(list(KEYS)).agg(
        work_unemployment_claims=claims.count(where=~ended),
        work_unemployment_ending_soon=claims.count(where=soon),
        work_unemployment_ended_180d=claims.count(where=recent),
        work_unemployment_since=claims.event_date.max(where=~ended),
        work_unemployment_ended_on=claims.valid_to.max(where=ended),
    )
    over = claims.filter(recent).group_by([*KEYS, "person_id"]).agg(over_on=claims.valid_to.max())
    open_claims = claims.filter(~ended)
    alone = over.anti_join(open_claims, [*KEYS, "person_id"])
    paid = contributors(view).select(*KEYS, "person_id", "last_on")
    since = alone.left_join(paid, [*KEYS, "person_id"], rname="{name}_paid")
    idle = since.filter(since.last_on.isnull() | (since.last_on <= since.over_on))
    ran_out = idle.group_by(list(KEYS)).agg(work_unemployment_ran_out_180d=idle.count())
    return side_by_side(counted, ran_out)


def _working_age(view: PointInTime) -> ir.Table:
    """Return per household its size, its members of working age and those without any record."""
    members = people(view)
    day = members.as_of_date
    can_work = (members.age >= in_force_on("working_age_from", day)) & (
        members.age < in_force_on("elderly_from", day)
    )
    claims = view.facts("unemployment_benefit")
    recent = claims.filter(
        claims.valid_to.isnull() | (claims.valid_to >= claims.as_of_date - ibis.interval(days=365))
    )
    unrecorded = members.filter(can_work)
    for on_record in (contributors(view), recent, view.current("pensions")):
        unrecorded = unrecorded.anti_join(on_record, [*KEYS, "person_id"])
    ages = members.group_by(list(KEYS)).agg(
        work_age_members=members.count(where=can_work), size=members.count()
    )
    without = unrecorded.group_by(list(KEYS)).agg(
        work_members_without_record_365d=unrecorded.count()
    )
    return side_by_side(ages, without)


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    rows = side_by_side(view.spine, _working_age(view), _work(view), _unemployment(view))
    return rows.mutate(
        work_contributing_share=(
            rows.work_contributing_members.fill_null(0) / rows.work_age_members.nullif(0)
        ).clip(upper=1),
        work_wages_per_person=rows.wages_now / SCALE / rows.size,
        work_wage_fall=1 - rows.wages_now / rows.wages_before.nullif(0),
    ).select(*KEYS, *GROUP.columns)


_WAGES, _CLAIMS = ("social_insurance",), ("unemployment_benefit",)
_ANY_RECORD = ("residents", *_WAGES, *_CLAIMS, "pensions")

GROUP = FeatureGroup(
    name="employment",
    title="Work on record, contributions that stopped, unemployment benefit",
    sensitivity="S3",
    sources=_ANY_RECORD,
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
            name="work_single_earner_stopped_365d",
            unit="yes/no",
            dtype="boolean",
            missing="zero",
            sources=_WAGES,
            description="Exactly one member contributed in the window, and stopped since.",
            phrase="家里唯一缴社保的人已断缴",
            dated_by="work_stopped_on",
        ),
        Feature(
            name="work_turned_flexible_365d",
            unit="members",
            missing="zero",
            sources=_WAGES,
            description="Members whose employer paid in the window and who have paid for themselves since: a job lost,"
            " cover kept at own cost.",
            phrase="家中{value}人由单位参保转为灵活就业",
            dated_by="work_last_on",
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
            name="work_months_contributed_365d",
            unit="months",
            missing="zero",
            sources=_WAGES,
            description="Months contributed by all members together; twelve for each steady job.",
            phrase="全家近一年共缴社保{value}个月",
            dated_by="work_last_on",
            worrying="low",
        ),
        Feature(
            name="work_gap_months_365d",
            unit="months",
            missing="zero",
            sources=_WAGES,
            description="Months missing between the first and the last contribution of each member, added up.",
            phrase="近一年社保中间断缴{value}个月",
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
            name="work_at_floor_members_180d",
            unit="members",
            missing="unknown",
            sources=_WAGES,
            description="Members all of whose contributions stood at the legal floor of the wage base"
            " (``wage_base_floor``); unknown if nobody contributed in 365 days.",
            phrase="家中{value}人按最低基数缴社保",
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
            name="work_unemployment_ending_soon",
            unit="claims",
            missing="zero",
            sources=_CLAIMS,
            description="Unemployment benefits in force whose end is known and near (``ending_soon_days``).",
            phrase="家中{value}人失业金即将到期",
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
        Feature(
            name="work_unemployment_ran_out_180d",
            unit="members",
            missing="zero",
            sources=(*_WAGES, *_CLAIMS),
            description="Members whose unemployment benefit ended in the window, who draw none now and have not"
            " contributed since.",
            phrase="近半年家中{value}人失业金到期后没有参保记录",
            dated_by="work_unemployment_ended_on",
        ),
        Feature(
            name="work_members_without_record_365d",
            unit="members",
            missing="zero",
            sources=_ANY_RECORD,
            description="Members of working age with neither contribution nor unemployment benefit in the window and no"
            " pension. Students and informal workers are among them.",
            phrase="家中{value}名劳动年龄成员没有就业或待遇记录",
        ),
    ),
    build=build,
)
