"""Neighbouring districts as one: every file of the same name joined, judged as one delivery."""

from pathlib import Path

import pytest

from data_contracts.judgement import Verdict
from experiments.bench.joining import join_landings
from tests.data_contracts.landing import facts, judge, land, power_bills


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_files_of_one_name_become_one_delivery(tmp_path: Path, suffix: str) -> None:
    for part, prefix in (("a", "x"), ("b", "y")):
        bills = power_bills(30)
        bills["bill_id"] = prefix + bills["bill_id"]
        land(tmp_path / part, "utility_bills", bills, name=f"july.{suffix}")

    join_landings([tmp_path / "a" / "landing", tmp_path / "b" / "landing"], tmp_path / "landing")

    [judgement] = judge(tmp_path)
    assert (judgement.verdict, judgement.accepted) == (Verdict.ACCEPTED, 60)
    assert facts(tmp_path, "utility_bills")["bill_id"].str[0].value_counts().to_dict() == {
        "x": 30,
        "y": 30,
    }
