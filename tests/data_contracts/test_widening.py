"""A column a contract gained: files without it are taken, and what was told before has it empty."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from data_contracts.contract import Contract, ContractError
from data_contracts.contract_diff import Weight, compare
from data_contracts.contracts import FOLDER
from data_contracts.gate import pass_gate
from data_contracts.judgement import Judgement, Verdict
from data_contracts.lake import Lake
from data_contracts.odcs import load_contracts
from tests.data_contracts.landing import CONTRACTS, RECEIVED, TONIGHT, facts, grids, land

GRIDS = CONTRACTS["grid_tree"]
OLDER = replace(
    GRIDS,
    columns=tuple(column for column in GRIDS.columns if column.name != "setting"),
    checks=tuple(check for check in GRIDS.checks if not check.check_id.startswith("setting")),
)


def _judge(home: Path, contract: Contract, said: list[str] | None = None) -> list[Judgement]:
    contracts = {**CONTRACTS, "grid_tree": contract}
    progress = (lambda _: None) if said is None else said.append
    return pass_gate(home, contracts, before=TONIGHT, progress=progress, keyring=None)


def test_a_file_may_leave_out_what_the_contract_says_it_may(tmp_path: Path) -> None:
    land(tmp_path, "grid_tree", grids("g1", "g2"))

    (judgement,) = _judge(tmp_path, GRIDS)

    assert (judgement.verdict, judgement.accepted) == (Verdict.ACCEPTED, 2)
    assert facts(tmp_path, "grid_tree").setting.isna().all()


def test_what_was_told_before_the_column_has_it_empty(tmp_path: Path) -> None:
    land(tmp_path, "grid_tree", grids("g1", "g2"), name="old.csv")
    land(
        tmp_path,
        "grid_tree",
        grids("g3"),
        name="older.csv",
        received_at=RECEIVED - timedelta(days=9),
    )
    _judge(tmp_path, OLDER)
    before = Lake(tmp_path).digest(before=TONIGHT)
    told = grids("g2", "g4").assign(setting="rural")
    land(tmp_path, "grid_tree", told, name="new.csv", received_at=RECEIVED + timedelta(hours=2))
    said: list[str] = []

    (judgement,) = _judge(tmp_path, GRIDS, said)

    assert (judgement.verdict, judgement.accepted) == (Verdict.ACCEPTED, 2)
    assert f"feed grid_tree: 2 files widened to contract version {GRIDS.version}" in said
    rows = facts(tmp_path, "grid_tree")
    lasting = rows[rows.known_until.isna()].set_index("grid_id").setting.fillna("untold")
    assert lasting.to_dict() == {"g1": "untold", "g2": "rural", "g3": "untold", "g4": "rural"}
    assert len(rows) == 5
    assert Lake(tmp_path).verify("grid_tree") == 4
    assert len(list((tmp_path / "lake").rglob("*.parquet"))) == 4
    assert Lake(tmp_path).digest(before=RECEIVED + timedelta(hours=1)) == before


def test_files_are_widened_once(tmp_path: Path) -> None:
    land(tmp_path, "grid_tree", grids("g1"))
    _judge(tmp_path, OLDER)
    first: list[str] = []
    again: list[str] = []

    _judge(tmp_path, GRIDS, first)
    _judge(tmp_path, GRIDS, again)

    assert (len(first), again) == (1, [])


def test_a_delivery_of_before_that_comes_after_finds_its_place(tmp_path: Path) -> None:
    land(tmp_path, "grid_tree", grids("g1"), name="old.csv")
    _judge(tmp_path, OLDER)
    named = grids("g1").assign(grid_name="新网格")
    land(tmp_path, "grid_tree", named, name="late.csv", received_at=RECEIVED - timedelta(hours=1))

    _judge(tmp_path, GRIDS)

    rows = facts(tmp_path, "grid_tree")
    assert rows.grid_name.tolist() == ["新网格", "第g1网格"]
    assert rows.known_until.isna().tolist() == [False, True]


def test_what_must_be_there_may_not_be_left_out(tmp_path: Path) -> None:
    document = yaml.safe_load((FOLDER / "grid_tree.odcs.yaml").read_text(encoding="utf-8"))
    (setting,) = (one for one in document["schema"][0]["properties"] if one["name"] == "setting")
    setting["required"] = True
    path = tmp_path / "grid_tree.odcs.yaml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")

    with pytest.raises(ContractError, match="setting is required, so it may not be left out"):
        load_contracts(tmp_path)


def test_no_longer_leaving_out_breaks_a_contract() -> None:
    strict = replace(
        GRIDS, columns=tuple(replace(one, may_be_left_out=False) for one in GRIDS.columns)
    )

    changes = compare({"grid_tree": GRIDS}, {"grid_tree": strict})

    assert (Weight.BREAKING, "may no longer be left out: files without it are refused") in [
        (change.weight, change.what) for change in changes
    ]
