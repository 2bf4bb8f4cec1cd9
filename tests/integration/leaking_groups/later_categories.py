"""Codes from a list of categories that was drawn from all of history, the future included."""

import ibis
import ibis.expr.types as ir

from features.point_in_time import PointInTime, newest
from features.registry import KEYS, Feature, FeatureGroup


def build(view: PointInTime) -> ir.Table:
    """Return the code of the last call's category in the list of all there ever were."""
    ever = view._feeds["tickets"].facts.select("category").distinct()
    codes = ever.mutate(code=ibis.row_number().over(order_by=ever.category))
    last = newest(view.facts("tickets"), per=KEYS, fact_id="ticket_id")
    return last.join(codes, "category").select(*KEYS, planted_last_call_code="code")


GROUP = FeatureGroup(
    name="later_categories",
    title="Categories not yet used",
    sensitivity="S2",
    sources=("tickets",),
    features=(
        Feature(
            name="planted_last_call_code",
            unit="code",
            missing="unknown",
            description="Place of the last call's category in the list of categories.",
        ),
    ),
    build=build,
)
