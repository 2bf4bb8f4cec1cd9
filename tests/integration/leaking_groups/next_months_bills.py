"""A column of the future: what the next month's bills will be."""

import ibis
import ibis.expr.types as ir

from features.point_in_time import ENTITY, PointInTime
from features.registry import KEYS, Feature, FeatureGroup


def build(view: PointInTime) -> ir.Table:
    """Return the bills of the thirty days after the as_of_date."""
    accounts = view.members("account")
    bills = view._feeds["utility_bills"].facts.rename(**{ENTITY: "account_id"})
    own = accounts.join(bills, ENTITY)
    next_month = own.event_date.between(own.as_of_date, own.as_of_date + ibis.interval(days=30))
    return own.filter(next_month).group_by(list(KEYS)).agg(planted_bills_next_month=ibis._.count())


GROUP = FeatureGroup(
    name="next_months_bills",
    title="Bills of the month to come",
    sensitivity="S2",
    sources=("utility_bills",),
    features=(
        Feature(
            name="planted_bills_next_month",
            unit="bills",
            missing="zero",
            description="Bills of the next thirty days.",
        ),
    ),
    build=build,
)
