"""Pensions: what the retired receive, and elders without any."""

import ibis.expr.types as ir

from features.households import people, sizes
from features.point_in_time import PointInTime, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    members = people(view)
    spells = view.current("pensions")
    drawn = spells.group_by([*KEYS, "person_id"]).agg(
        monthly=spells.monthly_amount.sum(), since=spells.event_date.max()
    )
    elders = members.filter(
        members.age >= in_force_on("elderly_from", members.as_of_date)
    ).anti_join(drawn, [*KEYS, "person_id"])
    pensions = drawn.group_by(list(KEYS)).agg(
        pension_members=drawn.count(), total=drawn.monthly.sum(), pension_since=drawn.since.max()
    )
    without = elders.group_by(list(KEYS)).agg(pension_elders_without=elders.count())
    wages = view.facts("social_insurance", days=365)
    earning = wages.group_by(list(KEYS)).agg(contributions=wages.count())
    rows = side_by_side(view.spine, sizes(view), pensions, without, earning)
    return rows.mutate(
        pension_per_person_month=rows.total.fill_null(0) / rows.size,
        pension_is_only_income=(rows.pension_members > 0) & rows.contributions.isnull(),
    ).select(*KEYS, *GROUP.columns)


GROUP = FeatureGroup(
    name="pensions",
    title="Pensions",
    sensitivity="S3",
    sources=("residents", "pensions", "social_insurance"),
    evidence=("pension_since",),
    features=(
        Feature(
            name="pension_per_person_month",
            unit="yuan per month",
            missing="unknown",
            sources=("residents", "pensions"),
            description="Pensions in force over all members; 0 without a pension.",
            phrase="按全家人数平均，每人每月养老金{value}元",
            dated_by="pension_since",
            worrying="low",
        ),
        Feature(
            name="pension_is_only_income",
            unit="yes/no",
            dtype="boolean",
            missing="zero",
            sources=("pensions", "social_insurance"),
            description="Pensions are drawn and nobody contributed in 365 days.",
            phrase="全家有记录的收入只有养老金",
            dated_by="pension_since",
        ),
        Feature(
            name="pension_elders_without",
            unit="members",
            missing="zero",
            sources=("residents", "pensions"),
            description="Elderly members without any pension on record.",
            phrase="家中{value}位老人没有养老金记录",
        ),
    ),
    build=build,
)
