"""What records tell of the parents of minors at home: able, disabled, ill, dead, or nothing.

No feed names parents. A child of the head is taken for the child of head and spouse, a grandchild of the head for
that of the head's grown children; other minors have no parent on record. Prison, custody, being missing and
a guardianship revoked are in no feed, so who has one parent that cannot raise them and another nobody tells of stays a
question. A grown uncle may be taken for a parent, but never hides a parent's death.
"""

import ibis
import ibis.expr.types as ir

from features.households import age_on, former_members
from features.point_in_time import PointInTime
from features.policy import in_force_on
from features.registry import KEYS

CLASSES = ("orphaned", "both_unable", "one_unable", "none_told", "one_able")
"""Of the parents of a minor: both died; each died, is severely disabled or ill; one so and the other not told; neither
told; one lives at home able."""
_PERSON = (*KEYS, "person_id")


def is_parent(members: ir.Table) -> ir.BooleanValue:
    """Whether a member is of age and of a generation that may have minors at home."""
    return _is_adult(members) & members.relation.isin(("head", "spouse", "child"))


def minors_by_parents(view: PointInTime, members: ir.Table, ill: ir.Table) -> ir.Table:
    """Return ``household_id, as_of_date`` and minors per class of :data:`CLASSES`, one row per household.

    Args:
        view: what was known.
        members: the living members, with ``minor`` (null: nobody can tell; false also where the child is
            not looked for), ``unable`` (severely or mentally disabled), ``age``, ``relation``, ``marital_status``.
        ill: ``household_id, as_of_date, person_id`` of the seriously ill among them.
    """
    told = members.left_join(
        ill.select(*_PERSON, ill=ibis.literal(True)), _PERSON, rname="{name}_ill"
    )
    adult, unable = _is_adult(told), told.unable | told.ill.fill_null(False)
    own = adult & told.relation.isin(("head", "spouse"))
    grown = adult & (told.relation == "child")
    homes = told.group_by(list(KEYS)).agg(
        own_able=told.count(where=own & ~unable),
        own_unable=told.count(where=own & unable),
        own_widowed=told.count(where=own & (told.marital_status == "widowed")),
        grown_able=told.count(where=grown & ~unable),
        grown_unable=told.count(where=grown & unable),
        children=told.count(where=told.minor & (told.relation == "child")),
        grandchildren=told.count(where=told.minor & (told.relation == "grandchild")),
        minors=told.count(where=told.minor),
        unsure=told.count(where=told.minor.isnull()),
    )
    homes = homes.filter((homes.minors > 0) | (homes.unsure > 0))
    rows = homes.left_join(_dead(view, homes), list(KEYS), rname="{name}_dead")
    return rows.select(*KEYS, **_counted(rows))


def _is_adult(members: ir.Table) -> ir.BooleanValue:
    return (members.age >= in_force_on("minor_under", members.as_of_date)).fill_null(False)


def _dead(view: PointInTime, homes: ir.Table) -> ir.Table:
    """Count members of an age to have minors who died within 365 days, by generation."""
    events = view.facts("life_events", days=365, link="past_person")
    deaths = events.filter(events.kind == "death").semi_join(homes, list(KEYS))
    deaths = deaths.group_by(list(_PERSON)).agg(died_on=deaths.event_date.max())
    lived = former_members(view, among=deaths).select(*_PERSON, "relation", "birth_date")
    dead = deaths.join(lived, list(_PERSON))
    age = age_on(dead.died_on, dead.birth_date)
    # Relations are to the head of that time, who may have been a grandparent.
    of_an_age = (age >= in_force_on("minor_under", dead.as_of_date)) & (
        age < in_force_on("elderly_from", dead.as_of_date)
    )
    return dead.group_by(list(KEYS)).agg(
        own_dead=dead.count(where=of_an_age & dead.relation.isin(("head", "spouse"))),
        grown_dead=dead.count(where=of_an_age & (dead.relation == "child")),
    )


def _counted(rows: ir.Table) -> dict[str, ir.Value]:
    recent, grown_dead = rows.own_dead.fill_null(0), rows.grown_dead.fill_null(0)
    # A widowed parent tells of a death longer ago.
    dead = ibis.greatest(recent, (rows.own_widowed > 0).cast("int64"))
    lost = dead + rows.own_unable
    of_own = ibis.cases(
        (rows.own_able > 0, "one_able"),
        (dead >= 2, "orphaned"),
        (lost >= 2, "both_unable"),
        (lost == 1, "one_unable"),
        else_="none_told",
    )
    of_grown = ibis.cases(
        (grown_dead > 0, "one_unable"),
        (rows.grown_able > 0, "one_able"),
        (rows.grown_unable > 0, "one_unable"),
        else_="none_told",
    )
    others = rows.minors - rows.children - rows.grandchildren

    def of_class(name: str) -> ir.Value:
        found = (of_own == name).ifelse(rows.children, 0)
        if name != "orphaned":
            found = found + (of_grown == name).ifelse(rows.grandchildren, 0)
        if name == "none_told":
            found = found + others
        return ((found == 0) & (rows.unsure > 0)).ifelse(ibis.null("int64"), found)

    return {name: of_class(name) for name in CLASSES}
