"""Compare a delivery with its past and with other feeds, and put what was found beside what its rows said."""

from collections.abc import Sequence

import pyarrow as pa

from data_contracts.arrival import Delivery
from data_contracts.catalogue import Catalogue
from data_contracts.checks import Breach
from data_contracts.contract import Contract
from data_contracts.examination import CheckResult, Examination, Outcome, row_results
from data_contracts.profiles import OtherFeeds, Profile, profile_of
from data_contracts.set_rules import RECENT
from data_contracts.setchecks import set_results


def compare(
    catalogue: Catalogue,
    others: OtherFeeds,
    delivery: Delivery,
    contract: Contract,
    rows: pa.Table,
) -> tuple[Profile, list[CheckResult]]:
    """Return the profile of a delivery and what each set check says of it.

    Only loaded deliveries received before this one count, whenever they were judged. So a file judged after
    its successors is compared with the same past as if it had come in time, but its successors were compared
    without it: a set check may say otherwise of deliveries that arrive out of order. Corrected rows that are
    released are compared with nothing.
    """
    profile = profile_of(rows, contract, others)
    if delivery.releases is not None:
        return profile, []
    past = catalogue.past(delivery.feed, before=delivery.received_at, most=RECENT)
    return profile, set_results(contract, profile, past, received_at=delivery.received_at)


def set_breaches(contract: Contract, results: Sequence[CheckResult]) -> list[Breach]:
    """Return what is unusual as breaches of the whole file, each with the severity its contract gives it."""
    unusual = {one.check_id: one for one in results if one.outcome is Outcome.UNUSUAL}
    return [
        Breach(check.check_id, check.column, check.severity, None, unusual[check.check_id].detail)
        for check in contract.checks
        if check.check_id in unusual
    ]


def examination(
    contract: Contract,
    profile: Profile,
    results: Sequence[CheckResult],
    breaches: Sequence[Breach],
) -> Examination:
    """Return everything found out about a delivery, checks in the order of the contract."""
    told = {one.check_id for one in results}
    by_rows = row_results(contract.checks, breaches, told=told)
    order = {check.check_id: place for place, check in enumerate(contract.checks)}
    found = sorted(
        [*results, *by_rows], key=lambda one: (order.get(one.check_id, len(order)), one.check_id)
    )
    return Examination(profile, tuple(found))
