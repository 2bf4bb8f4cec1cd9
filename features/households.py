"""The district's households: who lives together, at which address, behind which meter, in which grid.

Who lives together is what the engine concluded (feed ``household_members``); before it ever concluded
anything, the register at face value. Every answer is as of a date, as it was known then.
"""

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from features.deployment import Feeds
from features.household_links import absorbed_and_registered, doubtful_accounts, doubtful_persons
from features.memberships import MEMBERSHIP, as_told_by_register, memberships, of_members
from features.point_in_time import ENTITY, REGISTERED, PointInTime, in_force, newest
from features.registry import KEYS
from features.visibility import visible

MEMBERS = "household_members"


def cohort(feeds: Feeds, dates: ir.Table) -> ir.Table:
    """Return every household with at least one member on each date, hukou or not."""
    return in_force(memberships(feeds, dates)).select(*KEYS).distinct()


def links(spine: ir.Table, feeds: Feeds) -> dict[str, ir.Table]:
    """Return persons, addresses, accounts and grids of each household on each date.

    Besides the members of the day there are two links to those who are gone: ``past_person`` is
    everybody who lived in the household at any time in the last 365 days, ``lost_person`` those of
    them who live nowhere now. A family keeps the bills of the one it buried. ``household`` are the
    ids its visits may be filed under: its own, those it absorbed, and the numbers of the register.

    ``doubtful_person`` and ``doubtful_account`` may belong to the household. They are never among
    the others: a doubtful link may raise attention but must not hide a fact.
    """
    dates = spine.select("as_of_date").distinct()
    told = memberships(feeds, dates)
    members = in_force(told).semi_join(spine, list(KEYS))
    persons = members.select(*KEYS, **{ENTITY: "person_id"}).distinct()
    addresses = members.select(*KEYS, **{ENTITY: "address_id"}).distinct()
    past = _of_the_last_year(told).semi_join(spine, list(KEYS))
    past_persons = past.select(*KEYS, **{ENTITY: "person_id"}).distinct()
    somewhere = in_force(told).select("as_of_date", **{ENTITY: "person_id"})
    found = {
        "person": persons,
        "past_person": past_persons,
        "lost_person": past_persons.anti_join(somewhere, ["as_of_date", ENTITY]),
        "address": addresses,
        "household": absorbed_and_registered(spine, persons, feeds, dates),
    }
    if MEMBERS in feeds:
        found["doubtful_person"] = doubtful_persons(spine, past_persons, feeds, dates)
    if "account_links" in feeds:
        supplied = in_force(visible(feeds["account_links"].facts, dates))
        accounts = _by_address(addresses, supplied.filter(supplied.accepted), "account_id")
        found["account"] = accounts
        found["doubtful_account"] = doubtful_accounts(addresses, accounts, supplied)
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

    Columns: ``household_id, as_of_date``, those of a membership, ``age`` (null where nobody told the
    date of birth), ``since``: since when the person lives at the address, in whichever household, and
    ``joined``: since when the person is of this household, at whichever address.
    """
    return view.shelf.table("people", lambda: _people(view))


def _people(view: PointInTime) -> ir.Table:
    spells = _spells(view, None)
    own = spells.filter(spells[REGISTERED] == spells.household_id)
    person = [*KEYS, "person_id"]
    home = [*person, "address_id"]
    stays = spells.group_by(home).agg(since=spells.event_date.min())
    first = own.group_by(person).agg(joined=own.event_date.min())
    members = newest(in_force(own), per=person, fact_id=MEMBERSHIP)
    members = members.join(stays, home).join(first, person)
    return members.mutate(age=age_on(members.as_of_date, members.birth_date))


def age_on(day: ir.DateValue, born: ir.DateValue) -> ir.IntegerValue:
    """Return the age in whole years; who was born on 29 February turns a year older on 1 March."""
    had_birthday = day.month() * 100 + day.day() >= born.month() * 100 + born.day()
    return day.year() - born.year() - (~had_birthday).cast("int64")


def addresses_lived_at(view: PointInTime, *, days: int) -> ir.Table:
    """Return ``household_id, as_of_date, addresses``: the most any one member lived at within ``days``."""
    spells = _spells(view, None)
    lately = spells.valid_to >= spells.as_of_date - ibis.interval(days=days)
    lived = spells.filter(spells.valid_to.isnull() | lately)
    person = lived.group_by([*KEYS, "person_id"]).agg(addresses=lived.address_id.nunique())
    return person.group_by(list(KEYS)).agg(addresses=person.addresses.max())


def former_members(view: PointInTime, *, among: ir.Table) -> ir.Table:
    """Return the newest membership of who lived in the household within 365 days, present or not.

    Args:
        view: what was known.
        among: ``household_id, as_of_date, person_id`` of those asked about; ranking all takes long.
    """
    spells = _spells(view, among.select(*KEYS, **{ENTITY: "person_id"}).distinct())
    own = spells.filter(spells[REGISTERED] == spells.household_id)
    return newest(own, per=(*KEYS, "person_id"), fact_id=MEMBERSHIP)


def _spells(view: PointInTime, link: ir.Table | None) -> ir.Table:
    """Return every membership of the linked persons, in whichever household."""
    concluded = of_members(view.facts(MEMBERS, link=link), REGISTERED)
    told = _concluded_on(view)
    # Where the engine has concluded, the register is one piece of evidence among others.
    if view.dates and view.shelf.engine and int(told.count().execute()) == len(view.dates):
        return concluded
    register = as_told_by_register(view.facts("residents", link=link), REGISTERED)
    return concluded.union(register.anti_join(told, "as_of_date"))


def _concluded_on(view: PointInTime) -> ir.Table:
    """Return each ``as_of_date`` by which the engine had concluded anything."""

    def dates() -> ir.Table:
        concluded = of_members(view.facts(MEMBERS), REGISTERED)
        return concluded.select("as_of_date").distinct()

    return view.shelf.table("concluded_on", dates)


def sizes(view: PointInTime) -> ir.Table:
    """Return ``household_id, as_of_date, size``: members living at home."""
    members = people(view)
    return members.group_by(list(KEYS)).agg(size=members.count())


def addresses_since(view: PointInTime) -> ir.Table:
    """Return ``household_id, as_of_date, address_id, since``: since when the household lives there."""
    members = people(view)
    return members.group_by([*KEYS, "address_id"]).agg(since=members.since.min())


def own_addresses(view: PointInTime) -> ir.Table:
    """Return the homes of each household as a link with ``since`` (see ``PointInTime.windowed``)."""
    return addresses_since(view).rename(**{ENTITY: "address_id"})


def own_accounts(view: PointInTime) -> ir.Table:
    """Return the accounts behind those homes as a link with ``since``: bills before are others'."""
    return _shelved_accounts(view).rename(**{ENTITY: "account_id"})


def since_moving_in(view: PointInTime, feed: str, *, days: int | None = None) -> ir.Table:
    """Return the facts of an address or account feed that fall in the household's own time there.

    Bills and rents of whoever lived there before are somebody else's.
    """
    own = own_accounts if view.entity_of(feed) == "account" else own_addresses

    def made() -> ir.Table:
        facts = view.facts(feed, days=days, link=own(view))
        return facts.filter(facts.event_date >= facts.since).drop("since")

    return view.shelf.view(f"own_{feed}_{days}", made)


def _shelved_accounts(view: PointInTime) -> ir.Table:
    return view.shelf.table("accounts_since", lambda: _accounts_since(view))


def _accounts_since(view: PointInTime) -> ir.Table:
    supplied = view.current("account_links")
    accounts = supplied.filter(supplied.accepted).select(*KEYS, "account_id", "address_id")
    homes = accounts.join(addresses_since(view), [*KEYS, "address_id"])
    return homes.group_by([*KEYS, "account_id"]).agg(since=homes.since.min())
