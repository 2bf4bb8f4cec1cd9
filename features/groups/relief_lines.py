"""How far income on record lies above or below each line of the relief ladder.

Nothing here comes from earlier decisions about help. Income on record is a floor (see
:mod:`features.groups.income`), so a household above a line is above it; one below may not be.
"""

import ibis.expr.types as ir

from features.groups.income import income_on_record
from features.households import sizes
from features.point_in_time import PointInTime, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    rows = side_by_side(view.spine, sizes(view), income_on_record(view))
    day, monthly = rows.as_of_date, rows.income_365d / 12 / rows.size
    dibao = in_force_on("dibao_line", day)
    edge = dibao * in_force_on("dibao_edge_percent", day) / 100
    return rows.mutate(
        relief_above_dibao_365d=monthly - dibao,
        relief_above_edge_365d=monthly - edge,
        relief_above_average_365d=monthly - in_force_on("disposable_income_line", day) / 12,
    ).select(*KEYS, *GROUP.columns)


_SOURCES = ("residents", "social_insurance", "pensions", "unemployment_benefit")
_UNIT = "yuan per person and month"

GROUP = FeatureGroup(
    name="relief_lines",
    title="Distance to the lines of the relief ladder",
    sensitivity="S3",
    sources=_SOURCES,
    features=(
        Feature(
            name="relief_above_dibao_365d",
            unit=_UNIT,
            missing="unknown",
            description="Income on record per member and month less the dibao line of the region"
            " (``dibao_line``); negative below it, unknown without income on record.",
            phrase="有记录的人均月收入高出低保标准{value}元（负数为低于）",
            phrase_unknown="没有收入记录",
            worrying="low",
        ),
        Feature(
            name="relief_above_edge_365d",
            unit=_UNIT,
            missing="unknown",
            description="The same less the line of families at the edge of dibao"
            " (``dibao_line`` times ``dibao_edge_percent``).",
            phrase="有记录的人均月收入高出低保边缘标准{value}元（负数为低于）",
            worrying="low",
        ),
        Feature(
            name="relief_above_average_365d",
            unit=_UNIT,
            missing="unknown",
            description="The same less a twelfth of last year's disposable income per head"
            " (``disposable_income_line``), the line of families with rigid spending.",
            phrase="有记录的人均月收入高出平均可支配收入{value}元（负数为低于）",
            worrying="low",
        ),
    ),
    build=build,
)
