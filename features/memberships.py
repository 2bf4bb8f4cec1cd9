"""Memberships in one shape, whether the engine concluded them or only the register speaks."""

import ibis.expr.types as ir

from features.deployment import Feeds
from features.visibility import visible

MEMBERSHIP = "membership_id"
_TOLD = (
    "person_id", "address_id", "event_date", "valid_to",
    "birth_date", "sex", "relation", "marital_status", "hukou",
)  # fmt: skip


def memberships(feeds: Feeds, dates: ir.Table) -> ir.Table:
    """Return every membership known on each date, ended ones included.

    Columns: ``household_id, as_of_date, membership_id`` and what a membership tells. Where the
    engine has not concluded anything by a date, or cannot, the register is taken at face value:
    a person registered in two households then belongs to both.
    """
    register = as_told_by_register(visible(feeds["residents"].facts, dates), "household_id")
    if "household_members" not in feeds:
        return register
    concluded = of_members(visible(feeds["household_members"].facts, dates), "household_id")
    before = register.anti_join(concluded.select("as_of_date").distinct(), "as_of_date")
    return concluded.union(before)


def as_told_by_register(spells: ir.Table, household: str) -> ir.Table:
    """Return spells of ``residents`` as memberships; ``household`` names the column of the book."""
    return _shaped(spells, "residence_id", household)


def of_members(spells: ir.Table, household: str) -> ir.Table:
    """Return the concluded memberships that count: certain, and not taken back."""
    counts = spells.valid_to.isnull() | (spells.valid_to > spells.event_date)
    return _shaped(spells.filter(spells.certain, counts), MEMBERSHIP, household)


def _shaped(spells: ir.Table, fact_id: str, household: str) -> ir.Table:
    columns = dict.fromkeys(("household_id", "as_of_date", household))
    return spells.select(
        *columns, **{MEMBERSHIP: spells[fact_id]}, **{name: spells[name] for name in _TOLD}
    )
