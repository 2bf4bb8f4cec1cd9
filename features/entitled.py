"""Members one by one as sweeps ask about them: age, papers, what each is paid, and whether somebody saw them lately."""

import ibis
import ibis.expr.types as ir

from features.households import age_on, people
from features.parents_on_record import is_parent
from features.point_in_time import ENTITY, PointInTime, newest
from features.policy import in_force_on
from features.registry import KEYS
from features.windows import count

NOTICE_DAYS = 62
"""Who reaches such an age within so many days is told: two months of 31 days."""
CERTIFIED_DAYS = 365
"""An allowance neither granted nor reported anew for longer is due for its yearly certification."""
PERSON = (*KEYS, "person_id")
_SCHEMES = {
    "old_age": "old_age_allowance",
    "nursing": "disability_nursing",
    "living": "disability_living",
    "orphan": "orphan",
    "tekun": "tekun",
    "dibao": "dibao",
    "edge": "dibao_edge",
}


def members_due(view: PointInTime) -> ir.Table:
    """Return the living members, one row each.

    ``age``, ``age_soon`` (on the last day of notice), ``relation``, ``marital_status``, ``grade`` (null without a
    certificate), ``mind``, ``unable`` (severely or mentally disabled); whether paid ``old_age``, ``nursing``, ``living``,
    ``orphan``, ``tekun``, ``dibao``, ``edge``; ``due`` for certification; ``local`` hukou and unpaid ``minor``, null
    where nobody can tell.
    """
    return view.shelf.table("entitled_members", lambda: _members_due(view))


def _members_due(view: PointInTime) -> ir.Table:
    spells = view.current("benefits")
    paid = {name: (spells.scheme == scheme).any() for name, scheme in _SCHEMES.items()}
    told = ibis.greatest(spells.event_date, spells.reported_on)
    held = spells.group_by(list(PERSON)).agg(
        **paid, told_on=told.max(where=spells.scheme == "old_age_allowance")
    )
    papers = newest(
        view.current("disability_certificates"), per=PERSON, fact_id="certificate_id"
    ).select(*PERSON, "grade", "kind")
    events = view.facts("life_events")
    # A register may not know of a death yet; nobody is to be sent to the bereaved with an allowance.
    living = people(view).anti_join(events.filter(events.kind == "death"), list(PERSON))
    rows = living.left_join(held, list(PERSON), rname="{name}_held")
    rows = rows.left_join(papers, list(PERSON), rname="{name}_paper")
    day, local = rows.as_of_date, rows.hukou.isin(("here", "same_district"))
    mind = rows.kind.isin(("mental", "intellectual"))
    severe = rows.grade <= in_force_on("severe_disability_grade", day)
    a_year_ago = day - ibis.interval(days=CERTIFIED_DAYS)
    soon = (day + ibis.interval(days=NOTICE_DAYS)).cast("date")
    paid_now = {name: rows[name].fill_null(False) for name in _SCHEMES}
    return rows.select(
        *PERSON,
        *("age", "relation", "marital_status", "grade"),
        **paid_now,
        local=local,
        age_soon=age_on(soon, rows.birth_date),
        due=(rows.told_on < a_year_ago).fill_null(False),
        mind=mind.fill_null(False),
        unable=(severe | mind).fill_null(False),
        minor=local & (rows.age < in_force_on("minor_under", day)) & ~paid_now["orphan"],
    )


def care_of_asked(view: PointInTime, members: ir.Table, families: ir.Table) -> ir.Table:
    """Return who of the possible parents in ``families`` and of those due has bills of 365 days: ``seen``, ``major``."""
    parents = families.filter(is_parent(families)).select(*PERSON)
    asked = parents.union(members.filter(members.due).select(*PERSON)).distinct()
    persons = asked.select("as_of_date", household_id="person_id", **{ENTITY: "person_id"})
    bills = view.windowed(
        "medical_settlements",
        link=persons.distinct(),
        seen=count(days=365),
        major=count(days=365, where=lambda bill: bill.diagnosis_group == "major"),
    )
    return asked.join(bills.rename(person_id="household_id"), ["person_id", "as_of_date"])
