"""Medical burden: what illness costs a household, who in it is ill, who is not insured.

What was paid for a member who has died or left the district is counted: the family paid it. How
heavy a bill weighs depends on income; see :mod:`features.groups.income`.
"""

import ibis
import ibis.expr.types as ir

from features.point_in_time import PointInTime, newest, side_by_side
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import within

DAYS_BEFORE_RECENT = 365 - 90


def bills_of_the_family(view: PointInTime) -> ir.Table:
    """Return the settlements of the last 365 days, of members and of those the household lost."""

    def both() -> ir.Table:
        lost = view.facts("medical_settlements", days=365, link="lost_person")
        return view.facts("medical_settlements", days=365).union(lost)

    return view.shelf.view("bills_of_the_family", both)


def build(view: PointInTime) -> ir.Table:
    """Return one row per household with any settlement in 365 days or any insurance on record."""
    bills = bills_of_the_family(view).join(view.reported_until("medical_settlements"), "as_of_date")
    last_days = bills.event_date > bills.reported_until - ibis.interval(days=30)
    inpatient = bills.care_kind == "inpatient"
    major = bills.diagnosis_group == "major"
    outpatient = bills.care_kind.isin(("outpatient", "chronic_clinic", "pharmacy"))
    paid_90d = bills.self_paid.sum(where=within(bills, days=90)).fill_null(0)
    paid_365d = bills.self_paid.sum()
    care = bills.group_by(list(KEYS)).agg(
        med_outpatient_self_paid_30d=bills.self_paid.sum(where=outpatient & last_days),
        med_self_paid_90d=paid_90d,
        med_self_paid_365d=paid_365d,
        med_self_paid_share_365d=paid_365d / bills.total_amount.sum().nullif(0),
        med_self_paid_rise_90d=paid_90d - (paid_365d - paid_90d) * (90 / DAYS_BEFORE_RECENT),
        med_inpatient_stays_365d=bills.count(where=inpatient),
        med_hospital_days_365d=bills.hospital_days.sum(where=inpatient),
        med_major_visits_365d=bills.count(where=major),
        med_chronic_visits_365d=bills.count(where=bills.diagnosis_group == "chronic"),
        med_mental_visits_365d=bills.count(where=bills.diagnosis_group == "mental"),
        med_last_bill_on=bills.event_date.max(),
        med_last_inpatient_on=bills.event_date.max(where=inpatient),
    )
    spells = newest(
        view.current("medical_insurance"), per=(*KEYS, "person_id"), fact_id="insurance_id"
    )
    uninsured, owing = spells.scheme == "none", spells.arrears_months > 0
    insurance = spells.group_by(list(KEYS)).agg(
        insurance_uninsured_members=spells.count(where=uninsured),
        insurance_arrears_months=spells.arrears_months.max().fill_null(0),
        insurance_lapsed_on=spells.event_date.max(where=uninsured),
        insurance_owing_since=spells.event_date.max(where=owing),
    )
    return side_by_side(view.spine, care, insurance).select(*KEYS, *GROUP.columns)


_BILLS, _INSURANCE = ("medical_settlements",), ("medical_insurance",)

GROUP = FeatureGroup(
    name="medical_burden",
    title="Medical burden",
    sensitivity="S3",
    sources=(*_BILLS, *_INSURANCE),
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
            name="med_inpatient_stays_365d",
            unit="stays",
            missing="zero",
            sources=_BILLS,
            description="Hospital stays settled.",
            phrase="近一年住院{value}次",
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
            name="med_major_visits_365d",
            unit="visits",
            missing="zero",
            sources=_BILLS,
            description="Settlements for a major illness. A diagnosis: never worded for a visitor.",
        ),
        Feature(
            name="med_chronic_visits_365d",
            unit="visits",
            missing="zero",
            sources=_BILLS,
            description="Settlements for a chronic illness. Never worded for a visitor.",
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
