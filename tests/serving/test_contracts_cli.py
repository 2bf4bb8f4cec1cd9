"""What operators ask about contracts and departments: the commands themselves."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from data_contracts.contracts import FOLDER
from serving.cli import main
from serving.refusals import ExitCode
from tests.data_contracts.landing import RECEIVED, judge, land, power_bills


def _zhaoren(home: Path, *argv: str) -> int:
    return main(argv, {"ZHAOREN_HOME": str(home)})


def _changed(folder: Path, old: str, new: str) -> Path:
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    path = folder / "utility_bills.odcs.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def test_a_breaking_change_is_named_and_has_an_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = _changed(tmp_path / "new", "[power, water, gas, heating]", "[power, water, gas]")

    assert _zhaoren(tmp_path, "contracts", "diff", str(FOLDER), str(new)) == (
        ExitCode.CONTRACTS_BREAK
    )
    told = capsys.readouterr().out
    assert "breaking" in told
    assert "heating" in told


def test_no_change_and_a_harmless_one_are_fine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    contract = FOLDER / "utility_bills.odcs.yaml"
    assert _zhaoren(tmp_path, "contracts", "diff", str(contract), str(contract)) == ExitCode.OK
    assert "Nothing changed" in capsys.readouterr().out
    new = _changed(tmp_path / "new", "Metered consumption", "Metered use")

    assert _zhaoren(tmp_path, "contracts", "diff", str(FOLDER), str(new)) == ExitCode.OK
    assert "described differently" in capsys.readouterr().out


def test_a_misspelt_severity_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = _changed(tmp_path / "wrong", "severity: fatal", "severity: fatl")

    assert _zhaoren(tmp_path, "contracts", "check", str(folder)) == ExitCode.CONTRACTS_WRONG
    assert "severity 'fatl', expected one of warning, error, fatal" in capsys.readouterr().err


def test_pages_are_written_where_asked(tmp_path: Path) -> None:
    assert _zhaoren(tmp_path, "contracts", "docs", "--out", str(tmp_path / "pages")) == ExitCode.OK

    assert (tmp_path / "pages" / "utility_bills.html").exists()


def test_site_and_scorecard_of_a_home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    land(tmp_path, "utility_bills", power_bills(30))
    judge(tmp_path)

    assert _zhaoren(tmp_path, "contracts", "site") == ExitCode.OK
    day = f"{RECEIVED + timedelta(days=99):%Y-%m-%d}"
    assert _zhaoren(tmp_path, "scorecard", "--as-of-date", day) == ExitCode.OK

    assert "水电气" in capsys.readouterr().out
    assert (tmp_path / "data_docs" / "deliveries" / "index.html").exists()
    assert (tmp_path / "data_docs" / "scorecard.html").exists()
