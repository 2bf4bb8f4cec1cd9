"""Windows of meter readings."""

from tests.features.boundaries import Boundary

_A_WATER_METER = """
    account_id | service | address_id | event_date
    u1         | water   | a1         | 2015-01-01
    """

BOUNDARIES = {
    "safety_water_most_3d": Boundary(
        "meter_readings",
        {"account_id": "u1", "service": "water", "usage": 2.5},
        also={"utility_accounts": _A_WATER_METER},
    ),
}
