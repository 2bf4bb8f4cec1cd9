"""Open at night, ended in training: the end of a spell as it was filled in long afterwards."""

import ibis
import ibis.expr.types as ir

from features.point_in_time import PointInTime
from features.registry import KEYS, Feature, FeatureGroup


def build(view: PointInTime) -> ir.Table:
    """Return how many enrolments will turn out to end within a year of the as_of_date."""
    told = view._feeds["education"].facts
    last = told.filter(told.known_until.isnull()).select("enrolment_id", ended="valid_to")
    enrolled = view.facts("education").join(last, "enrolment_id")
    within_a_year = enrolled.ended < enrolled.as_of_date + ibis.interval(days=365)
    return enrolled.group_by(list(KEYS)).agg(
        planted_enrolments_that_end=enrolled.count(where=within_a_year)
    )


GROUP = FeatureGroup(
    name="ends_filled_in",
    title="Ends told later",
    sensitivity="S3",
    sources=("education",),
    features=(
        Feature(
            name="planted_enrolments_that_end",
            unit="enrolments",
            missing="zero",
            description="Enrolments that end within a year, as known today.",
        ),
    ),
    build=build,
)
