"""Contracts say which columns name a person; the loader refuses those that only nearly say it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from data_contracts.contract import SEALED_MARK, ContractError
from data_contracts.contracts import FOLDER
from data_contracts.odcs import load_contract
from tests.data_contracts.landing import CONTRACTS

Change = Callable[[dict[str, dict[str, Any]]], object]


def changed(folder: Path, change: Change) -> Path:
    """Write the contract of residents with its columns changed, and return its path."""
    document = yaml.safe_load((FOLDER / "residents.odcs.yaml").read_text("utf-8"))
    change({column["name"]: column for column in document["schema"][0]["properties"]})
    path = folder / "residents.odcs.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path


def own(**values: object) -> list[dict[str, object]]:
    return [{"property": name, "value": value} for name, value in values.items()]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["name"].update(classification="S2"), "class S4 .* belong together"),
        (lambda c: c["sex"].update(classification="S4"), "class S4 .* belong together"),
        (lambda c: c["name"].update(customProperties=own(identifier="nickname")), "'nickname'"),
        (
            lambda c: c["person_id"].update(logicalType="boolean", quality=[]),
            "identifiers are text",
        ),
        (
            lambda c: c["name"].update(customProperties=own(identifier="name", reidentify=True)),
            "reidentify is for pseudonymised identifiers",
        ),
        (
            lambda c: c["phone"].update(customProperties=own(identifier="phone", reidentify="no")),
            "expected true or false",
        ),
        (
            lambda c: c["person_id"].update(customProperties=own(identifier="name")),
            "rows cannot be told apart by it",
        ),
        (
            lambda c: c["name"].update(
                quality=[
                    {
                        "id": "name_is_long",
                        "type": "custom",
                        "engine": "greatExpectations",
                        "implementation": {
                            "type": "expect_column_value_lengths_to_be_between",
                            "kwargs": {"column": "name", "min_value": 2},
                        },
                        "dimension": "conformity",
                        "severity": "error",
                        "businessImpact": "None.",
                    }
                ]
            ),
            "looks at column name, which is sealed",
        ),
        (lambda c: c["sex"].update(name=SEALED_MARK), "a name the lake uses itself"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_contract_that_only_nearly_says_who_is_named_is_refused(
    tmp_path: Path, change: Change, message: str
) -> None:
    with pytest.raises(ContractError, match=message):
        load_contract(changed(tmp_path, change))


def test_the_unchanged_contract_can_be_used(tmp_path: Path) -> None:
    contract = load_contract(changed(tmp_path, lambda columns: None))

    assert contract.column("person_id").reidentify
    assert contract.column("name").is_sealed
    assert not contract.column("sex").identifier


def test_sealed_columns_do_not_reach_the_lake_and_leave_a_mark() -> None:
    residents, pensions = CONTRACTS["residents"], CONTRACTS["pensions"]

    assert "name" in residents.column_names
    assert "name" not in residents.stored_names
    assert residents.stored_names[-1] == SEALED_MARK
    assert pensions.stored_names == pensions.column_names


def test_only_a_home_without_a_key_may_be_sent_no_names() -> None:
    residents = CONTRACTS["residents"]
    without = residents.without_key()

    assert not any(column.may_be_left_out for column in residents.columns)
    assert [column.name for column in without.columns if column.may_be_left_out] == ["name"]
    assert not without.column("name").required
    assert without.column("person_id").required
