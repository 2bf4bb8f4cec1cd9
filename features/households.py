"""The district's households: who lives together, at which address, behind which meter, in which grid.

Every answer is as of a date and comes from the registers as they were known then.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.deployment import Feeds
from features.point_in_time import (
    ENTITY,
    REGISTERED,
    PointInTime,
    in_force,
    newest,
    visible,
    within,
)
from features.registry import KEYS


def cohort(feeds: Feeds, dates: ir.Table) -> ir.Table:
    """Return every household with at least one resident on each date, hukou or not."""
    residents = in_force(visible(feeds["residents"].facts, dates))
    return residents.select(*KEYS).distinct()


def links(spine: ir.Table, feeds: Feeds) -> dict[str, ir.Table]:
    """Return persons, addresses, accounts and grids of each household on each date.

    A person registered in two households at once belongs to both until the register says which: a
    doubtful link may raise attention but must not hide a fact.

    Besides the members of the day there are two links to those who are gone: ``past_person`` is
    everybody who lived in the household at any time in the last 365 days, ``lost_person`` those of
    them who are registered nowhere now. A family keeps the bills of the one it buried.
    """
    dates = spine.select("as_of_date").distinct()
    register = visible(feeds["residents"].facts, dates)
    residents = in_force(register).semi_join(spine, list(KEYS))
    persons = residents.select(*KEYS, **{ENTITY: "person_id"}).distinct()
    addresses = residents.select(*KEYS, **{ENTITY: "address_id"}).distinct()
    past = _of_the_last_year(register).semi_join(spine, list(KEYS))
    past_persons = past.select(*KEYS, **{ENTITY: "person_id"}).distinct()
    registered = in_force(register).select("as_of_date", **{ENTITY: "person_id"})
    found = {
        "person": persons,
        "past_person": past_persons,
        "lost_person": past_persons.anti_join(registered, ["as_of_date", ENTITY]),
        "address": addresses,
    }
    if "utility_accounts" in feeds:
        accounts = in_force(visible(feeds["utility_accounts"].facts, dates))
        found["account"] = _by_address(addresses, accounts, "account_id")
    if "addresses" in feeds:
        places = visible(feeds["addresses"].facts, dates)
        found["grid"] = _by_address(addresses, places, "grid_id")
    return found


def _of_the_last_year(spells: ir.Table) -> ir.Table:
    a_year_before = spells.as_of_date - ibis.interval(days=365)
    return spells.filter(spells.valid_to.isnull() | (spells.valid_to > a_year_before))


def _by_address(addresses: ir.Table, facts: ir.Table, column: str) -> ir.Table:
    behind = facts.select("as_of_date", "address_id", **{ENTITY: facts[column]})
    joined = addresses.rename(address_id=ENTITY).join(behind, ["address_id", "as_of_date"])
    return joined.select(*KEYS, ENTITY).distinct()


def area(spine: ir.Table, feeds: Feeds, links: Mapping[str, ir.Table]) -> ir.Table:
    """Return each household's grid; the first by id where its addresses lie in two."""
    return links["grid"].group_by(list(KEYS)).agg(area_id=links["grid"][ENTITY].min())


def people(view: PointInTime) -> ir.Table:
    """Return the members of each household with their ``age`` in whole years, one row each.

    Columns: ``household_id, as_of_date``, those of the register, ``age``. A member with two open
    spells in one household counts once, by the newer spell.
    """
    return view.shelf.table("people", lambda: _people(view))


def _people(view: PointInTime) -> ir.Table:
    spells = view.current("residents")
    own = spells.filter(spells[REGISTERED] == spells.household_id)
    members = newest(own, per=(*KEYS, "person_id"), fact_id="residence_id")
    day, born = members.as_of_date, members.birth_date
    had_birthday = day.month() * 100 + day.day() >= born.month() * 100 + born.day()
    return members.mutate(age=day.year() - born.year() - (~had_birthday).cast("int64"))


def sizes(view: PointInTime) -> ir.Table:
    """Return ``household_id, as_of_date, size``: members registered at home."""
    members = people(view)
    return members.group_by(list(KEYS)).agg(size=members.count())


def addresses_since(view: PointInTime) -> ir.Table:
    """Return ``household_id, as_of_date, address_id, since``: since when the household lives there."""
    members = people(view)
    return members.group_by([*KEYS, "address_id"]).agg(since=members.event_date.min())


def since_moving_in(view: PointInTime, feed: str, *, days: int | None = None) -> ir.Table:
    """Return the facts of an address or account feed that fall in the household's own time there.

    Bills and rents of whoever lived there before are somebody else's.
    """
    own = view.shelf.view(f"own_{feed}", lambda: _own(view, feed))
    return own if days is None else own.filter(within(own, days=days))


def _own(view: PointInTime, feed: str) -> ir.Table:
    facts = view.facts(feed)
    key = "account_id" if "account_id" in facts.columns else "address_id"
    homes = addresses_since(view)
    if key == "account_id":
        homes = view.shelf.table("accounts_since", lambda: _accounts_since(view))
    joined = facts.join(homes, [*KEYS, key])
    return joined.filter(joined.event_date >= joined.since).drop("since")


def _accounts_since(view: PointInTime) -> ir.Table:
    accounts = view.current("utility_accounts").select(*KEYS, "account_id", "address_id")
    homes = accounts.join(addresses_since(view), [*KEYS, "address_id"])
    return homes.group_by([*KEYS, "account_id"]).agg(since=homes.since.min())
