"""What a contract refers to must be there: columns of its own, and feeds and columns of others."""

from collections.abc import Mapping

from data_contracts.checks import Check
from data_contracts.contract import Column, Contract, ContractError, did_you_mean
from data_contracts.set_rules import UsualCodes, UsualDistribution, UsualUnit


def require_fitting_columns(columns: tuple[Column, ...], checks: tuple[Check, ...]) -> None:
    """Make sure that set checks speak of columns that can be counted without naming anybody.

    Raises:
        ContractError: one asks for the codes of a column without codes, or the size of one without numbers.
    """
    of = {column.name: column for column in columns}
    for check in checks:
        match check.rule:
            case UsualUnit(column=name):
                if not of[name].is_numeric:
                    raise ContractError(f"check {check.check_id}: column {name} is no number")
            case UsualCodes(column=name, companion=companion):
                if not of[name].is_coded:
                    raise ContractError(
                        f"check {check.check_id}: column {name} has no validValues to compare"
                    )
                if companion is not None:
                    _require_countable(of[companion], check)
            case UsualDistribution(column=name):
                _require_countable(of[name], check)
            case _:
                pass


def _require_countable(column: Column, check: Check) -> None:
    if not (column.is_numeric or column.is_coded):
        raise ContractError(
            f"check {check.check_id}: column {column.name} has neither numbers nor validValues"
        )


def require_known_feeds(contract: Contract, contracts: Mapping[str, Contract]) -> None:
    """Make sure that every feed and column the contract refers to exists and reaches the lake.

    Raises:
        ContractError: a check or relationship points at nothing, or at a column that is sealed.
    """
    for check in contract.checks:
        for feed, name in check.looked_up:
            _require(f"check {check.check_id}", feed, name, contracts)
    for column in contract.columns:
        for target in column.points_to:
            feed, _, name = target.partition(".")
            _require(f"relationship of column {column.name}", feed, name, contracts)


def _require(where: str, feed: str, column: str, contracts: Mapping[str, Contract]) -> None:
    if feed not in contracts:
        raise ContractError(f"{where} refers to feed {feed!r}{did_you_mean(feed, contracts)}")
    if contracts[feed].column(column).is_sealed:
        raise ContractError(
            f"{where} refers to column {column} of feed {feed}, which is sealed and never in the lake"
        )
