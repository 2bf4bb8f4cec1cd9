"""Medical burden: what illness costs a household, who in it is ill, who is not insured.

What was paid for a member who has died or left the district is counted: the family paid it. How
heavy a bill weighs depends on income; see :mod:`features.groups.income`.
"""

import ibis
import ibis.expr.types as ir
from ibis import _

from features.households import people
from features.persons import summed, windowed_per_person
from features.point_in_time import ENTITY, PointInTime, newest, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import SCALE, count, highest, total, within

DAYS_BEFORE_RECENT = 365 - 90
LATEST_REPORT_DAYS = 120
"""A bill of the last 30 days an insurer reported is not older, unless the insurer is silent."""
REGULAR_VISITS = 2
TIERS = ("self_paid_tier_1", "self_paid_tier_2", "self_paid_tier_3", "self_paid_tier_4")


def bills_of_the_family(view: PointInTime, *, days: int = 365) -> ir.Table:
    """Return the settlements of the last ``days``, of members and of those the household lost."""

    def both() -> ir.Table:
        lost = view.facts("medical_settlements", days=days, link="lost_person")
        return view.facts("medical_settlements", days=days).union(lost)

    return view.shelf.view(f"bills_of_the_family_{days}d", both)


def care_of_families(view: PointInTime) -> ir.Table:
    """Return what care cost each household: one row per household with a bill in 730 days.

    Money in yuan, null where no bill of the window told it; ``care_last_on`` is the latest bill of 365 days.
    """
    return view.shelf.table("care_of_families", lambda: _care_of_families(view))


def _care_of_persons(view: PointInTime) -> ir.Table:
    inpatient, chronic = _.care_kind == "inpatient", _.diagnosis_group == "chronic"
    return windowed_per_person(
        view,
        "medical_settlements",
        "person",
        "lost_person",
        paid_90d=total(_.self_paid, days=90),
        paid_365d=total(_.self_paid, days=365),
        paid_730d=total(_.self_paid, days=730),
        billed_365d=total(_.total_amount, days=365),
        aid_365d=total(_.aid_paid, days=365),
        stays=count(days=365, where=inpatient),
        hospital_days=total(_.hospital_days, days=365, where=inpatient),
        longest_stay=highest(_.hospital_days, days=365, where=inpatient),
        major=count(days=365, where=_.diagnosis_group == "major"),
        mental=count(days=365, where=_.diagnosis_group == "mental"),
        chronic=count(days=365, where=chronic),
        chronic_180d=count(days=180, where=chronic),
        last_on=highest(_.event_date, days=365),
        last_inpatient_on=highest(_.event_date, days=365, where=inpatient),
    )


def _family(view: PointInTime) -> ir.Table:
    """Return whose bills a household pays: ``person_id``, whether ``child``, whether ``lost``."""
    members = people(view)
    child = members.age < in_force_on("minor_under", members.as_of_date)
    living = members.select(
        *KEYS, "person_id", child=child.fill_null(False), lost=ibis.literal(False)
    )
    gone = view.members("lost_person")
    return living.union(
        gone.select(
            *KEYS, person_id=gone[ENTITY], child=ibis.literal(False), lost=ibis.literal(True)
        )
    )


def _care_of_families(view: PointInTime) -> ir.Table:
    care = _family(view).join(_care_of_persons(view), ["person_id", "as_of_date"])
    line = in_force_on("self_paid_watch_line", care.as_of_date)
    stopped = (care.chronic >= REGULAR_VISITS) & (care.chronic_180d == 0)
    home = ~care.lost
    yuan = care.group_by(list(KEYS)).agg(
        care_paid_90d=summed(care.paid_90d),
        care_paid_365d=summed(care.paid_365d),
        care_paid_730d=summed(care.paid_730d),
        care_billed_365d=summed(care.billed_365d),
        care_aid_365d=summed(care.aid_365d),
        care_of_children=summed(care.child.ifelse(care.paid_365d, ibis.null("float64"))),
        care_of_lost=summed(care.lost.ifelse(care.paid_365d, ibis.null("float64"))),
        care_over_line=care.count(where=care.paid_365d > line),
        care_stays=care.stays.sum(),
        care_hospital_days=care.hospital_days.sum(),
        care_longest_stay=care.longest_stay.max(),
        care_inpatients=care.count(where=home & (care.stays > 0)),
        care_major_members=care.count(where=home & (care.major > 0)),
        care_major=care.major.sum(),
        care_mental=care.mental.sum(),
        care_chronic=care.chronic.sum(),
        care_stopped=care.count(where=home & stopped),
        care_last_on=care.last_on.max(),
        care_last_inpatient_on=care.last_inpatient_on.max(),
    )
    money = (
        *("care_paid_90d", "care_paid_365d", "care_paid_730d", "care_billed_365d"),
        *("care_aid_365d", "care_of_children", "care_of_lost"),
    )
    return yuan.mutate(**{name: yuan[name] / SCALE for name in money})


def _outpatient_of_the_latest_report(view: PointInTime) -> ir.Table:
    bills = bills_of_the_family(view, days=LATEST_REPORT_DAYS).filter(
        _.care_kind.isin(("outpatient", "chronic_clinic", "pharmacy"))
    )
    known = bills.join(view.reported_until("medical_settlements"), "as_of_date")
    latest = known.filter(known.event_date > known.reported_until - ibis.interval(days=30))
    paid = latest.group_by(list(KEYS)).agg(parts=summed(latest.self_paid))
    return paid.select(*KEYS, med_outpatient_self_paid_30d=paid.parts / SCALE)


def _insurance(view: PointInTime) -> ir.Table:
    spells = newest(
        view.current("medical_insurance"), per=(*KEYS, "person_id"), fact_id="insurance_id"
    )
    uninsured, owing = spells.scheme == "none", spells.arrears_months > 0
    return spells.group_by(list(KEYS)).agg(
        insurance_uninsured_members=spells.count(where=uninsured),
        insurance_lapsed_365d=spells.count(where=uninsured & within(spells, days=365)),
        insurance_arrears_months=spells.arrears_months.max().fill_null(0),
        insurance_lapsed_on=spells.event_date.max(where=uninsured),
        insurance_owing_since=spells.event_date.max(where=owing),
    )


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    rows = side_by_side(
        view.spine,
        care_of_families(view),
        _outpatient_of_the_latest_report(view),
        _insurance(view),
    )
    paid, recent = rows.care_paid_365d, rows.care_paid_90d.fill_null(0)
    passed = [
        (paid >= in_force_on(tier, rows.as_of_date)).fill_null(False).cast("int64")
        for tier in TIERS
    ]
    return rows.mutate(
        med_self_paid_90d=rows.care_paid_90d,
        med_self_paid_365d=paid,
        med_self_paid_730d=rows.care_paid_730d,
        med_self_paid_share_365d=paid / rows.care_billed_365d.nullif(0),
        med_self_paid_rise_90d=recent - (paid - recent) * (90 / DAYS_BEFORE_RECENT),
        med_self_paid_tier_365d=passed[0] + passed[1] + passed[2] + passed[3],
        med_members_over_line_365d=rows.care_over_line,
        med_self_paid_of_children_365d=rows.care_of_children,
        med_self_paid_of_lost_365d=rows.care_of_lost,
        med_inpatient_stays_365d=rows.care_stays,
        med_inpatient_members_365d=rows.care_inpatients,
        med_hospital_days_365d=rows.care_hospital_days,
        med_longest_stay_365d=rows.care_longest_stay,
        med_major_visits_365d=rows.care_major,
        med_major_members_365d=rows.care_major_members,
        med_chronic_visits_365d=rows.care_chronic,
        med_care_stopped_180d=rows.care_stopped,
        med_mental_visits_365d=rows.care_mental,
        med_last_bill_on=rows.care_last_on,
        med_last_inpatient_on=rows.care_last_inpatient_on,
    ).select(*KEYS, *GROUP.columns)


_BILLS, _INSURANCE = ("medical_settlements",), ("medical_insurance",)
_PEOPLE_BILLS = ("residents", *_BILLS)

GROUP = FeatureGroup(
    name="medical_burden",
    title="Medical burden",
    sensitivity="S3",
    sources=("residents", *_BILLS, *_INSURANCE),
    evidence=(
        "med_last_bill_on",
        "med_last_inpatient_on",
        "insurance_lapsed_on",
        "insurance_owing_since",
    ),
    features=(
        Feature(
            name="med_outpatient_self_paid_30d",
            unit="yuan",
            missing="zero",
            sources=_BILLS,
            description="Paid by the household itself for clinics and pharmacies in the last 30 days"
            " the insurer has reported: bills of the last weeks are never here yet.",
            phrase="近一个月门诊和购药自付{value}元",
            dated_by="med_last_bill_on",
        ),
        Feature(
            name="med_self_paid_90d",
            unit="yuan",
            missing="zero",
            sources=_BILLS,
            description="Paid by the household itself after insurer and medical aid.",
            phrase="近三个月自付医疗费{value}元",
            dated_by="med_last_bill_on",
        ),
        Feature(
            name="med_self_paid_365d",
            unit="yuan",
            missing="zero",
            sources=_BILLS,
            description="Paid by the household itself after insurer and medical aid.",
            phrase="近一年自付医疗费{value}元",
            dated_by="med_last_bill_on",
        ),
        Feature(
            name="med_self_paid_730d",
            unit="yuan",
            missing="zero",
            sources=_BILLS,
            description="The same over two years: long illness drains savings.",
            phrase="近两年自付医疗费{value}元",
            dated_by="med_last_bill_on",
        ),
        Feature(
            name="med_self_paid_share_365d",
            unit="share",
            missing="unknown",
            sources=_BILLS,
            description="Self-paid part of all bills; unknown without a bill.",
            phrase="近一年医疗费中自付占{value}",
            dated_by="med_last_bill_on",
        ),
        Feature(
            name="med_self_paid_rise_90d",
            unit="yuan",
            missing="zero",
            sources=_BILLS,
            description="Self-paid in 90 days above the pace of the 275 days before; may be negative.",
            phrase="近三个月自付医疗费比之前多出{value}元",
            dated_by="med_last_bill_on",
        ),
        Feature(
            name="med_self_paid_tier_365d",
            unit="tier",
            missing="zero",
            sources=_BILLS,
            description="How many of the four tiers of a published watch list (parameters"
            " ``self_paid_tier_1`` to ``_4``) the self-paid care of the household reaches.",
            phrase="近一年自付医疗费达到预警第{value}档",
            dated_by="med_last_bill_on",
        ),
        Feature(
            name="med_members_over_line_365d",
            unit="persons",
            missing="zero",
            sources=_BILLS,
            description="Members, and those the household lost, whose own self-paid care is above the line"
            " for one person (``self_paid_watch_line``).",
            phrase="家中{value}人近一年个人自付医疗费超过预警线",
            dated_by="med_last_bill_on",
        ),
        Feature(
            name="med_self_paid_of_children_365d",
            unit="yuan",
            missing="zero",
            sources=_PEOPLE_BILLS,
            description="Self-paid care of members who are minors.",
            phrase="近一年为孩子自付医疗费{value}元",
            dated_by="med_last_bill_on",
        ),
        Feature(
            name="med_self_paid_of_lost_365d",
            unit="yuan",
            missing="zero",
            sources=_BILLS,
            description="Self-paid care of members of the last year who died or left the district: the bill stays"
            " when the earner is gone.",
            phrase="近一年为已不在家的亲人自付医疗费{value}元",
            dated_by="med_last_bill_on",
        ),
        Feature(
            name="med_inpatient_stays_365d",
            unit="stays",
            missing="zero",
            sources=_BILLS,
            description="Hospital stays settled.",
            phrase="近一年住院{value}次",
            dated_by="med_last_inpatient_on",
        ),
        Feature(
            name="med_inpatient_members_365d",
            unit="members",
            missing="zero",
            sources=_BILLS,
            description="Members living at home with a hospital stay.",
            phrase="近一年家中{value}人住过院",
            dated_by="med_last_inpatient_on",
        ),
        Feature(
            name="med_hospital_days_365d",
            unit="days",
            missing="zero",
            sources=_BILLS,
            description="Days in hospital: care needed, and earnings that stop.",
            phrase="近一年住院共{value}天",
            dated_by="med_last_inpatient_on",
        ),
        Feature(
            name="med_longest_stay_365d",
            unit="days",
            missing="zero",
            sources=_BILLS,
            description="Longest single stay settled.",
            phrase="近一年最长一次住院{value}天",
            dated_by="med_last_inpatient_on",
        ),
        Feature(
            name="med_major_visits_365d",
            unit="visits",
            missing="zero",
            sources=_BILLS,
            description="Settlements for a major illness. A diagnosis: never worded for a visitor.",
        ),
        Feature(
            name="med_major_members_365d",
            unit="members",
            missing="zero",
            sources=_BILLS,
            description="Members living at home treated for a major illness. Never worded for a visitor.",
        ),
        Feature(
            name="med_chronic_visits_365d",
            unit="visits",
            missing="zero",
            sources=_BILLS,
            description="Settlements for a chronic illness. Never worded for a visitor.",
        ),
        Feature(
            name="med_care_stopped_180d",
            unit="members",
            missing="zero",
            sources=_BILLS,
            description="Members with two or more settlements for a chronic illness in the 185 days before the"
            " window and none in it: treatment given up, or paid elsewhere.",
            phrase="家中{value}人原来定期看病，近半年没有就诊记录",
            dated_by="med_last_bill_on",
        ),
        Feature(
            name="med_mental_visits_365d",
            unit="visits",
            missing="zero",
            sources=_BILLS,
            description="Settlements for a mental illness. Never worded for a visitor.",
        ),
        Feature(
            name="insurance_uninsured_members",
            unit="members",
            missing="unknown",
            sources=_INSURANCE,
            description="Members whose newest spell is no scheme; unknown without any spell.",
            phrase="家中{value}人没有医保",
            phrase_unknown="没有医保参保记录",
            dated_by="insurance_lapsed_on",
        ),
        Feature(
            name="insurance_lapsed_365d",
            unit="members",
            missing="unknown",
            sources=_INSURANCE,
            description="Of them, whose spell without a scheme began in the window; unknown without any spell.",
            phrase="近一年家中{value}人断了医保",
            dated_by="insurance_lapsed_on",
        ),
        Feature(
            name="insurance_arrears_months",
            unit="months",
            missing="unknown",
            sources=_INSURANCE,
            monotone=1,
            description="Most months any member is behind with medical insurance.",
            phrase="医保欠缴{value}个月",
            dated_by="insurance_owing_since",
        ),
    ),
    build=build,
)
