"""Pensions: what the retired receive, who lives on it, and elders without any."""

import ibis
import ibis.expr.types as ir

from features.groups.income import income_on_record
from features.households import people, sizes
from features.persons import summed
from features.point_in_time import PointInTime, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import SCALE
from features.work_on_record import contributors


def _drawn(view: PointInTime) -> ir.Table:
    """Return one row per household and member with a pension in force; ``monthly`` in parts of a yuan."""
    spells = view.current("pensions")
    drawn = spells.group_by([*KEYS, "person_id"]).agg(
        monthly=summed(spells.monthly_amount), since=spells.event_date.max()
    )
    line = in_force_on("dibao_line", drawn.as_of_date)
    return drawn.mutate(low=drawn.monthly < line * SCALE)


def _stopped(view: PointInTime, drawn: ir.Table) -> ir.Table:
    ended = view.facts("pensions").filter(
        lambda spell: spell.valid_to < spell.as_of_date,
        lambda spell: spell.valid_to >= spell.as_of_date - ibis.interval(days=365),
    )
    persons = ended.group_by([*KEYS, "person_id"]).agg(on=ended.valid_to.max())
    without = persons.anti_join(drawn, [*KEYS, "person_id"])
    return without.group_by(list(KEYS)).agg(
        pension_stopped_365d=without.count(), pension_stopped_on=without.on.max()
    )


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    members, drawn = people(view), _drawn(view)
    elders = members.filter(
        members.age >= in_force_on("elderly_from", members.as_of_date)
    ).anti_join(drawn, [*KEYS, "person_id"])
    pensions = drawn.group_by(list(KEYS)).agg(
        pension_members=drawn.count(),
        pension_low_members=drawn.count(where=drawn.low),
        total=drawn.monthly.sum(),
        pension_since=drawn.since.max(),
    )
    without = elders.group_by(list(KEYS)).agg(pension_elders_without=elders.count())
    paid = contributors(view)
    earning = paid.group_by(list(KEYS)).agg(contributors=paid.count())
    rows = side_by_side(
        view.spine,
        sizes(view),
        pensions,
        without,
        _stopped(view, drawn),
        earning,
        income_on_record(view),
    )
    return rows.mutate(
        pension_per_person_month=rows.total.fill_null(0) / SCALE / rows.size,
        pension_is_only_income=(rows.pension_members > 0) & rows.contributors.isnull(),
        pension_share_of_income_365d=rows.pensions_365d / rows.income_365d,
    ).select(*KEYS, *GROUP.columns)


_PENSIONS = ("pensions",)

GROUP = FeatureGroup(
    name="pensions",
    title="Pensions",
    sensitivity="S3",
    sources=("residents", *_PENSIONS, "social_insurance", "unemployment_benefit"),
    evidence=("pension_since", "pension_stopped_on"),
    features=(
        Feature(
            name="pension_per_person_month",
            unit="yuan per month",
            missing="unknown",
            sources=("residents", *_PENSIONS),
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
            sources=(*_PENSIONS, "social_insurance"),
            description="Pensions are drawn and nobody contributed in 365 days.",
            phrase="全家有记录的收入只有养老金",
            dated_by="pension_since",
        ),
        Feature(
            name="pension_share_of_income_365d",
            unit="share",
            missing="unknown",
            sources=(*_PENSIONS, "social_insurance", "unemployment_benefit"),
            description="Pensions over income on record of the window; unknown without any.",
            phrase="养老金占有记录收入的{value}",
            dated_by="pension_since",
        ),
        Feature(
            name="pension_low_members",
            unit="members",
            missing="zero",
            sources=_PENSIONS,
            description="Members whose pensions together are below the dibao line of the region"
            " (``dibao_line``).",
            phrase="家中{value}人养老金低于低保标准",
            dated_by="pension_since",
        ),
        Feature(
            name="pension_stopped_365d",
            unit="members",
            missing="zero",
            sources=_PENSIONS,
            description="Members living at home whose pension ended in the window and who draw none:"
            " often a yearly certification missed.",
            phrase="近一年家中{value}人养老金停发",
            dated_by="pension_stopped_on",
        ),
        Feature(
            name="pension_elders_without",
            unit="members",
            missing="zero",
            sources=("residents", *_PENSIONS),
            description="Elderly members without any pension on record.",
            phrase="家中{value}位老人没有养老金记录",
        ),
    ),
    build=build,
)
