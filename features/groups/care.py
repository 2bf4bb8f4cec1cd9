"""Who can look after whom: minors and the oldest without an able adult at home.

An able adult is between the ages of minors and elders and has no certificate of a severe disability or one
of the mind. Illness, prison and being away are not in the records: a reason to ask, no finding.
"""

import ibis.expr.types as ir

from features.households import people
from features.point_in_time import PointInTime, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup


def build(view: PointInTime) -> ir.Table:
    """Return one row per household; unknown where somebody's age is."""
    found = dependants(view).filter(lambda counted: counted.ages_unknown == 0)
    alone = found.able == 0
    counted = found.mutate(
        care_children_without_able_adult=alone.ifelse(found.children, 0),
        care_aged_80_without_able_adult=alone.ifelse(found.aged_80, 0),
    )
    return side_by_side(view.spine, counted).select(*KEYS, *GROUP.columns)


def dependants(view: PointInTime) -> ir.Table:
    """Return ``household_id, as_of_date``; members ``children, aged_80, able, ages_unknown``."""
    return view.shelf.table("dependants", lambda: _dependants(view))


def _dependants(view: PointInTime) -> ir.Table:
    papers = view.current("disability_certificates")
    hard = papers.grade <= in_force_on("severe_disability_grade", papers.as_of_date)
    unable = papers.filter(hard | papers.kind.isin(("mental", "intellectual")))
    unable = unable.select(*KEYS, "person_id").distinct().mutate(unable=True)
    members = people(view).left_join(unable, [*KEYS, "person_id"], rname="{name}_certified")
    child = members.age < in_force_on("minor_under", members.as_of_date)
    elder = members.age >= in_force_on("elderly_from", members.as_of_date)
    return members.group_by(list(KEYS)).agg(
        children=members.count(where=child),
        aged_80=members.count(where=members.age >= 80),
        able=members.count(where=~child & ~elder & members.unable.isnull()),
        ages_unknown=members.count(where=members.age.isnull()),
    )


GROUP = FeatureGroup(
    name="care",
    title="Who can look after whom",
    sensitivity="S3",
    sources=("residents", "disability_certificates"),
    features=(
        Feature(
            name="care_children_without_able_adult",
            unit="members",
            missing="unknown",
            description="Minors at home where nobody between minors and elders lives, or each of them holds a"
            " certificate of grade 1-2 or of the mind; as far as records tell the pattern of parents who"
            " cannot raise their children (民发〔2019〕62号).",
            phrase="家中{value}个未成年人可能缺少父母照料，请当面了解",
        ),
        Feature(
            name="care_aged_80_without_able_adult",
            unit="members",
            missing="unknown",
            description="Members of 80 or older where no able adult lives, as above.",
            phrase="家中{value}位八十岁以上老人身边没有能照料的人",
        ),
    ),
    build=build,
)
