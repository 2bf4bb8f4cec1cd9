"""Disability and care: who needs it, and how many are left to give it."""

import ibis.expr.types as ir

from features.households import people
from features.point_in_time import PointInTime, newest, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import within


def build(view: PointInTime) -> ir.Table:
    """Return one row per household; certificates of its members in force."""
    certificates = newest(
        view.current("disability_certificates"),
        per=(*KEYS, "person_id"),
        fact_id="certificate_id",
    )
    severe = certificates.grade <= in_force_on("severe_disability_grade", certificates.as_of_date)
    mind = certificates.kind.isin(("mental", "intellectual"))
    fresh = within(certificates, days=365)
    counted = certificates.group_by(list(KEYS)).agg(
        disability_members=certificates.count(),
        disability_severe_members=certificates.count(where=severe),
        disability_mind_members=certificates.count(where=mind),
        disability_new_365d=certificates.count(where=fresh),
        in_care=certificates.count(where=severe | mind),
        disability_certified_on=certificates.event_date.max(),
        disability_new_on=certificates.event_date.max(where=fresh),
    )
    members = people(view)
    able = members.filter(
        members.age >= in_force_on("minor_under", members.as_of_date),
        members.age < in_force_on("elderly_from", members.as_of_date),
    ).anti_join(certificates, [*KEYS, "person_id"])
    carers = able.group_by(list(KEYS)).agg(carers=able.count())
    rows = side_by_side(view.spine, counted, carers)
    return rows.mutate(
        disability_care_load=rows.in_care.fill_null(0) / (rows.carers.fill_null(0) + 1)
    ).select(*KEYS, *GROUP.columns)


_CERTIFICATES = ("disability_certificates",)

GROUP = FeatureGroup(
    name="disability",
    title="Disability and care",
    sensitivity="S3",
    sources=("residents", *_CERTIFICATES),
    evidence=("disability_certified_on", "disability_new_on"),
    features=(
        Feature(
            name="disability_members",
            unit="members",
            missing="zero",
            sources=_CERTIFICATES,
            description="Members with a certificate in force.",
            phrase="家中{value}人持有残疾证",
            dated_by="disability_certified_on",
        ),
        Feature(
            name="disability_severe_members",
            unit="members",
            missing="zero",
            sources=_CERTIFICATES,
            description="Of them, severe grades (1-2).",
            phrase="家中{value}人为重度残疾",
            dated_by="disability_certified_on",
        ),
        Feature(
            name="disability_mind_members",
            unit="members",
            missing="zero",
            sources=_CERTIFICATES,
            description="Of them, mental or intellectual, any grade. Never worded for a visitor.",
        ),
        Feature(
            name="disability_new_365d",
            unit="members",
            missing="zero",
            sources=_CERTIFICATES,
            description="Members whose newest certificate began in the window.",
            phrase="近一年家中{value}人新办残疾证",
            dated_by="disability_new_on",
        ),
        Feature(
            name="disability_care_load",
            unit="ratio",
            missing="zero",
            sources=("residents", *_CERTIFICATES),
            description="Severely or mentally disabled members over able adults below 60, plus one.",
        ),
    ),
    build=build,
)
