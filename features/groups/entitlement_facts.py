"""What sweeps for benefits of persons ask of the records: who is old enough, disabled, or without parents.

A column counts the members who seem to be due something that nobody is recorded to pay them, or a state that decides
it. It counts those surely so; where nobody surely is and somebody may be (an age or a hukou nobody told), it is
unknown. The columns answer rules of entitlement only: no model, trigger or list may use them.
"""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from features.households import age_on, people
from features.parents_on_record import CLASSES, is_parent, minors_by_parents
from features.point_in_time import ENTITY, PointInTime, newest, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import count

AGES = (65, 70, 80, 90, 100)
"""Ages at which the allowance of some region begins or rises."""
NOTICE_DAYS = 62
"""Who reaches such an age within so many days is told: two months of 31 days."""
CERTIFIED_DAYS = 365
"""An allowance neither granted nor reported anew for longer is due for its yearly certification."""
SERVICES = ("power", "heating")
_PERSON = (*KEYS, "person_id")
_SCHEMES = {
    "old_age": "old_age_allowance",
    "nursing": "disability_nursing",
    "living": "disability_living",
    "orphan": "orphan",
    "tekun": "tekun",
    "dibao": "dibao",
    "edge": "dibao_edge",
}


def build(view: PointInTime) -> ir.Table:
    """Return one row per household with somebody alive; of the others nobody can tell."""
    members = view.shelf.table("entitled_members", lambda: _members(view))
    care = _care(view, members)
    due = members.filter(members.due).join(care.filter(care.seen > 0), list(_PERSON))
    seen = due.group_by(list(KEYS)).agg(sweep_allowance_due_seen_365d=due.count())
    minors = minors_by_parents(view, members, care.filter(care.major > 0))
    counted = members.group_by(list(KEYS)).agg(**_counts(members))
    rows = side_by_side(counted, seen, minors, _tariffs(view))
    relief = rows.dibao | rows.tekun
    hard = rows.dibao | rows.edge
    none = ibis.literal(0)
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


def _members(view: PointInTime) -> ir.Table:
    """Return the living members with their certificate and what each is paid."""
    spells = view.current("benefits")
    paid = {name: (spells.scheme == scheme).any() for name, scheme in _SCHEMES.items()}
    told = ibis.greatest(spells.event_date, spells.reported_on)
    held = spells.group_by(list(_PERSON)).agg(
        **paid, told_on=told.max(where=spells.scheme == "old_age_allowance")
    )
    papers = newest(
        view.current("disability_certificates"), per=_PERSON, fact_id="certificate_id"
    ).select(*_PERSON, "grade", "kind")
    events = view.facts("life_events")
    # A register may not know of a death yet; nobody is to be sent to the bereaved with an allowance.
    living = people(view).anti_join(events.filter(events.kind == "death"), list(_PERSON))
    rows = living.left_join(held, list(_PERSON), rname="{name}_held")
    rows = rows.left_join(papers, list(_PERSON), rname="{name}_paper")
    day, local = rows.as_of_date, rows.hukou.isin(("here", "same_district"))
    mind = rows.kind.isin(("mental", "intellectual"))
    severe = rows.grade <= in_force_on("severe_disability_grade", day)
    a_year_ago = day - ibis.interval(days=CERTIFIED_DAYS)
    soon = (day + ibis.interval(days=NOTICE_DAYS)).cast("date")
    paid_now = {name: rows[name].fill_null(False) for name in _SCHEMES}
    return rows.select(
        *_PERSON,
        *("age", "relation", "marital_status", "grade"),
        **paid_now,
        local=local,
        age_soon=age_on(soon, rows.birth_date),
        due=(rows.told_on < a_year_ago).fill_null(False),
        mind=mind.fill_null(False),
        unable=(severe | mind).fill_null(False),
        minor=local & (rows.age < in_force_on("minor_under", day)) & ~paid_now["orphan"],
    )


def _care(view: PointInTime, members: ir.Table) -> ir.Table:
    """Return bills of 365 days of possible parents, and of those whose allowance is due."""
    with_minors = members.filter(members.minor | members.minor.isnull())
    parents = members.filter(is_parent(members)).semi_join(with_minors, list(KEYS))
    asked = parents.select(*_PERSON).union(members.filter(members.due).select(*_PERSON)).distinct()
    persons = asked.select("as_of_date", household_id="person_id", **{ENTITY: "person_id"})
    bills = view.windowed(
        "medical_settlements",
        link=persons.distinct(),
        seen=count(days=365),
        major=count(days=365, where=lambda bill: bill.diagnosis_group == "major"),
    )
    return asked.join(bills.rename(person_id="household_id"), ["person_id", "as_of_date"])


def _counts(members: ir.Table) -> dict[str, ir.Value]:
    """Return what is counted per household."""

    def surely(condition: ir.BooleanValue) -> ir.Value:
        sure, unsure = members.count(where=condition), members.count(where=condition.isnull())
        return ((sure == 0) & (unsure > 0)).ifelse(ibis.null("int64"), sure)

    unpaid = members.local & ~members.old_age
    without_care = ~members.nursing & ~members.tekun
    severe = members.grade <= in_force_on("severe_disability_grade", members.as_of_date)
    elderly = members.age >= in_force_on("elderly_from", members.as_of_date)
    return {
        **{f"sweep_aged_{age}_unpaid": surely(unpaid & (members.age >= age)) for age in AGES},
        **{
            f"sweep_turning_{age}_unpaid": surely(
                unpaid & (members.age < age) & (members.age_soon >= age)
            )
            for age in AGES
        },
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
        "elders": surely(unpaid & elderly & ~members.tekun),
        "sweep_minors_unpaid": surely(members.minor),
        "looked_for": (members.minor | members.minor.isnull()).any(),
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
