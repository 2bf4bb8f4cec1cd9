"""Traces of help in other departments' records, and help a household seems not to receive.

Kept apart from the records themselves: these features carry earlier decisions about help, so a model
without them is one dropped group away.
"""

import ibis.expr.types as ir

from features.groups.income import income_on_record
from features.groups.medical_burden import bills_of_the_family
from features.point_in_time import PointInTime, days_in_force, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    bills = bills_of_the_family(view)
    care = bills.group_by(list(KEYS)).agg(
        self_paid=bills.self_paid.sum(),
        trace_last_bill_on=bills.event_date.max(),
    )
    accounts = view.current("utility_accounts")
    tariffs = accounts.group_by(list(KEYS)).agg(
        trace_has_subsidised_tariff=accounts.subsidised.any()
    )
    spells = view.facts("benefits")
    received = spells.monthly_amount * days_in_force(spells, days=365) * (12 / 365)
    benefits = spells.group_by(list(KEYS)).agg(benefits_365d=received.sum())
    certificates = view.current("disability_certificates")
    severe = certificates.filter(
        certificates.grade <= in_force_on("severe_disability_grade", certificates.as_of_date)
    )
    nursing = view.current("benefits").filter(
        lambda spell: spell.scheme.isin(("disability_nursing", "tekun"))
    )
    unclaimed = severe.anti_join(nursing, [*KEYS, "person_id"])
    gaps = unclaimed.group_by(list(KEYS)).agg(
        trace_without_nursing_subsidy=unclaimed.person_id.nunique(),
        trace_certified_on=unclaimed.event_date.max(),
    )
    rows = side_by_side(view.spine, care, tariffs, benefits, income_on_record(view), gaps)
    income = rows.income_365d.fill_null(0) + rows.benefits_365d.fill_null(0)
    return rows.mutate(
        trace_med_burden_with_benefits_365d=rows.self_paid.fill_null(0) / income.nullif(0)
    ).select(*KEYS, *GROUP.columns)


_INCOME = ("social_insurance", "pensions", "unemployment_benefit", "benefits")

GROUP = FeatureGroup(
    name="benefit_traces",
    title="Traces of help elsewhere, and help not claimed",
    sensitivity="S3",
    sources=(
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
    ),
    build=build,
)
