"""Contracts: those of a district are sound, and one that only nearly says what it means is refused."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from data_contracts.checks import Severity
from data_contracts.contracts import FOLDER
from data_contracts.odcs import ContractError, delivery_ranks, load_contract, load_contracts
from tests.data_contracts.landing import CONTRACTS

BILLS = yaml.safe_load((FOLDER / "utility_bills.odcs.yaml").read_text(encoding="utf-8"))
Document = dict[str, Any]
OF_DEPARTMENTS = sorted(
    feed for feed, contract in CONTRACTS.items() if contract.department != "找人引擎"
)
"""Feeds of departments; the others are what the engine concludes."""


def _column(document: Document, name: str) -> Document:
    [column] = [one for one in document["schema"][0]["properties"] if one["name"] == name]
    return column


def _check(document: Document, column: str) -> Document:
    return _column(document, column)["quality"][0]


def _written(folder: Path, change: Callable[[Document], object]) -> Path:
    document = copy.deepcopy(BILLS)
    change(document)
    path = folder / "utility_bills.odcs.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path


def test_every_feed_of_the_district_has_a_contract() -> None:
    assert sorted(OF_DEPARTMENTS) == sorted(
        [
            "residents",
            "life_events",
            "addresses",
            "grid_tree",
            "staff_capacity",
            "medical_settlements",
            "medical_insurance",
            "utility_accounts",
            "utility_bills",
            "utility_interruptions",
            "housing_tenure",
            "public_rent_ledger",
            "housing_danger",
            "social_insurance",
            "unemployment_benefit",
            "pensions",
            "benefits",
            "applications",
            "visits",
            "disability_certificates",
            "education",
            "property_holdings",
            "tickets",
            "meter_readings",
            "asset_checks",
        ]
    )


@pytest.mark.parametrize("feed", OF_DEPARTMENTS)
def test_every_contract_guards_its_dates_amounts_and_units(feed: str) -> None:
    contract = CONTRACTS[feed]
    checked = {check.check_id: check for check in contract.checks}

    assert checked["event_date_is_not_in_the_future"].severity is Severity.ERROR
    for column in contract.columns:
        if column.logical_type in ("number", "integer"):
            assert column.unit
            assert checked[f"{column.name}_is_plausible"].severity is Severity.ERROR
        if column.unit and column.unit.startswith("yuan") and column.name != "subsidy_amount":
            # Subsidies are mostly zero: no median to watch, the plausible range has to do.
            watched = any(
                check.severity is Severity.FATAL and check.column == column.name
                for check in contract.checks
            )
            assert watched or f"{column.name}_is_within_total" in checked, column.name


@pytest.mark.parametrize("feed", OF_DEPARTMENTS)
def test_persons_and_accounts_are_never_named_outside_class_s4(feed: str) -> None:
    identifiers = {
        "person_id": "national_id",
        "other_person_id": "national_id",
        "guardian_id": "national_id",
        "account_id": "account",
        "family_account_id": "account",
        "name": "name",
        "holder_name": "name",
        "phone": "phone",
        "holder_phone": "phone",
        "address_text": "address_text",
    }
    found = {
        column.name: column.identifier
        for column in CONTRACTS[feed].columns
        if column.name in identifiers
    }
    assert found == {name: identifiers[name] for name in found}


@pytest.mark.parametrize("feed", sorted(CONTRACTS))
def test_health_money_and_findings_are_classed_as_sensitive(feed: str) -> None:
    sensitive = {
        "diagnosis_group",
        "self_paid",
        "monthly_amount",
        "finding",
        "decision",
        "arrears_months",
        "grade",
    }
    contract = CONTRACTS[feed]
    found = {column.classification for column in contract.columns if column.name in sensitive}
    assert found <= ({"S3"} if feed != "housing_danger" else {"S2"})


def test_a_feed_ranks_above_the_feeds_it_refers_to() -> None:
    ranks = delivery_ranks(CONTRACTS)
    assert ranks["grid_tree"] < ranks["addresses"]
    assert ranks["grid_tree"] < ranks["staff_capacity"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d: _check(d, "usage").update(severity="eror"),
            "severity 'eror', expected one of warning, error, fatal",
        ),
        (lambda d: _check(d, "usage").pop("severity"), "severity None, expected one of"),
        (
            lambda d: _check(d, "usage").pop("businessImpact"),
            "no businessImpact: say what a breach costs",
        ),
        (lambda d: _check(d, "usage").pop("id"), "a check of usage has no id"),
        (lambda d: _check(d, "service").update(metric="invalidValue"), "is not ODCS v3.1.0"),
        (
            lambda d: _check(d, "service").update(metric="missingValues"),
            "metric 'missingValues', expected one of",
        ),
        (lambda d: _check(d, "service")["arguments"].clear(), "needs arguments.validValues"),
        (lambda d: _check(d, "service").update(mustBe=3), "must say mustBe: 0"),
        (
            lambda d: _check(d, "usage").update(engine="soda"),
            "engine 'soda', expected greatExpectations or zhaoren",
        ),
        (
            lambda d: _check(d, "paid_on")["implementation"].update(check="notAfterArival"),
            "check 'notAfterArival'",
        ),
        (
            lambda d: d["schema"][0]["quality"][0]["implementation"]["kwargs"].update(
                column_B="event_dat"
            ),
            "names column 'event_dat', which is not described; did you mean 'event_date'?",
        ),
        (
            lambda d: _column(d, "usage")["quality"][1]["implementation"].update(
                where={"servce": "power"}
            ),
            "names column 'servce'",
        ),
        (
            lambda d: d["slaProperties"][0].update(element="utility_bills.event_dat"),
            "element 'utility_bills.event_dat' is not a column",
        ),
        (lambda d: d["slaProperties"].pop(1), "slaProperties lack latency"),
        (lambda d: d["slaProperties"][0].update(unit="moons"), "expected a number of days"),
        (
            lambda d: d["schema"][0]["customProperties"][1].update(value="acount_id"),
            "entityColumn names column 'acount_id'",
        ),
        (
            lambda d: d["schema"][0]["customProperties"][2].update(property="factID"),
            "unknown customProperty 'factID'; did you mean 'factId'?",
        ),
        (lambda d: d["schema"][0]["customProperties"].pop(2), "does not say customProperty factId"),
        (lambda d: d["customProperties"].pop(0), "does not say customProperty legalBasis"),
        (lambda d: _column(d, "bill_id").update(unique=True), "nobody acts on unique"),
        (
            lambda d: _column(d, "usage").update(logicalTypeOptions={"minimum": 0}),
            "nobody acts on logicalTypeOptions; write it as a quality check",
        ),
        (
            lambda d: _column(d, "amount_due").pop("customProperties"),
            "amount_due is a number without a unit",
        ),
        (
            lambda d: _column(d, "bill_id").update(classification="S9"),
            "classification 'S9', expected one of",
        ),
        (
            lambda d: _column(d, "bill_id").pop("description"),
            "does not say a description of column bill_id",
        ),
        (lambda d: _column(d, "bill_id").update(required=False), "factId bill_id must be required"),
        (
            lambda d: _column(d, "bill_id").update(name="delivery_id"),
            "is a name the lake uses itself",
        ),
        (
            lambda d: _column(d, "due_date").update(name="event_date"),
            "column event_date is described twice",
        ),
        (lambda d: d["description"].pop("limitations"), "description.limitations (who is missing)"),
        (
            lambda d: d["description"].pop("usage"),
            "description.usage (what it may not be used for)",
        ),
        (lambda d: d.pop("team"), "does not say team.name"),
        (lambda d: d.update(name="utility_bill"), "must have one name"),
        (lambda d: d.update(apiVersion="v3.0.0"), "apiVersion is 'v3.0.0', expected 'v3.1.0'"),
        (lambda d: d.update(colour="red"), "is not ODCS v3.1.0"),
    ],
)
def test_contract_that_only_nearly_says_what_it_means_is_refused(
    tmp_path: Path, change: Callable[[Document], object], message: str
) -> None:
    path = _written(tmp_path, change)

    with pytest.raises(ContractError) as refusal:
        load_contract(path)

    assert message in str(refusal.value)
    assert str(refusal.value).startswith("utility_bills.odcs.yaml: ")


def test_check_id_used_twice_is_refused(tmp_path: Path) -> None:
    path = _written(tmp_path, lambda d: _check(d, "usage").update(id="service_is_known"))

    with pytest.raises(ContractError, match="check id service_is_known is used twice"):
        load_contract(path)


def test_check_that_names_no_row_cannot_quarantine(tmp_path: Path) -> None:
    path = _written(tmp_path, lambda d: _column(d, "usage")["quality"][1].update(severity="error"))

    with pytest.raises(
        ContractError, match="speaks of the whole file; its severity is fatal or warning"
    ):
        load_contract(path)


def test_reference_to_a_feed_without_contract_is_refused(tmp_path: Path) -> None:
    source = (FOLDER / "addresses.odcs.yaml").read_text(encoding="utf-8")
    (tmp_path / "addresses.odcs.yaml").write_text(source, encoding="utf-8")

    with pytest.raises(ContractError, match="check grid_id_is_known refers to feed 'grid_tree'"):
        load_contracts(tmp_path)


def _with_addresses(folder: Path, change: Callable[[Document], object]) -> Path:
    """Write the contracts of addresses, changed, and of the grid tree it refers to."""
    for feed in ("addresses", "grid_tree"):
        document = yaml.safe_load((FOLDER / f"{feed}.odcs.yaml").read_text(encoding="utf-8"))
        if feed == "addresses":
            change(document)
        path = folder / f"{feed}.odcs.yaml"
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return folder


def _known_grid(document: Document) -> Document:
    [check] = [
        check
        for check in _column(document, "grid_id")["quality"]
        if check["id"] == "grid_id_is_known"
    ]
    return check["implementation"]


def _relate(target: str) -> Callable[[Document], object]:
    return lambda document: _column(document, "grid_id").update(
        relationships=[{"type": "foreignKey", "to": target}]
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d: _known_grid(d).update(column="grid"),
            "feed grid_tree has no column 'grid'; did you mean 'grid_id'?",
        ),
        (
            _relate("grid_trees.grid_id"),
            "relationship of column grid_id refers to feed 'grid_trees'; did you mean 'grid_tree'?",
        ),
        (_relate("grid_tree.grid"), "feed grid_tree has no column 'grid'"),
        (
            _relate("addresses.address_text"),
            "refers to column address_text of feed addresses, which is sealed",
        ),
        (
            lambda d: d["schema"][0].update(relationships=[{"from": "a.b", "to": "c.d"}]),
            "write relationships at the column they begin at",
        ),
    ],
)
def test_reference_to_a_column_that_does_not_exist_is_refused(
    tmp_path: Path, change: Callable[[Document], object], message: str
) -> None:
    folder = _with_addresses(tmp_path, change)

    with pytest.raises(ContractError) as refusal:
        load_contracts(folder)

    assert message in str(refusal.value)
    assert str(refusal.value).startswith("addresses.odcs.yaml: ")


def test_relationship_that_leads_somewhere_is_kept(tmp_path: Path) -> None:
    contracts = load_contracts(_with_addresses(tmp_path, _relate("grid_tree.grid_id")))

    assert contracts["addresses"].column("grid_id").points_to == ("grid_tree.grid_id",)


def test_folder_without_contracts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="expected files named <feed>"):
        load_contracts(tmp_path)
