"""Set checks as contracts write them: compiled as written, refused when they only nearly say what they mean."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from data_contracts.checks import Severity
from data_contracts.contracts import FOLDER
from data_contracts.odcs import ContractError, load_contract
from data_contracts.set_rules import (
    MostlyKnown,
    SetRule,
    Step,
    UsualCodes,
    UsualDistribution,
    UsualGap,
    UsualGroups,
    UsualUnit,
    UsualVolume,
)

Document = dict[str, Any]
BILLS = yaml.safe_load((FOLDER / "utility_bills.odcs.yaml").read_text(encoding="utf-8"))


def _with(folder: Path, implementation: Document, *, column: str | None, **fields: object) -> Path:
    """Write the contract of bills with one more check, and nothing else of its own set checks."""
    document = copy.deepcopy(BILLS)
    table = document["schema"][0]
    places = [table, *table["properties"]]
    for place in places:
        place["quality"] = [
            check
            for check in place.get("quality", [])
            if not str(check.get("implementation", {}).get("check")).startswith(("usual", "mostly"))
        ]
    at = next(one for one in places if one["name"] == (column or "utility_bills"))
    check = {
        "id": "as_usual",
        "type": "custom",
        "engine": "zhaoren",
        "implementation": implementation,
        "dimension": "coverage",
        "severity": "warning",
        "businessImpact": "Something.",
    }
    at["quality"].append({**check, **fields})
    path = folder / "utility_bills.odcs.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path


LINKS = {"feed": "account_links", "key": "account_id", "value": "address_id"}


@pytest.mark.parametrize(
    ("implementation", "column", "rule"),
    [
        (
            {"check": "usualVolume", "between": [0.5, 2], "minDeliveries": 6},
            None,
            UsualVolume(0.5, 2.0, 6),
        ),
        (
            {"check": "usualVolume", "between": [0.5, None], "minDeliveries": 6},
            None,
            UsualVolume(0.5, None, 6),
        ),
        ({"check": "usualGap"}, None, UsualGap()),
        (
            {"check": "usualDistribution", "most": 0.25, "minRows": 100, "minDeliveries": 6},
            "amount_due",
            UsualDistribution("amount_due", 0.25, 100, 6),
        ),
        (
            {
                "check": "usualUnit",
                "where": {"service": "gas"},
                "minRows": 10,
                "minDeliveries": 4,
            },
            "usage",
            UsualUnit("usage", ("service", "gas"), 10, 4),
        ),
        (
            {"check": "usualCodes", "with": "usage", "minDeliveries": 4},
            "service",
            UsualCodes("service", "usage", 4),
        ),
        (
            {"check": "usualGroups", "byColumn": True, "minRows": 20, "minDeliveries": 4},
            "service",
            UsualGroups("service", (), 20, 4),
        ),
        (
            {"check": "usualGroups", "via": [LINKS], "minRows": 20, "minDeliveries": 4},
            "account_id",
            UsualGroups("account_id", (Step("account_links", "account_id", "address_id"),), 20, 4),
        ),
        (
            {"check": "mostlyKnownIn", "feed": "utility_accounts", "mostUnknownShare": 0.1},
            "account_id",
            MostlyKnown("account_id", "utility_accounts", "account_id", 0.1),
        ),
    ],
)
def test_a_set_check_is_compiled_as_written(
    tmp_path: Path, implementation: Document, column: str | None, rule: SetRule
) -> None:
    contract = load_contract(_with(tmp_path, implementation, column=column))

    [check] = [check for check in contract.checks if check.is_of_the_set]

    assert (check.rule, check.severity) == (rule, Severity.WARNING)


Change = Callable[[Document], object]
VOLUME = {"check": "usualVolume", "between": [0.5, 2], "minDeliveries": 6}


@pytest.mark.parametrize(
    ("implementation", "column", "message"),
    [
        (VOLUME, "usage", "speaks of the whole delivery: move it to the table"),
        (
            {"check": "usualUnit", "minRows": 9},
            None,
            "speaks of one column: move it to that column",
        ),
        ({**VOLUME, "between": [0.5]}, None, "needs between: [low, high]"),
        ({**VOLUME, "between": [1.5, 2]}, None, "the median itself would be outside"),
        ({**VOLUME, "minDeliveries": 0}, None, "needs minDeliveries, a whole number from 1"),
        ({**VOLUME, "minDelivery": 3}, None, "unknown field 'minDelivery'"),
        ({"check": "usualGap", "days": 3}, None, "unknown field 'days', expected no further field"),
        ({"check": "usualVolumes"}, "usage", "check 'usualVolumes', expected"),
        (
            {"check": "usualGroups", "minRows": 20, "minDeliveries": 4},
            "account_id",
            "needs either via: [{feed, key, value}, ...] or byColumn: true",
        ),
        (
            {"check": "usualGroups", "via": [{"feed": "x"}], "minRows": 2, "minDeliveries": 4},
            "account_id",
            "a step of via with ['feed'], expected feed, key, value",
        ),
        (
            {"check": "usualCodes", "with": "usge", "minDeliveries": 4},
            "service",
            "names column 'usge', which is not described; did you mean 'usage'?",
        ),
        (
            {"check": "mostlyKnownIn", "feed": "residents", "mostUnknownShare": 5},
            "account_id",
            "has mostUnknownShare 5.0, expected a share from 0 to 1",
        ),
        (
            {"check": "usualCodes", "minDeliveries": 4},
            "account_id",
            "check as_usual: column account_id has no validValues to compare",
        ),
        (
            {"check": "usualUnit", "minRows": 10, "minDeliveries": 4},
            "service",
            "check as_usual: column service is no number",
        ),
        (
            {"check": "usualDistribution", "most": 0.25, "minRows": 10, "minDeliveries": 4},
            "account_id",
            "check as_usual: column account_id has neither numbers nor validValues",
        ),
        (
            {"check": "usualCodes", "with": "account_id", "minDeliveries": 4},
            "service",
            "check as_usual: column account_id has neither numbers nor validValues",
        ),
    ],
)
def test_a_set_check_that_only_nearly_says_what_it_means_is_refused(
    tmp_path: Path, implementation: Document, column: str | None, message: str
) -> None:
    path = _with(tmp_path, implementation, column=column)

    with pytest.raises(ContractError) as refusal:
        load_contract(path)

    assert message in str(refusal.value)


def test_a_set_check_names_no_row_and_cannot_quarantine(tmp_path: Path) -> None:
    path = _with(tmp_path, VOLUME, column=None, severity="error")

    with pytest.raises(ContractError, match="its severity is fatal or warning"):
        load_contract(path)
