"""What sweeps for benefits of persons ask of the records: who is old enough, disabled, or without parents.

A column counts the members who seem to be due something that nobody is recorded to pay them, or a state that decides
it. It counts those surely so; where nobody surely is and somebody may be (an age or a hukou nobody told), it is
unknown. The columns answer rules of entitlement only: no model, trigger or list may use them.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from features.entitled import CERTIFIED_DAYS, NOTICE_DAYS, PERSON, care_of_asked, members_due
from features.parents_on_record import CLASSES, minors_by_parents
from features.point_in_time import PointInTime, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup

AGES = (65, 70, 80, 90, 100)
"""Ages at which the allowance of some region begins or rises."""
SERVICES = ("power", "heating")
_BY_AGE = tuple(f"sweep_{how}_{age}_unpaid" for how in ("aged", "turning") for age in AGES)


def build(view: PointInTime) -> ir.Table:
    """Return one row per household with somebody alive; of the others nobody can tell."""
    members = members_due(view)
    families = members.semi_join(members.filter(members.minor.fill_null(True)), list(KEYS))
    care = care_of_asked(view, members, families)
    due = members.filter(members.due).join(care.filter(care.seen > 0), list(PERSON))
    seen = due.group_by(list(KEYS)).agg(sweep_allowance_due_seen_365d=due.count())
    minors = minors_by_parents(view, families, care.filter(care.major > 0))
    counted = members.group_by(list(KEYS)).agg(**_counts(members))
    rows = side_by_side(counted, _oldest(members), seen, minors, _tariffs(view))
    relief = rows.dibao | rows.tekun
    hard = rows.dibao | rows.edge
    none = ibis.literal(0)
    # Nobody old at home is told by absence; null is told by somebody whose age or hukou nobody knows.
    aged = {name: rows.old.isnull().ifelse(none, rows[name]) for name in (*_BY_AGE, "elders")}
    rows = rows.mutate(**aged)
    return rows.mutate(
        sweep_living_dibao=rows.dibao.ifelse(rows.disabled, none),
        sweep_living_edge=(rows.edge & ~rows.dibao).ifelse(rows.disabled, none),
        sweep_elders_60_on_relief=hard.ifelse(rows.elders, none),
        sweep_allowance_due_seen_365d=rows.sweep_allowance_due_seen_365d.fill_null(0),
        # A household without minors is not among those whose parents were looked for.
        **{
            f"sweep_minors_{name}_365d": rows.looked_for.ifelse(rows[name], none)
            for name in CLASSES
        },
        **{
            f"sweep_{service}_without_tariff": ibis.cases(
                (~relief, False), (rows[service].notnull(), ~rows[service])
            ).cast("boolean")
            for service in SERVICES
        },
    ).select(*KEYS, *GROUP.columns)


def _surely(members: ir.Table, condition: ir.BooleanValue) -> ir.Value:
    """Count who surely is so; null where nobody surely is and somebody may be."""
    sure, unsure = members.count(where=condition), members.count(where=condition.isnull())
    return ((sure == 0) & (unsure > 0)).ifelse(ibis.null("int64"), sure)


def _oldest(members: ir.Table) -> ir.Table:
    """Return what goes by age, for households where somebody is old enough for any of it or of unknown age."""
    elderly = in_force_on("elderly_from", members.as_of_date)
    old = members.filter(members.age.isnull() | (members.age >= elderly))
    unpaid = old.local & ~old.old_age
    elders = old.age >= in_force_on("elderly_from", old.as_of_date)
    return old.group_by(list(KEYS)).agg(
        **{f"sweep_aged_{age}_unpaid": _surely(old, unpaid & (old.age >= age)) for age in AGES},
        **{
            f"sweep_turning_{age}_unpaid": _surely(
                old, unpaid & (old.age < age) & (old.age_soon >= age)
            )
            for age in AGES
        },
        elders=_surely(old, unpaid & elders & ~old.tekun),
        old=old.count(),
    )


def _counts(members: ir.Table) -> dict[str, ir.Value]:
    """Return what is counted over all members of a household."""
    without_care = ~members.nursing & ~members.tekun
    severe = members.grade <= in_force_on("severe_disability_grade", members.as_of_date)
    return {
        "sweep_allowance_due": members.count(where=members.due),
        "sweep_nursing_severe": members.count(where=severe & without_care),
        **{
            f"sweep_nursing_mind_{grade}": members.count(
                where=members.mind & (members.grade == grade) & without_care
            )
            for grade in (3, 4)
        },
        "disabled": members.count(
            where=members.grade.notnull() & ~members.living & ~members.tekun & ~members.orphan
        ),
        "sweep_minors_unpaid": _surely(members, members.minor),
        "looked_for": members.minor.fill_null(True).any(),
        **{name: members[name].any() for name in ("dibao", "edge", "tekun")},
    }


def _tariffs(view: PointInTime) -> ir.Table:
    """Return per household and service whether an account at home has a subsidised tariff; null: none known."""
    accounts = view.current("utility_accounts")
    return accounts.group_by(list(KEYS)).agg(
        **{
            service: accounts.subsidised.any(where=accounts.service == service)
            for service in SERVICES
        }
    )


_PAID = ("residents", "benefits")
_PAPERS = ("disability_certificates", "benefits")
_PARENTS = (*_PAID, "disability_certificates", "life_events", "medical_settlements")


def _members_counted(name: str, description: str, *sources: str) -> Feature:
    return Feature(
        name=name,
        unit="members",
        dtype="integer",
        missing="unknown",
        purpose="decide_rules",
        sources=sources,
        description=description,
    )


def _yes_no(name: str, description: str, *sources: str) -> Feature:
    return Feature(
        name=name,
        unit="yes/no",
        dtype="boolean",
        missing="unknown",
        purpose="decide_rules",
        sources=sources,
        description=description,
    )


def _by_age() -> Sequence[Feature]:
    aged = (
        _members_counted(
            f"sweep_aged_{age}_unpaid",
            f"Members of {age} or older with local hukou (here or in the district) without an old-age allowance in"
            " force.",
            *_PAID,
        )
        for age in AGES
    )
    turning = (
        _members_counted(
            f"sweep_turning_{age}_unpaid",
            f"Members with local hukou and without an old-age allowance who become {age} within {NOTICE_DAYS} days.",
            *_PAID,
        )
        for age in AGES
    )
    return (*aged, *turning)


GROUP = FeatureGroup(
    name="entitlement_facts",
    title="Who seems to be due a benefit of their own: for sweeps, not for lists",
    sensitivity="S3",
    sources=(*_PARENTS, "utility_accounts"),
    features=(
        *_by_age(),
        _members_counted(
            "sweep_allowance_due",
            f"Members whose old-age allowance was neither granted nor reported anew for more than {CERTIFIED_DAYS} days:"
            " due for the silent yearly certification.",
            *_PAID,
        ),
        _members_counted(
            "sweep_allowance_due_seen_365d",
            "Of them, members with a medical settlement in the window: another department saw them, which"
            " certifies without asking anybody.",
            *(*_PAID, "medical_settlements"),
        ),
        _members_counted(
            "sweep_nursing_severe",
            "Members with a certificate of grade 1 or 2 in force and neither nursing subsidy nor tekun. Nursing pay"
            " after a work injury, which excludes it, is in no feed.",
            *_PAPERS,
        ),
        _members_counted(
            "sweep_nursing_mind_3",
            "The same with an intellectual or mental disability of grade 3, which some regions include.",
            *_PAPERS,
        ),
        _members_counted(
            "sweep_nursing_mind_4",
            "The same with an intellectual or mental disability of grade 4.",
            *_PAPERS,
        ),
        _members_counted(
            "sweep_living_dibao",
            "Members with a certificate in force in a household where somebody holds dibao, without living"
            " subsidy, tekun or the full allowance of orphans.",
            *_PAPERS,
        ),
        _members_counted(
            "sweep_living_edge",
            "The same in a household at the edge of dibao where nobody holds dibao.",
            *_PAPERS,
        ),
        _members_counted(
            "sweep_minors_unpaid",
            "Minors with local hukou without the allowance for orphans and for children whose parents cannot raise"
            " them.",
            *_PAID,
        ),
        _members_counted(
            "sweep_minors_orphaned_365d",
            "Of them, minors whose parents, as far as records tell, both died in the window.",
            *_PARENTS,
        ),
        _members_counted(
            "sweep_minors_both_unable_365d",
            "Minors whose parents each died (in the window, or the other is widowed), are severely disabled (grades 1-2,"
            " or of the mind) or were treated for a major illness in the window.",
            *_PARENTS,
        ),
        _members_counted(
            "sweep_minors_one_unable_365d",
            "Minors of whose parents one is so and nothing is told of the other, who is not at home.",
            *_PARENTS,
        ),
        _members_counted(
            "sweep_minors_none_told_365d",
            "Minors of whose parents nothing is told, and who are not at home.",
            *_PARENTS,
        ),
        _members_counted(
            "sweep_minors_one_able_365d",
            "Minors with a parent at home without severe disability or major illness on record.",
            *_PARENTS,
        ),
        _members_counted(
            "sweep_elders_60_on_relief",
            "Members of 60 or older with local hukou, without old-age allowance and tekun, in a household where"
            " somebody holds dibao or is at its edge. Whether they draw the subsidy of hard elders is in no feed.",
            *_PAID,
        ),
        *(
            _yes_no(
                f"sweep_{service}_without_tariff",
                f"Somebody holds dibao or tekun and no {service} account at home has a subsidised tariff; unknown without"
                f" a {service} account.",
                *("benefits", "utility_accounts"),
            )
            for service in SERVICES
        ),
    ),
    build=build,
)
