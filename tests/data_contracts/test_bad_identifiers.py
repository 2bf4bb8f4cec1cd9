"""Bad identity numbers at the gate of a home with a key: set aside, never quoted, never in the lake."""

from pathlib import Path

import pytest

from data_contracts.judgement import Judgement, Verdict
from tests.data_contracts.bad_files.case import CANARY, Case, Loaded, Quarantined, Refused
from tests.data_contracts.bad_files.identifiers import CASES
from tests.data_contracts.registers import judge_with_keys

Night = tuple[Path, dict[str, Judgement]]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    home = tmp_path_factory.mktemp("bureau")
    for case in CASES:
        case.land(home / "landing")
    return home, {one.name: one for one in judge_with_keys(home)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_identifier(case: Case, night: Night) -> None:
    judgement = night[1][f"{case.name}.csv"]
    told = str(judgement).replace(case.name, "")

    assert CANARY not in told
    assert not [cell for cell in case.secret if len(cell) > 2 and cell in told]
    match case.must:
        case Refused(because=because):
            assert (judgement.verdict, judgement.refused) == (Verdict.REFUSED, case.rows)
            assert because in told
        case Quarantined(check=check, rows=bad):
            assert (judgement.accepted, judgement.quarantined) == (case.rows - len(bad), len(bad))
            assert f"check {check}" in told
            assert ", row 5:" in told
        case Loaded():
            assert (judgement.accepted, judgement.quarantined) == (case.rows, 0)


def test_no_identity_number_lies_anywhere_behind_the_gate(night: Night) -> None:
    home, _ = night
    secrets = {cell.encode() for case in CASES for cell in case.secret if len(cell) > 14}
    written = [path for path in home.rglob("*") if path.is_file() and "landing" not in path.parts]
    assert written
    for path in written:
        content = path.read_bytes()
        assert not [secret for secret in secrets if secret in content], path.name
