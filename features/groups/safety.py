"""Signs that somebody may lie helpless at home. Never a sign of poverty: no model, list order or rule of thumb has them.

Meters are read once a day, so silence of twelve hours, which some districts watch, cannot be told from them.
"""

import ibis
import ibis.expr.types as ir
from ibis import _

from features.households import own_accounts
from features.point_in_time import PointInTime, side_by_side
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import highest

USED_M3 = 0.01
"""A day with less is a day without water: the threshold of Shanghai, Shenzhen and others."""
READ_DAYS, USED_DAYS = 7, 30
"""How fresh the last reading must be, and how long before it water must have been used."""


def build(view: PointInTime) -> ir.Table:
    """Return one row per household with a water meter read within a week."""
    water = _.service == "water"
    days = READ_DAYS + USED_DAYS
    accounts = own_accounts(view)
    # Whoever moved in lately has no use of their own to fall silent; without them meters are added up once each.
    settled = accounts.since <= accounts.as_of_date - ibis.interval(days=days)
    meters = view.windowed(
        "meter_readings",
        link=accounts.filter(settled).drop("since"),
        read_on=highest(_.event_date, days=READ_DAYS, where=water),
        used_on=highest(_.event_date, days=days, where=water & (_.usage >= USED_M3)),
        safety_water_most_3d=highest(_.usage, days=3, where=water),
    )
    rows = side_by_side(view.spine, meters)
    still = rows.read_on.delta(rows.used_on, unit="day")
    return rows.mutate(
        # Without any use for a month nobody may live there: that is no sudden silence.
        safety_water_still_days=(still <= USED_DAYS).ifelse(still, ibis.null("int64")),
        safety_water_read_on=rows.read_on,
    ).select(*KEYS, *GROUP.columns)


GROUP = FeatureGroup(
    name="safety",
    title="Signs that somebody may lie helpless: for the urgent lane, not for need",
    sensitivity="S3",
    sources=("residents", "utility_accounts", "meter_readings"),
    evidence=("safety_water_read_on",),
    features=(
        Feature(
            name="safety_water_still_days",
            unit="days",
            dtype="integer",
            missing="unknown",
            purpose="keep_safe",
            description=f"Days up to the last reading since any water meter at home showed {USED_M3} m3 or more in a day;"
            f" 0 if it did on that day. Unknown without a reading in {READ_DAYS} days, where no water was used in the"
            f" {USED_DAYS} days before it, and for who moved in within {READ_DAYS + USED_DAYS} days.",
            phrase="连续{value}天几乎没有用水，请先确认人是否平安",
            dated_by="safety_water_read_on",
        ),
        Feature(
            name="safety_water_most_3d",
            unit="m3",
            missing="unknown",
            purpose="keep_safe",
            # The register comes once a month: it need not have come within three days.
            sources=("meter_readings",),
            description="Most water any one meter at home showed in a day of the window; unknown without a reading and"
            f" for who moved in within {READ_DAYS + USED_DAYS} days.",
            phrase="一天用水{value}立方米，可能漏水或有人需要帮助",
            dated_by="safety_water_read_on",
        ),
    ),
    build=build,
)
