"""Windows of the group place: what happens next door, to household h2 of the same grid."""

from collections.abc import Mapping

from tests.features.boundaries import Boundary

NEIGHBOURS = {
    "residents": """
        residence_id | person_id | household_id | address_id | event_date
        r1           | p1        | h1           | a1         | 2015-01-01
        r2           | p2        | h2           | a2         | 2015-01-01
        """,
    "addresses": """
        address_id | grid_id | event_date
        a1         | g1      | 2015-01-01
        a2         | g1      | 2015-01-01
        """,
    "utility_accounts": """
        account_id | service | address_id | event_date
        u1         | power   | a1         | 2015-01-01
        u2         | power   | a2         | 2015-01-01
        """,
}
POWER = """
    account_id | service | event_date | usage
    u1         | power   | 2023-05-15 | 200
    u1         | power   | 2024-05-15 | 100
    u2         | power   | 2023-04-15 | 200
    u2         | power   | 2023-06-15 | 200
    """


def _next_door(feed: str, also: Mapping[str, str] | None = None, **fact: object) -> Boundary:
    return Boundary(feed, fact, also={**NEIGHBOURS, **(also or {})})


_POWER = _next_door(
    "utility_bills", {"utility_bills": POWER}, account_id="u2", service="power", usage=150.0
)

BOUNDARIES = {
    "place_need_found_share_365d": _next_door(
        "visits", household_id="h2", finding="need_no_entitlement"
    ),
    "place_visited_share_365d": _next_door("visits", household_id="h2", finding="no_need"),
    "place_nobody_found_share_365d": _next_door("visits", household_id="h2", finding="not_found"),
    "place_help_calls_share_365d": _next_door("tickets", person_id="p2", category="school"),
    "place_unemployment_share_365d": _next_door("unemployment_benefit", person_id="p2"),
    "place_power_use_change_90d": _POWER,
    "place_own_power_against_grid_90d": _POWER,
}
