"""Links of a household beyond its members and its home: former ids, and what is only doubtful."""

import ibis
import ibis.expr.types as ir

from features.deployment import Feeds
from features.point_in_time import ENTITY, in_force
from features.policy import in_force_on
from features.registry import KEYS
from features.visibility import visible


def absorbed_and_registered(
    spine: ir.Table, persons: ir.Table, feeds: Feeds, dates: ir.Table
) -> ir.Table:
    """Return the ids each household is known by: every id belongs to one household a date.

    Its own; those of households it absorbed; and the number of each register household whose head
    (or else eldest) is its member, unless a household of that id lives on. Visits are filed by any.
    """
    found = spine.select(*KEYS, **{ENTITY: "household_id"})
    if "household_lineage" in feeds:
        told = visible(feeds["household_lineage"].facts, dates)
        merged = told.filter(told.kind == "merge")
        newest_first = ibis.window(
            group_by=["as_of_date", "predecessor_id"],
            order_by=[merged.event_date.desc(), merged.household_id],
        )
        merged = merged.mutate(place=ibis.row_number().over(newest_first))
        merged = merged.filter(merged.place == 0).select(*KEYS, **{ENTITY: "predecessor_id"})
        found = _with(found, merged.semi_join(spine, list(KEYS)))
    spells = in_force(visible(feeds["residents"].facts, dates))
    members = spells.rename(book="household_id").join(
        persons, [spells.person_id == persons[ENTITY], spells.as_of_date == persons.as_of_date]
    )
    head_first = ibis.window(
        group_by=["as_of_date", "book"],
        order_by=[
            (members.relation != "head").cast("int64"),
            members.birth_date,
            members.person_id,
            members.household_id,
        ],
    )
    ranked = members.mutate(place=ibis.row_number().over(head_first))
    books = ranked.filter(ranked.place == 0).select(*KEYS, **{ENTITY: "book"})
    return _with(found, books)


def _with(ids: ir.Table, more: ir.Table) -> ir.Table:
    return ids.union(more.anti_join(ids, ["as_of_date", ENTITY]))


def doubtful_persons(spine: ir.Table, persons: ir.Table, feeds: Feeds, dates: ir.Table) -> ir.Table:
    """Return who may live in a household besides its members, present and of the last year."""
    told = in_force(visible(feeds["household_members"].facts, dates))
    maybe = told.filter(~told.certain).semi_join(spine, list(KEYS))
    maybe = maybe.select(*KEYS, **{ENTITY: "person_id"}).distinct()
    return maybe.anti_join(persons, [*KEYS, ENTITY])


def doubtful_accounts(addresses: ir.Table, accounts: ir.Table, supplied: ir.Table) -> ir.Table:
    """Return the accounts that may supply a household's home, and are counted to no other."""
    least = in_force_on("account_link_doubtful_percent", supplied.as_of_date) / 100
    maybe = supplied.filter(~supplied.accepted, supplied.probability >= least)
    behind = maybe.select("as_of_date", "address_id", **{ENTITY: "account_id"})
    homes = addresses.rename(address_id=ENTITY)
    joined = homes.join(behind, ["address_id", "as_of_date"]).select(*KEYS, ENTITY).distinct()
    return joined.anti_join(accounts, ["as_of_date", ENTITY])
