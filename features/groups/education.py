"""School: who learns at which stage, what the year costs, who pays, who left before the end.

Schools outside the district and private kindergartens do not report. A year ends in June and the next is
reported in autumn: in between nobody is enrolled, which says nothing.
"""

import ibis
import ibis.expr.types as ir
from ibis import _

from features.households import age_on, people
from features.point_in_time import PointInTime, in_force, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import highest, total, within

HOLIDAY_DAYS = 120
"""A year that ended so shortly before the last reported day may still be followed by the next."""


def build(view: PointInTime) -> ir.Table:
    """Return one row per household with a pupil in 730 days or a child of school age."""
    years = view.facts("education")
    pupils = in_force(years)
    stages = pupils.group_by(list(KEYS)).agg(
        education_kindergarten_pupils=_pupils(pupils, "kindergarten"),
        education_compulsory_pupils=_pupils(pupils, "primary", "junior"),
        education_senior_pupils=_pupils(pupils, "senior"),
        education_tertiary_students=_pupils(pupils, "tertiary"),
    )
    owed = _.fee_due - _.fee_paid
    money = view.windowed(
        "education",
        education_fees_due_365d=total(_.fee_due, days=365),
        education_fees_paid_365d=total(_.fee_paid, days=365),
        education_fees_unpaid_365d=total(owed, days=365),
        education_aid_365d=total(_.aid_amount, days=365),
        education_fees_after_aid_365d=total(
            lambda year: ibis.greatest(year.fee_due - year.aid_amount, 0), days=365
        ),
        education_year_began_on=highest(_.event_date, days=365),
        education_owing_since=highest(_.event_date, days=365, where=owed > 0),
    )
    return side_by_side(
        view.spine,
        stages,
        money,
        _dropouts(years),
        _not_enrolled(view, years),
        _changed_school(years),
    ).select(*KEYS, *GROUP.columns)


def _pupils(pupils: ir.Table, *stages: str) -> ir.IntegerScalar:
    return pupils.person_id.nunique(where=pupils.stage.isin(stages))


def _dropouts(years: ir.Table) -> ir.Table:
    left = years.filter(
        years.leaving_reason == "dropped_out",
        years.valid_to < years.as_of_date,
        years.valid_to >= years.as_of_date - ibis.interval(days=365),
    )
    return left.group_by(list(KEYS)).agg(
        education_dropouts_365d=left.person_id.nunique(),
        education_dropped_out_on=left.valid_to.max(),
    )


def _not_enrolled(view: PointInTime, years: ir.Table) -> ir.Table:
    """Count children of school age whom no school reported around the last day reported.

    The year in which a child starts school is left out: on the last reported day it may still have been
    in a kindergarten that does not report.
    """
    reported = view.reported_until("education")
    members = people(view).join(reported, "as_of_date")
    last = members.reported_until
    age = age_on(last, members.birth_date)
    due = members.filter(
        age > in_force_on("compulsory_school_from", last),
        age < in_force_on("compulsory_school_under", last),
    )
    years = years.join(reported, "as_of_date")
    lately = years.reported_until - ibis.interval(days=HOLIDAY_DAYS)
    enrolled = years.filter(years.valid_to.isnull() | (years.valid_to >= lately))
    missed = due.anti_join(enrolled, [*KEYS, "person_id"])
    return missed.group_by(list(KEYS)).agg(education_children_not_enrolled=missed.count())


def _changed_school(years: ir.Table) -> ir.Table:
    years = years.filter(within(years, days=730))
    schools = years.group_by([*KEYS, "person_id", "stage"]).agg(
        one=years.school_id.min(), other=years.school_id.max()
    )
    moved = schools.filter(schools.one != schools.other)
    return moved.group_by(list(KEYS)).agg(education_changed_school_730d=moved.person_id.nunique())


_SCHOOLS, _PUPILS = ("education",), ("education", "residents")

GROUP = FeatureGroup(
    name="education",
    title="School and its cost",
    sensitivity="S3",
    sources=_PUPILS,
    evidence=("education_year_began_on", "education_owing_since", "education_dropped_out_on"),
    features=(
        Feature(
            name="education_kindergarten_pupils",
            unit="members",
            missing="zero",
            sources=_SCHOOLS,
            description="Members enrolled in a kindergarten that reports.",
            phrase="家中有{value}个孩子上幼儿园",
            worrying="any",
        ),
        Feature(
            name="education_compulsory_pupils",
            unit="members",
            missing="zero",
            sources=_SCHOOLS,
            description="Members enrolled in primary or junior school.",
            phrase="家中有{value}个孩子上小学或初中",
            worrying="any",
        ),
        Feature(
            name="education_senior_pupils",
            unit="members",
            missing="zero",
            sources=_SCHOOLS,
            description="Members enrolled in senior school; fees begin here.",
            phrase="家中有{value}人上高中或中职",
            worrying="any",
        ),
        Feature(
            name="education_tertiary_students",
            unit="members",
            missing="zero",
            sources=_SCHOOLS,
            description="Members enrolled in tertiary education.",
            phrase="家中有{value}名大学生",
            worrying="any",
        ),
        Feature(
            name="education_fees_due_365d",
            unit="yuan",
            missing="zero",
            sources=_SCHOOLS,
            description="Fees of the school years that began in the window.",
            phrase="近一年应缴学费{value}元",
            dated_by="education_year_began_on",
        ),
        Feature(
            name="education_fees_paid_365d",
            unit="yuan",
            missing="zero",
            sources=_SCHOOLS,
            description="Paid of them so far.",
        ),
        Feature(
            name="education_fees_unpaid_365d",
            unit="yuan",
            missing="zero",
            sources=_SCHOOLS,
            monotone=1,
            description="Still owed of them.",
            phrase="近一年尚有学费{value}元未缴",
            dated_by="education_owing_since",
        ),
        Feature(
            name="education_aid_365d",
            unit="yuan",
            missing="zero",
            sources=_SCHOOLS,
            description="Aid granted for school years that began in the window.",
        ),
        Feature(
            name="education_fees_after_aid_365d",
            unit="yuan",
            missing="zero",
            sources=_SCHOOLS,
            description="Fees less aid, never below 0 for one school year.",
            phrase="近一年扣除资助后学费{value}元",
            dated_by="education_year_began_on",
        ),
        Feature(
            name="education_dropouts_365d",
            unit="members",
            missing="zero",
            sources=_SCHOOLS,
            monotone=1,
            description="Members who dropped out of school in the window.",
            phrase="近一年家中{value}人中途退学",
            dated_by="education_dropped_out_on",
        ),
        Feature(
            name="education_children_not_enrolled",
            unit="members",
            missing="zero",
            description="Children in compulsory schooling, past its first year, whom no school reported on the"
            " last day reported nor in the 120 days before; they may go to school elsewhere.",
            phrase="家中{value}个学龄儿童没有入学记录，请了解是否在外地就读",
        ),
        Feature(
            name="education_changed_school_730d",
            unit="members",
            missing="zero",
            sources=_SCHOOLS,
            description="Members with years begun in the window at two schools of the same stage.",
            phrase="近两年家中{value}个孩子转学",
        ),
    ),
    build=build,
)
