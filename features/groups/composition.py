"""Who lives together: size, children, elders, and the patterns a caseworker asks about.

Age and sex of the head and hukou are on the register for another purpose. They are declared here so
that leaving them out of a model, and reporting how it treats each group, is one line of configuration.
"""

import ibis.expr.types as ir

from features.households import people
from features.memberships import MEMBERSHIP
from features.point_in_time import PointInTime, newest, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    members = people(view)
    day = members.as_of_date
    child = members.age < in_force_on("minor_under", day)
    elder = members.age >= in_force_on("elderly_from", day)
    counted = members.group_by(list(KEYS)).agg(
        household_size=members.count(),
        household_children=members.count(where=child),
        household_elders=members.count(where=elder),
        household_members_hukou_elsewhere=members.count(where=members.hukou == "elsewhere"),
        household_under_3=members.count(where=members.age < 3),
        household_under_6=members.count(where=members.age < 6),
        household_aged_80=members.count(where=members.age >= 80),
        household_aged_90=members.count(where=members.age >= 90),
        household_widowed=members.count(where=members.marital_status == "widowed"),
        grandchildren=members.count(where=child & (members.relation == "grandchild")),
        of_age=members.count(where=~child & ~elder),
    )
    heads = newest(members.filter(members.relation == "head"), per=KEYS, fact_id=MEMBERSHIP)
    rows = side_by_side(view.spine, counted, heads.select(*KEYS, "age", "sex"))
    adults = rows.household_size - rows.household_children - rows.household_elders
    return rows.mutate(
        household_dependency_ratio=(rows.household_children + rows.household_elders)
        / (adults + 1),
        household_is_single_parent=(rows.household_children > 0)
        & (rows.household_size - rows.household_children == 1),
        household_is_elders_alone=(rows.household_elders > 0)
        & (rows.household_elders == rows.household_size),
        household_is_one_elder=(rows.household_elders == 1) & (rows.household_size == 1),
        household_is_left_behind=(rows.grandchildren > 0) & (rows.household_elders > 0)
        & (adults == 0),
        household_has_three_generations=(rows.household_children > 0)
        & (rows.household_elders > 0) & (rows.of_age > 0),
        household_head_age=rows.age,
        household_head_sex=rows.sex,
    ).select(*KEYS, *GROUP.columns)  # fmt: skip


GROUP = FeatureGroup(
    name="composition",
    title="Who lives together",
    sensitivity="S2",
    sources=("residents",),
    features=(
        Feature(
            name="household_size",
            unit="members",
            missing="unknown",
            description="Members living at home, as concluded.",
            phrase="{value}口人同住",
            worrying="any",
        ),
        Feature(
            name="household_children",
            unit="members",
            missing="unknown",
            description="Members who are minors.",
            phrase="家中有{value}个未成年人",
        ),
        Feature(
            name="household_elders",
            unit="members",
            missing="unknown",
            description="Elderly members.",
            phrase="家中有{value}位老人",
        ),
        Feature(
            name="household_dependency_ratio",
            unit="ratio",
            missing="unknown",
            description="Children and elders over the adults between, plus one.",
        ),
        Feature(
            name="household_is_single_parent",
            unit="yes/no",
            dtype="boolean",
            missing="unknown",
            description="Minors with exactly one adult in the household.",
            phrase="一个大人独自带未成年孩子",
        ),
        Feature(
            name="household_is_elders_alone",
            unit="yes/no",
            dtype="boolean",
            missing="unknown",
            description="Every member is elderly.",
            phrase="家中只有老人",
        ),
        Feature(
            name="household_is_one_elder",
            unit="yes/no",
            dtype="boolean",
            missing="unknown",
            description="One elderly person living alone.",
            phrase="一位老人独居",
        ),
        Feature(
            name="household_is_left_behind",
            unit="yes/no",
            dtype="boolean",
            missing="unknown",
            description="Minor grandchildren with elders and nobody between.",
            phrase="老人带孙辈，父母不在家",
        ),
        Feature(
            name="household_has_three_generations",
            unit="yes/no",
            dtype="boolean",
            missing="unknown",
            description="Minors, elders and somebody between live together.",
            phrase="家中三代同住",
            worrying="any",
        ),
        Feature(
            name="household_under_3",
            unit="members",
            missing="unknown",
            description="Members younger than 3: somebody has to stay at home with them.",
            phrase="家中有{value}个三岁以下婴幼儿",
        ),
        Feature(
            name="household_under_6",
            unit="members",
            missing="unknown",
            description="Members younger than 6, before school begins.",
            phrase="家中有{value}个学龄前儿童",
        ),
        Feature(
            name="household_aged_80",
            unit="members",
            missing="unknown",
            description="Members of 80 or older.",
            phrase="家中有{value}位八十岁以上老人",
        ),
        Feature(
            name="household_aged_90",
            unit="members",
            missing="unknown",
            description="Members of 90 or older.",
            phrase="家中有{value}位九十岁以上老人",
        ),
        Feature(
            name="household_widowed",
            unit="members",
            missing="unknown",
            description="Members registered as widowed; the register learns of it late.",
            phrase="家中有{value}人丧偶",
        ),
        Feature(
            name="household_members_hukou_elsewhere",
            unit="members",
            missing="unknown",
            purpose="report_groups",
            description="Members registered (hukou) outside the district.",
        ),
        Feature(
            name="household_head_age",
            unit="years",
            missing="unknown",
            purpose="report_groups",
            description="Age of the head of household.",
        ),
        Feature(
            name="household_head_sex",
            unit="class",
            dtype="category",
            missing="unknown",
            purpose="report_groups",
            description="Sex of the head of household, as registered.",
        ),
    ),
    build=build,
)
