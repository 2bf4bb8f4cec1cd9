"""Disability and care: who needs it, and how many are left to give it."""

import ibis
import ibis.expr.types as ir

from features.households import people
from features.point_in_time import PointInTime, in_force, newest, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import within


def _judged(view: PointInTime) -> ir.Table:
    """Return the newest certificate in force of each member, with the member's ``age``.

    ``in_care`` is a severe grade or a disability of the mind; ``worse`` a certificate of the last 365
    days with a more severe grade than the one before it.
    """
    told = view.facts("disability_certificates")
    current = newest(in_force(told), per=(*KEYS, "person_id"), fact_id="certificate_id")
    earlier = told.join(
        current.select(*KEYS, "person_id", newest_on=current.event_date), [*KEYS, "person_id"]
    ).filter(lambda one: one.event_date < one.newest_on)
    before = newest(earlier, per=(*KEYS, "person_id"), fact_id="certificate_id")
    certificates = current.left_join(
        before.select(*KEYS, "person_id", grade_before=before.grade),
        [*KEYS, "person_id"],
        rname="{name}_before",
    ).drop("household_id_before", "as_of_date_before", "person_id_before")
    members = people(view).select(*KEYS, "person_id", "age")
    judged = certificates.join(members, [*KEYS, "person_id"])
    severe = judged.grade <= in_force_on("severe_disability_grade", judged.as_of_date)
    mind = judged.kind.isin(("mental", "intellectual"))
    fresh = within(judged, days=365)
    return judged.mutate(
        severe=severe,
        mind=mind,
        fresh=fresh,
        in_care=severe | mind,
        worse=fresh & (judged.grade < judged.grade_before),
        child=judged.age < in_force_on("minor_under", judged.as_of_date),
        elder=judged.age >= in_force_on("elderly_from", judged.as_of_date),
    )


def _lapsed(view: PointInTime, judged: ir.Table) -> ir.Table:
    ended = view.facts("disability_certificates").filter(
        lambda one: one.valid_to < one.as_of_date,
        lambda one: one.valid_to >= one.as_of_date - ibis.interval(days=365),
    )
    persons = ended.group_by([*KEYS, "person_id"]).agg(on=ended.valid_to.max())
    without = persons.anti_join(judged, [*KEYS, "person_id"])
    return without.group_by(list(KEYS)).agg(
        disability_lapsed_365d=without.count(), disability_lapsed_on=without.on.max()
    )


def build(view: PointInTime) -> ir.Table:
    """Return one row per household; certificates of its members in force."""
    judged = _judged(view)
    counted = judged.group_by(list(KEYS)).agg(
        disability_members=judged.count(),
        disability_severe_members=judged.count(where=judged.severe),
        disability_mind_members=judged.count(where=judged.mind),
        disability_children=judged.count(where=judged.child),
        disability_elders=judged.count(where=judged.elder),
        disability_worst_grade=judged.grade.min(),
        disability_new_365d=judged.count(where=judged.fresh),
        disability_worse_365d=judged.count(where=judged.worse),
        in_care=judged.count(where=judged.in_care),
        younger=judged.count(where=~judged.elder),
        disability_certified_on=judged.event_date.max(),
        disability_new_on=judged.event_date.max(where=judged.fresh),
    )
    members = people(view)
    day = members.as_of_date
    adult = (members.age >= in_force_on("minor_under", day)) & (
        members.age < in_force_on("elderly_from", day)
    )
    able = members.filter(adult).anti_join(judged, [*KEYS, "person_id"])
    carers = able.group_by(list(KEYS)).agg(carers=able.count())
    elders = members.group_by(list(KEYS)).agg(
        elders=members.count(where=members.age >= in_force_on("elderly_from", day))
    )
    rows = side_by_side(view.spine, counted, carers, elders, _lapsed(view, judged))
    carers_left = rows.carers.fill_null(0)
    return rows.mutate(
        disability_care_load=rows.in_care.fill_null(0) / (carers_left + 1),
        disability_no_carer=(rows.in_care > 0) & (carers_left == 0),
        disability_several_at_home=rows.disability_members > 1,
        disability_with_elder=(rows.younger > 0) & (rows.elders > 0),
    ).select(*KEYS, *GROUP.columns)


_CERTIFICATES = ("disability_certificates",)
_PEOPLE = ("residents", *_CERTIFICATES)

GROUP = FeatureGroup(
    name="disability",
    title="Disability and care",
    sensitivity="S3",
    sources=_PEOPLE,
    evidence=("disability_certified_on", "disability_new_on", "disability_lapsed_on"),
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
            name="disability_several_at_home",
            unit="yes/no",
            dtype="boolean",
            missing="zero",
            sources=_CERTIFICATES,
            description="Two or more members hold certificates (一户多残).",
            phrase="家中有两人以上持有残疾证",
            dated_by="disability_certified_on",
        ),
        Feature(
            name="disability_children",
            unit="members",
            missing="zero",
            sources=_PEOPLE,
            description="Minors with a certificate in force.",
            phrase="家中{value}个孩子持有残疾证",
            dated_by="disability_certified_on",
        ),
        Feature(
            name="disability_elders",
            unit="members",
            missing="zero",
            sources=_PEOPLE,
            description="Elderly members with a certificate in force.",
            phrase="家中{value}位老人持有残疾证",
            dated_by="disability_certified_on",
        ),
        Feature(
            name="disability_with_elder",
            unit="yes/no",
            dtype="boolean",
            missing="zero",
            sources=_PEOPLE,
            description="A member below the age of the elderly holds a certificate and lives with an elder (老残一体).",
            phrase="老人与残疾家人同住",
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
            name="disability_worst_grade",
            unit="grade",
            missing="unknown",
            sources=_CERTIFICATES,
            description="Most severe grade at home, 1 to 4; unknown without a certificate.",
            phrase="家中最重的为{value}级残疾",
            dated_by="disability_certified_on",
            worrying="low",
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
            name="disability_worse_365d",
            unit="members",
            missing="zero",
            sources=_CERTIFICATES,
            description="Of them, whose certificate before had a less severe grade.",
            phrase="近一年家中{value}人残疾等级加重",
            dated_by="disability_new_on",
        ),
        Feature(
            name="disability_lapsed_365d",
            unit="members",
            missing="zero",
            sources=_CERTIFICATES,
            description="Members whose certificate ended in the window without another in force: what hangs on it"
            " ends too.",
            phrase="家中{value}人残疾证到期未换",
            dated_by="disability_lapsed_on",
        ),
        Feature(
            name="disability_care_load",
            unit="ratio",
            missing="zero",
            sources=_PEOPLE,
            description="Severely or mentally disabled members over able adults below 60, plus one.",
        ),
        Feature(
            name="disability_no_carer",
            unit="yes/no",
            dtype="boolean",
            missing="zero",
            sources=_PEOPLE,
            description="Somebody is severely or mentally disabled and no able adult below 60 lives with them.",
            phrase="家中有人需要照护，没有能照料的成年人",
            dated_by="disability_certified_on",
        ),
    ),
    build=build,
)
