"""The district's households: who lives together, at which address, behind which meter, in which grid.

Every answer is as of a date and comes from the registers as they were known then.
"""

from collections.abc import Mapping

import ibis.expr.types as ir

from features.deployment import Feeds
from features.point_in_time import ENTITY, in_force, visible
from features.registry import KEYS


def cohort(feeds: Feeds, dates: ir.Table) -> ir.Table:
    """Return every household with at least one resident on each date, hukou or not."""
    residents = in_force(visible(feeds["residents"].facts, dates))
    return residents.select(*KEYS).distinct()


def links(spine: ir.Table, feeds: Feeds) -> dict[str, ir.Table]:
    """Return persons, addresses, accounts and grids of each household on each date.

    A person registered in two households at once belongs to both until the register says which: a
    doubtful link may raise attention but must not hide a fact.
    """
    dates = spine.select("as_of_date").distinct()
    residents = in_force(visible(feeds["residents"].facts, dates)).semi_join(spine, list(KEYS))
    persons = residents.select(*KEYS, **{ENTITY: "person_id"}).distinct()
    addresses = residents.select(*KEYS, **{ENTITY: "address_id"}).distinct()
    found = {"person": persons, "address": addresses}
    if "utility_accounts" in feeds:
        accounts = in_force(visible(feeds["utility_accounts"].facts, dates))
        found["account"] = _by_address(addresses, accounts, "account_id")
    if "addresses" in feeds:
        places = visible(feeds["addresses"].facts, dates)
        found["grid"] = _by_address(addresses, places, "grid_id")
    return found


def _by_address(addresses: ir.Table, facts: ir.Table, column: str) -> ir.Table:
    behind = facts.select("as_of_date", "address_id", **{ENTITY: facts[column]})
    joined = addresses.rename(address_id=ENTITY).join(behind, ["address_id", "as_of_date"])
    return joined.select(*KEYS, ENTITY).distinct()


def area(spine: ir.Table, feeds: Feeds, links: Mapping[str, ir.Table]) -> ir.Table:
    """Return each household's grid; the first by id where its addresses lie in two."""
    return links["grid"].group_by(list(KEYS)).agg(area_id=links["grid"][ENTITY].min())
