"""What a change of a contract means for those who rely on it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from data_contracts.contract_diff import Change, Weight, compare
from data_contracts.contracts import FOLDER
from data_contracts.odcs import load_contract
from tests.data_contracts.landing import CONTRACTS

Document = dict[str, Any]
BILLS = yaml.safe_load((FOLDER / "utility_bills.odcs.yaml").read_text(encoding="utf-8"))
OLD = CONTRACTS["utility_bills"]


def _changes(folder: Path, change: Callable[[Document], object]) -> list[Change]:
    document = copy.deepcopy(BILLS)
    change(document)
    path = folder / "utility_bills.odcs.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return compare({"utility_bills": OLD}, {"utility_bills": load_contract(path)})


def _column(document: Document, name: str) -> Document:
    [column] = [one for one in document["schema"][0]["properties"] if one["name"] == name]
    return column


def _check(document: Document, check_id: str) -> Document:
    table = document["schema"][0]
    checks = [
        check
        for place in (table, *table["properties"])
        for check in place.get("quality", [])
        if check["id"] == check_id
    ]
    return checks[0]


def _codes(document: Document, *codes: str) -> None:
    _check(document, "service_is_known")["arguments"]["validValues"] = list(codes)


def _without(document: Document, column: str) -> None:
    table = document["schema"][0]
    table["properties"] = [one for one in table["properties"] if one["name"] != column]
    table["quality"] = [
        one for one in table["quality"] if column not in str(one.get("implementation"))
    ]


def _renamed(document: Document, old: str, new: str) -> None:
    _column(document, old)["name"] = new
    for check in document["schema"][0]["quality"]:
        kwargs = check.get("implementation", {}).get("kwargs", {})
        kwargs.update({key: new for key, value in kwargs.items() if value == old})


def _promise(document: Document, name: str, days: int) -> None:
    [level] = [one for one in document["slaProperties"] if one["property"] == name]
    level.update(value=days, unit="d")


DATE = {"logicalType": "date", "classification": "S2", "description": "A day."}


@pytest.mark.parametrize(
    ("change", "weight", "where", "what"),
    [
        (lambda d: _without(d, "paid_on"), "breaking", ".paid_on", "the column is gone"),
        (
            lambda d: _renamed(d, "due_date", "due_on"),
            "breaking",
            ".due_date",
            "the column seems to be renamed to due_on",
        ),
        (
            lambda d: d["schema"][0]["properties"].append({"name": "read_on", **DATE}),
            "compatible",
            ".read_on",
            "a new column",
        ),
        (
            lambda d: d["schema"][0]["properties"].append(
                {"name": "read_on", "required": True, **DATE}
            ),
            "breaking",
            ".read_on",
            "a new required column: files without it are refused",
        ),
        (
            lambda d: _column(d, "usage")["customProperties"][0].update(value="MWh"),
            "breaking",
            ".usage",
            "is MWh",
        ),
        (
            lambda d: _column(d, "due_date").update(logicalType="timestamp"),
            "breaking",
            ".due_date",
            "type was date, is timestamp",
        ),
        (
            lambda d: _column(d, "usage").update(required=False),
            "breaking",
            ".usage",
            "may now be empty",
        ),
        (
            lambda d: _column(d, "paid_on").update(required=True),
            "breaking",
            ".paid_on",
            "may no longer be empty",
        ),
        (
            lambda d: _column(d, "amount_due").update(classification="S1"),
            "breaking",
            ".amount_due",
            "is S1",
        ),
        (
            lambda d: _codes(d, "power", "water", "gas"),
            "breaking",
            ".service",
            "codes gone: heating",
        ),
        (
            lambda d: _codes(d, "power", "water", "gas", "heating", "steam"),
            "compatible",
            ".service",
            "new codes: steam",
        ),
        (
            lambda d: _check(d, "usage_is_plausible").update(severity="warning"),
            "breaking",
            ", check usage_is_plausible",
            "severity was error, is warning",
        ),
        (
            lambda d: _check(d, "usage_is_plausible").update(severity="fatal"),
            "compatible",
            ", check usage_is_plausible",
            "severity was error, is fatal",
        ),
        (
            lambda d: _check(d, "volume_is_as_usual")["implementation"].update(between=[0.1, 9]),
            "note",
            ", check volume_is_as_usual",
            "the rule is another",
        ),
        (
            lambda d: _check(d, "usage_is_plausible")["implementation"]["kwargs"].update(
                max_value=1e9
            ),
            "breaking",
            ", check usage_is_plausible",
            "the rule is another",
        ),
        (
            lambda d: _column(d, "usage").pop("quality"),
            "breaking",
            ", check usage_is_plausible",
            "the check is gone",
        ),
        (lambda d: _promise(d, "retention", 30), "breaking", "", "now 30"),
        (lambda d: _promise(d, "retention", 9999), "note", "", "the legal basis must allow it"),
        (lambda d: _promise(d, "frequency", 60), "breaking", "", "sent every 31 days, now 60"),
        (lambda d: _promise(d, "latency", 2), "compatible", "", "may lag 25 days, now 2"),
        (
            lambda d: d["description"].update(usage="Anything."),
            "note",
            "",
            "usage is worded differently",
        ),
    ],
)
def test_each_change_is_classed_by_what_it_means(
    tmp_path: Path, change: Callable[[Document], object], weight: str, where: str, what: str
) -> None:
    changes = _changes(tmp_path, change)

    found = [one for one in changes if one.where == f"utility_bills{where}" and what in one.what]
    assert [one.weight for one in found] == [Weight(weight)], changes
    strongest = changes[0].weight
    assert strongest is Weight(weight)


def test_the_same_contract_in_other_words_of_yaml_has_not_changed(tmp_path: Path) -> None:
    assert _changes(tmp_path, lambda d: None) == []


def test_a_breaking_change_asks_for_a_major_version(tmp_path: Path) -> None:
    told = [one.what for one in _changes(tmp_path, lambda d: _without(d, "paid_on"))]
    assert any("raise it" in what for what in told)

    def raised(document: Document) -> None:
        _without(document, "paid_on")
        document["version"] = "99.0.0"

    assert not any("raise it" in one.what for one in _changes(tmp_path, raised))


def test_feeds_come_and_go() -> None:
    grids = CONTRACTS["grid_tree"]

    assert compare({"grid_tree": grids}, {"utility_bills": OLD}) == [
        Change(Weight.BREAKING, "grid_tree", "the feed is gone"),
        Change(Weight.COMPATIBLE, "utility_bills", "the feed is new"),
    ]
