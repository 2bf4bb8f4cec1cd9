"""What was found out about a delivery: its profile and what each check said, stored with the judgement."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache

from pydantic import TypeAdapter

from data_contracts.checks import Breach, Check
from data_contracts.profiles import Profile


class Outcome(StrEnum):
    """What a check said about a delivery."""

    PASSED = "passed"
    BROKEN = "broken"
    """Rows, or the file as a whole, break it."""
    UNUSUAL = "unusual"
    """A set check: the delivery is unlike what it is compared with."""
    NOTED = "noted"
    """Nothing wrong by the contract, but worth telling."""
    SILENT = "silent"
    """Too little to compare with to say anything."""


@dataclass(frozen=True)
class CheckResult:
    """What one check said. ``rows`` is how many rows break it, 0 for a whole file; ``numbers`` are for pages."""

    check_id: str
    outcome: Outcome
    detail: str
    rows: int = 0
    numbers: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Examination:
    """Everything found out about one readable delivery: what pages and later deliveries are told of it."""

    profile: Profile
    results: tuple[CheckResult, ...]

    @property
    def unusual(self) -> tuple[CheckResult, ...]:
        """What set checks found unusual."""
        return tuple(one for one in self.results if one.outcome is Outcome.UNUSUAL)

    @property
    def noted(self) -> tuple[CheckResult, ...]:
        """What is not wrong by the contract but worth telling."""
        return tuple(one for one in self.results if one.outcome is Outcome.NOTED)


@dataclass(frozen=True)
class Past:
    """An earlier loaded delivery of the same feed."""

    received_at: datetime
    profile: Profile


def row_results(
    checks: Sequence[Check], breaches: Sequence[Breach], *, told: Collection[str]
) -> list[CheckResult]:
    """Return what checks that are not among ``told`` said, given all breaches of the delivery.

    A breach of no check of the contract (a cell that cannot be read, a fact told twice) is a result as well.
    """
    results = []
    for check_id in dict.fromkeys(
        [*(check.check_id for check in checks), *(breach.check_id for breach in breaches)]
    ):
        if check_id in told:
            continue
        of_it = [breach for breach in breaches if breach.check_id == check_id]
        rows = {row for breach in of_it for row in breach.rows or ()}
        outcome = Outcome.BROKEN if of_it else Outcome.PASSED
        detail = "; ".join(dict.fromkeys(breach.detail for breach in of_it))
        results.append(CheckResult(check_id, outcome, detail, len(rows)))
    return results


@cache
def _adapter() -> TypeAdapter[Examination]:
    return TypeAdapter(Examination)


def written(examination: Examination) -> str:
    """Return the examination as JSON, a few kilobytes."""
    return _adapter().dump_json(examination, exclude_defaults=True).decode()


def read_back(stored: str) -> Examination:
    """Return the examination that was stored."""
    return _adapter().validate_json(stored)
