"""What may belong to a household: people and meters the engine is not sure of.

Kept apart from everything else, 0 when there is none, and more never counts as less need. So a doubtful
link can bring somebody to a door, and can neither hide a need nor end anything.
"""

import ibis.expr.types as ir

from features.households import age_on
from features.memberships import MEMBERSHIP
from features.persons import summed
from features.point_in_time import ENTITY, REGISTERED, PointInTime, in_force, newest, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import SCALE


def build(view: PointInTime) -> ir.Table:
    """Return one row per household with any doubtful link."""
    maybe = view.members("doubtful_person")
    told = view.facts("household_members", link="doubtful_person")
    told = told.filter(told[REGISTERED] == told.household_id)
    told = newest(in_force(told), per=(*KEYS, "person_id"), fact_id=MEMBERSHIP)
    minor = age_on(told.as_of_date, told.birth_date) < in_force_on("minor_under", told.as_of_date)
    counted = maybe.group_by(list(KEYS)).agg(doubtful_people=maybe[ENTITY].nunique())
    children = told.group_by(list(KEYS)).agg(doubtful_children=told.count(where=minor))
    bills = view.facts("medical_settlements", days=365, link="doubtful_person")
    paid = bills.group_by(list(KEYS)).agg(
        paid=summed(bills.self_paid), doubtful_care_on=bills.event_date.max()
    )
    papers = in_force(view.facts("disability_certificates", link="doubtful_person"))
    severe = papers.filter(
        papers.grade <= in_force_on("severe_disability_grade", papers.as_of_date)
    )
    disabled = severe.group_by(list(KEYS)).agg(doubtful_severe_people=severe.person_id.nunique())
    owed = view.facts("utility_bills", days=365, link="doubtful_account")
    owed = owed.filter(owed.paid_on.isnull() & (owed.due_date < owed.reported_on))
    unpaid = owed.group_by(list(KEYS)).agg(
        doubtful_unpaid_bills_365d=owed.count(),
        unpaid=summed(owed.amount_due),
        doubtful_unpaid_since=owed.due_date.min(),
    )
    rows = side_by_side(view.spine, counted, children, paid, disabled, unpaid)
    return rows.mutate(
        doubtful_self_paid_365d=rows.paid / SCALE, doubtful_unpaid_amount_365d=rows.unpaid / SCALE
    ).select(*KEYS, *GROUP.columns)


GROUP = FeatureGroup(
    name="doubtful_links",
    title="People and meters that may belong here",
    sensitivity="S3",
    sources=(
        "residents", "household_members", "account_links",
        "medical_settlements", "disability_certificates", "utility_bills",
    ),
    evidence=("doubtful_care_on", "doubtful_unpaid_since"),
    features=(
        Feature(
            name="doubtful_people",
            unit="people",
            missing="zero",
            sources=("residents",),
            monotone=1,
            description="People who may live here besides the members.",
            phrase="可能另有{value}人同住，请当面核实",
        ),
        Feature(
            name="doubtful_children",
            unit="people",
            missing="zero",
            sources=("residents",),
            monotone=1,
            description="Minors among them.",
            phrase="可能另有{value}个未成年人同住，请当面核实",
        ),
        Feature(
            name="doubtful_self_paid_365d",
            unit="yuan",
            missing="zero",
            sources=("medical_settlements",),
            monotone=1,
            description="Care paid for by those people themselves in the window.",
            phrase="可能同住的人近一年自付医疗费{value}元，请当面核实",
            dated_by="doubtful_care_on",
        ),
        Feature(
            name="doubtful_severe_people",
            unit="people",
            missing="zero",
            sources=("disability_certificates",),
            monotone=1,
            description="Severely disabled people among them.",
            phrase="可能同住的人中有{value}名重度残疾人，请当面核实",
        ),
        Feature(
            name="doubtful_unpaid_bills_365d",
            unit="bills",
            missing="zero",
            sources=("utility_bills",),
            monotone=1,
            description="Bills past due on meters that may be the home's.",
            phrase="可能属于本户的账户有{value}笔账单逾期未缴，请当面核实",
            dated_by="doubtful_unpaid_since",
        ),
        Feature(
            name="doubtful_unpaid_amount_365d",
            unit="yuan",
            missing="zero",
            sources=("utility_bills",),
            monotone=1,
            description="What is owed on those bills.",
            phrase="可能属于本户的账户欠费{value}元，请当面核实",
            dated_by="doubtful_unpaid_since",
        ),
    ),
    build=build,
)  # fmt: skip
