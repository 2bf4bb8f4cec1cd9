"""Counts households the departments know of that no row of the matrix stands for, by grid and why.

Whoever is in no row is on no list, however great the need: supervisors see how many they are and where
(:mod:`serving.supervision.never_scored`). Called by :mod:`serving.upstream.registers`.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import ibis
import ibis.expr.types as ir

from features.deployment import Feeds
from features.point_in_time import ENTITY, in_force
from features.registry import KEYS
from features.visibility import visible_on

BILLED_WITHIN_DAYS = 365
"""A dwelling nobody was billed for in a year stands empty: as long as a feed is looked back on elsewhere."""


class Unscored(StrEnum):
    """Why no row stands for a household, or none that could ever reach a list.

    ``membership_doubtful``: it is in the register, but who lives there now nobody can say for certain.
    ``unregistered_dwelling``: power, water or gas is billed where nobody is known to live; holiday homes and
    let rooms look alike. ``no_grid``: it is scored, and its home lies in no grid.
    """

    MEMBERSHIP_DOUBTFUL = "membership_doubtful"
    UNREGISTERED_DWELLING = "unregistered_dwelling"
    NO_GRID = "no_grid"


def count_never_scored(
    feeds: Feeds, spine: ir.Table, links: Mapping[str, ir.Table], *, as_of_date: date
) -> dict[tuple[str, str], int]:
    """Return households by ``(grid_id, why)``, zeros left out; the grid is empty where nobody knows it.

    Args:
        feeds: what the departments told.
        spine: the households of the matrix on ``as_of_date``.
        links: their persons, addresses and grids.
        as_of_date: the night.
    """
    found: Counter[tuple[str, str]] = Counter()
    if not {"addresses", "residents"} <= feeds.keys():
        return found
    places = visible_on(feeds["addresses"].facts, as_of_date)
    grids = places.group_by("address_id").agg(grid_id=places.grid_id.min())
    homeless = spine.anti_join(links["grid"], list(KEYS)).count().execute()
    if homeless:
        found["", Unscored.NO_GRID] = int(homeless)
    for why, homes in (
        (Unscored.MEMBERSHIP_DOUBTFUL, _doubtful_books(feeds, links, as_of_date)),
        (Unscored.UNREGISTERED_DWELLING, _dwellings(feeds, links, as_of_date)),
    ):
        placed = homes.left_join(grids, "address_id").select(grid_id=grids.grid_id.coalesce(""))
        counted = placed.group_by("grid_id").agg(households=placed.count()).execute()
        for grid_id, households in counted.itertuples(index=False):
            found[grid_id, why] = int(households)
    return found


def _doubtful_books(feeds: Feeds, links: Mapping[str, ir.Table], as_of_date: date) -> ir.Table:
    """Return the address of every household of the register of which nobody is in the matrix."""
    spells = in_force(visible_on(feeds["residents"].facts, as_of_date))
    books = spells.group_by("household_id").agg(address_id=spells.address_id.min())
    scored = spells.semi_join(links["person"], spells.person_id == links["person"][ENTITY])
    return books.anti_join(scored, "household_id").select("address_id")


def _dwellings(feeds: Feeds, links: Mapping[str, ir.Table], as_of_date: date) -> ir.Table:
    """Return every supplied address at which no household of the matrix lives, and none of the register."""
    if not {"account_links", "utility_bills"} <= feeds.keys():
        return ibis.memtable({"address_id": []}, schema={"address_id": "string"})
    supplied = in_force(visible_on(feeds["account_links"].facts, as_of_date))
    bills = visible_on(feeds["utility_bills"].facts, as_of_date)
    since = ibis.date(as_of_date.isoformat()) - ibis.interval(days=BILLED_WITHIN_DAYS)
    billed = supplied.filter(supplied.accepted).semi_join(
        bills.filter(bills.event_date >= since), "account_id"
    )
    registered = in_force(visible_on(feeds["residents"].facts, as_of_date))
    lived_in = links["address"]
    dwellings = billed.select("address_id").distinct().anti_join(registered, "address_id")
    return dwellings.anti_join(lived_in, dwellings.address_id == lived_in[ENTITY])
