"""Policy gaps: what stood in the way of people whose need was confirmed, by street, and nobody given away."""

import csv
import io
import json
from datetime import date, timedelta

import pandas as pd
import pytest

from features.connections import open_engine
from serving.cases.findings import Finding
from serving.cli import main
from serving.explaining.entitlements import beside, write_answers
from serving.explaining.gap_report import (
    FAILED,
    MET,
    MISSING,
    NO_FIGURE,
    Obstacle,
    _cells,
    report_gaps,
)
from serving.policy_place import Place
from tests.serving.stores import open_store
from tests.serving.test_findings import report
from tests.serving.village import NIGHT, Village, policy, run

PLACE = Place(region="cn.jiangsu.wuxi.binhu")
# Far above every line; within dibao by everything known; poor, but nobody checked the assets.
KINDS = {
    "rich": {"rule_checked_income_month": 9000.0, "property_check_result": "within_limit"},
    "due": {"rule_checked_income_month": 500.0, "property_check_result": "within_limit"},
    "unchecked": {"rule_checked_income_month": 500.0, "property_check_result": None},
}
WHERE = {"rich": ("g1", 6), "due": ("g3", 5), "unchecked": ("g3", 2)}


def everybody():
    rows = [
        {"household_id": f"{kind}_{grid}_{number}", "area_id": grid, **KINDS[kind]}
        for kind, (grid, count) in WHERE.items()
        for number in range(count)
    ]
    rows += [
        {"household_id": f"rich_g3_{number}", "area_id": "g3", **KINDS["rich"]}
        for number in range(2)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A night with everybody on a list, answers beside its matrix, and a visit that found need in each home."""
    folder = tmp_path_factory.mktemp("gaps")
    people = everybody()
    households = people[["household_id", "area_id"]].assign(
        power_is_cut=False, children=0, disabled=0, unpaid=100, is_covered=False, band="yellow",
        score=range(len(people)), probability=0.2, reason="unpaid",
    )  # fmt: skip
    lists = policy(exploration={"random_share": 0, "uncertain_share": 0}, care_groups=[])
    capacity = {("g1", "grid_worker"): 30, ("g3", "grid_worker"): 30}
    run(folder, upstream=Village(households=households, capacity=capacity), lists=lists)
    matrix = folder / "matrices" / f"{NIGHT}.parquet"
    people.assign(
        household_size=1,
        household_members_hukou_elsewhere=0,
        rule_certain_income_month=0.0,
        property_days_since_check=30,
    ).to_parquet(matrix)
    with open_engine() as engine:
        write_answers(
            engine, matrix, PLACE.in_force(as_of_date=NIGHT), as_of_date=NIGHT, out=beside(matrix)
        )
    store = open_store(folder)
    for household in people["household_id"]:
        report(store, household, on=NIGHT + timedelta(days=3), finding=Finding.NEED_NO_ENTITLEMENT)
    report(store, "rich_g1_0", on=NIGHT, finding=Finding.NEED_AID_STARTED)
    store.close()
    return folder


def gaps(home, since=None, until=None):
    store = open_store(home)
    try:
        return report_gaps(store, home=home, since=since, until=until)
    finally:
        store.close()


def by_street(found, kind):
    return {
        (cell.street_id, cell.obstacle.rule_id, cell.obstacle.name): cell.households
        for cell in found.cells
        if cell.obstacle.kind == kind
    }


def test_the_line_that_was_closest_and_missed_is_named_by_street(home):
    found = by_street(gaps(home), FAILED)
    assert found["", "edge", "income_below_edge"] == 8
    assert {rule for _, rule, _ in found} == {"edge"}


def test_who_was_due_by_the_rules_and_got_nothing_is_a_gap_of_its_own(home):
    assert by_street(gaps(home), MET) == {("", "dibao", ""): 5, ("s2", "dibao", ""): 5}


def test_what_nobody_told_is_a_gap_too(home):
    found = by_street(gaps(home), MISSING)
    assert found == {
        ("", "dibao", "assets_within_limit"): None,
        ("s2", "dibao", "assets_within_limit"): None,
    }
    assert ("", "dibao", "dibao.homes_max") in by_street(gaps(home), NO_FIGURE)


def test_fewer_than_five_are_hidden_and_nobody_can_subtract(home):
    found = by_street(gaps(home), FAILED)
    # Two in s2: with 8 in all, 6 in s1 would give them away.
    assert found["s2", "edge", "income_below_edge"] is None
    assert found["s1", "edge", "income_below_edge"] is None


def test_two_hidden_streets_hide_each_other_and_leave_the_rest():
    obstacle = Obstacle("edge", FAILED, "x", "x")
    few = {("a", obstacle): {"1"}, ("b", obstacle): {"2", "3"}, ("c", obstacle): set("45678")}
    shown = {cell.street_id: cell.households for cell in _cells(few)}
    assert shown == {"": 8, "a": None, "b": None, "c": 5}


def test_only_visits_of_the_days_asked_for_count(home):
    assert gaps(home).households == 15
    assert gaps(home, since=NIGHT + timedelta(days=3)).households == 15
    assert gaps(home, since=NIGHT + timedelta(days=4)).households == 0
    assert gaps(home, until=NIGHT + timedelta(days=2)).households == 0
    assert gaps(home, until=NIGHT + timedelta(days=3)).households == 15


def test_without_a_night_before_the_visit_that_is_said(home):
    kept = beside(home / "matrices" / f"{NIGHT}.parquet")
    kept.rename(home / "aside")
    try:
        found = gaps(home)
    finally:
        (home / "aside").rename(kept)
    assert (found.without_night, found.cells) == (15, ())


def test_a_night_after_the_visit_tells_nothing(home):
    matrices = home / "matrices"
    later = date(2026, 3, 13)
    (matrices / f"{NIGHT}.parquet").rename(matrices / f"{later}.parquet")
    beside(matrices / f"{NIGHT}.parquet").rename(beside(matrices / f"{later}.parquet"))
    try:
        assert gaps(home).without_night == 15
    finally:
        (matrices / f"{later}.parquet").rename(matrices / f"{NIGHT}.parquet")
        beside(matrices / f"{later}.parquet").rename(beside(matrices / f"{NIGHT}.parquet"))


def test_the_command_tells_it_three_ways_and_names_nobody(home, capsys):
    said = {}
    for form in ("text", "csv", "json"):
        assert main(["gaps", "--home", str(home), "--format", form], {"COLUMNS": "160"}) == 0
        said[form] = capsys.readouterr().out
    content = json.loads(said["json"])
    assert content["households"] == "15"
    assert {"street_id": "s2", "rule": "dibao", "kind": "met", "name": "", "households": "5",
            "text": "最低生活保障：看来符合，没有享受"} in content["rows"]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(said["csv"])))
    assert [row["households"] for row in rows if row["kind"] == "missing"] == ["<5", "<5"]
    assert "不满足“人均月收入低于低保边缘标准”" in said["text"]
    assert not any(name in text for text in said.values() for name in everybody()["household_id"])
