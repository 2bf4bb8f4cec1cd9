"""Windows of bills and cut-offs: a drawn bill is unpaid, its due day long past, unless a case says otherwise."""

from datetime import timedelta

from tests.features.boundaries import Boundary

PAID_LONG_AGO = """
    account_id | service | event_date | due_date   | paid_on
    u1         | water   | 2023-01-10 | 2023-01-25 | 2023-01-11
    """
PAID_IN_TIME = """
    account_id | service | event_date | due_date   | paid_on
    u1         | water   | 2024-03-01 | 2024-03-16 | 2024-03-02
    """
WATER_UNPAID = """
    account_id | service | event_date | due_date   | paid_on
    u1         | water   | 2024-05-01 | 2015-01-20 | ?
    """


def _bill(also: str | None = None, **cells: object) -> Boundary:
    fact = {"account_id": "u1", "service": "power", "amount_due": 80.0, "subsidy_amount": 20.0}
    return Boundary(
        "utility_bills",
        {**fact, "usage": 100.0, **cells},
        also={} if also is None else {"utility_bills": also},
    )


def _use(service: str) -> Boundary:
    a_year_before = f"""
        account_id | service   | event_date | usage
        u1         | {service} | 2023-04-15 | 200
        u1         | {service} | 2023-06-15 | 200
        """
    return _bill(a_year_before, service=service)


BOUNDARIES = {
    **{f"{name}_use_change_90d": _use(name) for name in ("power", "water", "gas", "heating")},
    "utility_lowest_use_change_90d": _use("gas"),
    "power_use_per_person_90d": _bill(),
    "water_use_per_person_90d": _bill(service="water"),
    "utility_subsidy_share_365d": _bill(),
    "utility_billed_before_subsidy_365d": _bill(),
    "utility_joint_arrears_months_90d": _bill(WATER_UNPAID),
    "utility_joint_arrears_months_180d": _bill(WATER_UNPAID),
    "utility_arrears_services_180d": _bill(PAID_LONG_AGO),
    "utility_is_first_arrears_90d": _bill(PAID_LONG_AGO),
    "utility_late_bills_365d": _bill(PAID_LONG_AGO, paid_on=timedelta(0)),
    "utility_late_share_365d": _bill(PAID_IN_TIME, paid_on=timedelta(0)),
    "utility_days_late_mean_365d": _bill(paid_on=timedelta(0)),
    "utility_cut_offs_365d": Boundary(
        "utility_interruptions", {"account_id": "u1", "service": "power", "reason": "arrears"}
    ),
}
OWN_TESTS = {
    "utility_reconnections_365d": "test_days_without_supply_and_reconnections_are_those_of_the_year",
    "utility_days_without_supply_365d": (
        "test_days_without_supply_and_reconnections_are_those_of_the_year"
    ),
}
