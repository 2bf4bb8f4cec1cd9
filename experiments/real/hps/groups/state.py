"""The state around the household: how common hardship was there in the last two waves."""

import ibis.expr.types as ir

from features.point_in_time import PointInTime
from features.registry import KEYS, Feature, FeatureGroup

SHARES = {
    "food_insufficient_share": "did not have enough to eat",
    "payment_missed_share": "missed the last rent or mortgage payment",
    "income_loss_expected_share": "expect to lose employment income",
}
_DAYS = 14
"""Two waves: the one that closed the day before and the one a week earlier."""


def build(view: PointInTime) -> ir.Table:
    """Return one row per household with the mean of its state's last two tables."""
    tables = view.facts("hps_state_tables", days=_DAYS)
    return tables.group_by(list(KEYS)).agg(
        **{f"state_{share}_{_DAYS}d": tables[share].mean() for share in SHARES}
    )


GROUP = FeatureGroup(
    name="state",
    title="Hardship in the state",
    sensitivity="S3",
    sources=("hps_state_tables",),
    features=tuple(
        Feature(
            name=f"state_{share}_{_DAYS}d",
            unit="share of adults",
            missing="unknown",
            description=f"Adults of the state who {description}: mean of its last two tables.",
        )
        for share, description in SHARES.items()
    ),
    build=build,
)
