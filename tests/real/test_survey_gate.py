"""A code the survey does not have is caught by the contract, in its row and no other."""

from datetime import datetime
from pathlib import Path

from data_contracts.gate import pass_gate
from data_contracts.judgement import Verdict
from experiments.real.hps.deliver import contracts, deliver
from tests.real.survey import interviews, publish


def test_an_unknown_code_is_quarantined_and_names_its_check(tmp_path: Path) -> None:
    told = interviews("""
        scram | week | born | state | curfoodsuf
        ------+------+------+-------+-----------
        v1    | 1    | 1980 | 6     | 1
        v2    | 1    | 1981 | 6     | -77
        v3    | 1    | 1982 | 6     | 5
        v4    | 1    | 1983 | 6     | 4
        v5    | 1    | 1984 | 6     | -99
        """)
    deliver(publish(tmp_path / "data", told), tmp_path / "landing")
    judged = pass_gate(
        tmp_path,
        {"hps_food": contracts()["hps_food"]},
        before=datetime.fromisoformat("2020-08-01"),
        progress=lambda _: None,
        keyring=None,
    )
    [food] = [judgement for judgement in judged if judgement.feed == "hps_food"]
    assert food.verdict is Verdict.ACCEPTED_WITH_QUARANTINE
    assert (food.rows_in, food.accepted, food.quarantined) == (4, 2, 2)
    assert any("curfoodsuf_is_in_the_code_book" in reason for reason in food.reasons)
