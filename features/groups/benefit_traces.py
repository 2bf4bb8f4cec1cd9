"""Traces of help in other departments' records, and help a household seems not to receive.

Kept apart from the records themselves: these features carry earlier decisions about help, so a model
without them is one dropped group away.
"""

import ibis.expr.types as ir

from features.groups.care import dependants
from features.groups.income import income_on_record
from features.groups.medical_burden import care_of_families
from features.households import people
from features.persons import summed
from features.point_in_time import PointInTime, days_in_force, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import SCALE


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    care = care_of_families(view).select(
        *(*KEYS, "care_paid_365d", "care_billed_365d", "care_aid_365d"),
        trace_last_bill_on="care_last_on",
    )
    accounts = view.current("utility_accounts")
    tariffs = accounts.group_by(list(KEYS)).agg(
        trace_has_subsidised_tariff=accounts.subsidised.any()
    )
    spells = view.facts("benefits")
    received = spells.monthly_amount * days_in_force(spells, days=365) * (12 / 365)
    benefits = spells.group_by(list(KEYS)).agg(received=summed(received))
    rows = side_by_side(
        view.spine, care, tariffs, benefits, income_on_record(view), *_unclaimed(view)
    )
    income = rows.income_365d.fill_null(0) + rows.received.fill_null(0) / SCALE
    return rows.mutate(
        trace_med_burden_with_benefits_365d=rows.care_paid_365d.fill_null(0) / income.nullif(0),
        trace_medical_aid_365d=rows.care_aid_365d,
        trace_medical_aid_share_365d=rows.care_aid_365d / rows.care_billed_365d.nullif(0),
    ).select(*KEYS, *GROUP.columns)


def _unclaimed(view: PointInTime) -> tuple[ir.Table, ir.Table, ir.Table]:
    """Count who seems to be due a benefit of their own that nobody pays them."""
    held = view.current("benefits").select(*KEYS, "person_id", "scheme")
    certificates = view.current("disability_certificates")
    severe = certificates.filter(
        certificates.grade <= in_force_on("severe_disability_grade", certificates.as_of_date)
    )
    nursing = held.filter(held.scheme.isin(("disability_nursing", "tekun")))
    uncared = severe.anti_join(nursing, [*KEYS, "person_id"])
    gaps = uncared.group_by(list(KEYS)).agg(
        trace_without_nursing_subsidy=uncared.person_id.nunique(),
        trace_certified_on=uncared.event_date.max(),
    )
    members = people(view)
    oldest = members.filter(
        members.age >= in_force_on("old_age_allowance_from", members.as_of_date)
    )
    overlooked = oldest.anti_join(
        held.filter(held.scheme == "old_age_allowance"), [*KEYS, "person_id"]
    )
    aged = overlooked.group_by(list(KEYS)).agg(trace_without_old_age_allowance=overlooked.count())
    counted = dependants(view)
    alone = counted.filter(counted.able == 0, counted.ages_unknown == 0)
    unsupported = alone.anti_join(held.filter(held.scheme == "orphan"), list(KEYS))
    children = unsupported.select(*KEYS, trace_without_orphan_allowance="children")
    return gaps, aged, children


_INCOME = ("social_insurance", "pensions", "unemployment_benefit", "benefits")

GROUP = FeatureGroup(
    name="benefit_traces",
    title="Traces of help elsewhere, and help not claimed",
    sensitivity="S3",
    sources=(
        "residents",
        *_INCOME,
        "medical_settlements",
        "utility_accounts",
        "disability_certificates",
    ),
    evidence=("trace_last_bill_on", "trace_certified_on"),
    features=(
        Feature(
            name="trace_has_subsidised_tariff",
            unit="yes/no",
            dtype="boolean",
            missing="unknown",
            sources=("utility_accounts",),
            description="A utility account at home has a subsidised tariff; unknown without one.",
        ),
        Feature(
            name="trace_without_nursing_subsidy",
            unit="members",
            missing="zero",
            sources=("disability_certificates", "benefits"),
            description="Severely disabled members with neither nursing subsidy nor tekun.",
            phrase="家中{value}名重度残疾人没有领取护理补贴",
            dated_by="trace_certified_on",
        ),
        Feature(
            name="trace_without_old_age_allowance",
            unit="members",
            missing="zero",
            sources=("residents", "benefits"),
            description="Members old enough for it (``old_age_allowance_from``) without an old-age allowance"
            " in force; it is paid where the hukou is.",
            phrase="家中{value}位高龄老人没有领取高龄津贴",
        ),
        Feature(
            name="trace_without_orphan_allowance",
            unit="members",
            missing="zero",
            sources=("residents", "disability_certificates", "benefits"),
            description="Minors without an able adult at home, where nobody holds the allowance for orphans and"
            " for children whose parents cannot raise them.",
            phrase="家中{value}个未成年人可能缺少父母照料，没有领取儿童生活补贴",
        ),
        Feature(
            name="trace_med_burden_with_benefits_365d",
            unit="share",
            missing="unknown",
            sources=(*_INCOME, "medical_settlements"),
            monotone=1,
            description="Self-paid care over income on record including benefits received.",
            phrase="自付医疗费占收入（含救助金）的{value}",
            phrase_unknown="没有收入记录，无法判断负担",
            dated_by="trace_last_bill_on",
        ),
        Feature(
            name="trace_medical_aid_365d",
            unit="yuan",
            missing="zero",
            sources=("medical_settlements",),
            description="Paid by medical aid (医疗救助) for members and for those the household lost: somebody"
            " judged them in need before.",
        ),
        Feature(
            name="trace_medical_aid_share_365d",
            unit="share",
            missing="unknown",
            sources=("medical_settlements",),
            description="Medical aid over all bills of the window; unknown without a bill.",
        ),
    ),
    build=build,
)
