"""The small feeds of the city: spells and events, each drawn once and told when it begins and when it ends.

A query gives the contract's columns but ``event_date`` and the one filled in later, and ``begins`` and ``ends``:
months counted as in :mod:`experiments.benchmarks.city.plan` (``ends`` null: it lasts), and ``day``, days from the
first of either. What began before the first month is told with the stock; what ends after it was first told is told
again, and the first version ends there.
"""

from dataclasses import dataclass

import duckdb

from experiments.benchmarks.city import people, places
from experiments.benchmarks.city.plan import LAST_MONTH, CityPlan


@dataclass(frozen=True)
class Small:
    """How one feed is drawn. ``filled_in`` is the date told later; of events nothing before the stock is told."""

    query: str
    filled_in: str | None = "valid_to"
    are_events: bool = False


SMALL = {
    "residents": Small(people.RESIDENTS),
    "household_members": Small(people.MEMBERS),
    "household_lineage": Small(people.LINEAGE, None),
    "medical_insurance": Small(people.INSURANCE),
    "pensions": Small(people.PENSIONS),
    "benefits": Small(people.BENEFITS),
    "disability_certificates": Small(people.CERTIFICATES),
    "unemployment_benefit": Small(people.CLAIMS),
    "education": Small(people.ENROLMENTS),
    "housing_tenure": Small(people.TENURES),
    "property_holdings": Small(people.HOLDINGS),
    "applications": Small(people.APPLICATIONS, "decided_on", are_events=True),
    "asset_checks": Small(people.CHECKS, None, are_events=True),
    "life_events": Small(people.LIFE_EVENTS, None, are_events=True),
    "tickets": Small(people.TICKETS, "closed_on", are_events=True),
    "visits": Small(people.VISITS, None, are_events=True),
    "addresses": Small(places.ADDRESSES, None),
    "grid_tree": Small(places.GRIDS),
    "staff_capacity": Small(places.CAPACITIES),
    "utility_accounts": Small(places.ACCOUNTS),
    "account_links": Small(places.LINKS),
    "utility_interruptions": Small(places.INTERRUPTIONS, "restored_on", are_events=True),
    "housing_danger": Small(places.DANGERS),
    "disputes": Small(places.DISPUTES),
}

_DRAWN = """
CREATE TABLE drawn_{feed} AS
SELECT * EXCLUDE (begins, ends, day), day_of(begins, day) AS event_date,
  CASE WHEN ends <= {last} THEN day_of(ends, day) END AS filled_in,
  greatest(begins, {stock}) AS told,
  CASE WHEN ends <= {last} AND ends > greatest(begins, {stock}) THEN ends END AS told_again
FROM ({query}) WHERE begins <= {last} AND (NOT {are_events} OR begins >= {stock})
"""


def draw(con: duckdb.DuckDBPyConnection, feed: str, plan: CityPlan) -> None:
    """Create the table of one small feed."""
    small = SMALL[feed]
    con.execute(
        _DRAWN.format(
            feed=feed,
            query=small.query,
            last=LAST_MONTH,
            stock=plan.stock,
            are_events=str(small.are_events).upper(),
        )
    )


def told_in(feed: str, month: int) -> str:
    """Return the query for what the delivery about ``month`` tells of a small feed."""
    column = SMALL[feed].filled_in
    if column is None:
        return f"SELECT * FROM drawn_{feed} WHERE told = {month}"
    first = f"CASE WHEN told_again IS NULL THEN filled_in END AS {column}"
    still = ""
    if feed == "applications":
        still = (
            "REPLACE (CASE WHEN told_again IS NULL AND filled_in IS NOT NULL THEN decision ELSE 'pending' END"
            " AS decision, CASE WHEN told_again IS NULL AND filled_in IS NOT NULL THEN refusal_reason END"
            " AS refusal_reason)"
        )
    return (
        f"SELECT * {still}, {first} FROM drawn_{feed} WHERE told = {month} UNION ALL"
        f" SELECT *, filled_in AS {column} FROM drawn_{feed} WHERE told_again = {month}"
    )


def ended_in(feed: str, fact_id: str, month: int) -> str:
    """Return the query for ``fact_id`` and the month of the delivery whose version ends."""
    return f"SELECT {fact_id}, told FROM drawn_{feed} WHERE told_again = {month}"
