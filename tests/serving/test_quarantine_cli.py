"""Refused rows leave as a file, come back corrected, and the lake is looked after: the commands themselves."""

from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from serving.cli import main
from serving.refusals import ExitCode
from tests.data_contracts.landing import facts, judge, land, power_bills


def _zhaoren(home: Path, *argv: str) -> int:
    return main(argv, {"ZHAOREN_HOME": str(home)})


def _dirty(home: Path) -> str:
    bills = power_bills(30).astype(str)
    bills.loc[3, "amount_due"] = "=1+1"
    bills.loc[4, "amount_due"] = "约50元"
    land(home, "utility_bills", bills)
    [judgement] = judge(home)
    assert judgement.quarantined == 2, judgement
    return judgement.delivery_id


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_export_correct_release(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    home, file = tmp_path / "home", tmp_path / f"for_the_department.{suffix}"
    delivery = _dirty(home)
    assert _zhaoren(home, "quarantine", "export", delivery, "--out", str(file)) == ExitCode.OK
    if suffix == "csv":
        rows = pd.read_csv(file, dtype="str")
        assert rows["source_row"].tolist() == ["4", "5"]
        assert rows["amount_due"].tolist() == ["'=1+1", "约50元"]
        assert rows["reason"].str.startswith("amount_due: expected a number").all()
        rows.assign(amount_due=["61", "62"]).to_csv(file, index=False, encoding="gb18030")
    else:
        book = openpyxl.load_workbook(file)
        sheet = book.worksheets[0]
        column = [cell.value for cell in sheet[1]].index("amount_due") + 1
        sheet.cell(2, column, 61)
        sheet.cell(3, column, 62)
        book.save(file)

    assert _zhaoren(home, "quarantine", "release", delivery, str(file)) == ExitCode.OK
    [judgement] = judge(home, before=datetime.fromisoformat("2099-01-01"))

    assert (judgement.accepted, judgement.quarantined) == (2, 0), judgement
    held = facts(home, "utility_bills").set_index("bill_id")
    assert held.loc[["b3", "b4"], "amount_due"].tolist() == [61.0, 62.0]
    capsys.readouterr()
    assert _zhaoren(home, "quarantine", "list") == ExitCode.OK
    assert "No refused row is open." in capsys.readouterr().out
    assert _zhaoren(home, "quarantine", "list", "--all") == ExitCode.OK
    assert delivery[:8] in capsys.readouterr().out


def test_what_cannot_be_released_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    delivery = _dirty(tmp_path)
    file = tmp_path / "x.csv"
    file.write_text("a,b\n1,2\n", encoding="utf-8")

    assert _zhaoren(tmp_path, "quarantine", "release", delivery, str(file)) == ExitCode.WRONG_USAGE
    assert "has no column source_row" in capsys.readouterr().err
    assert _zhaoren(tmp_path, "quarantine", "export", "d1", "--out", str(file)) != ExitCode.OK
    assert "zhaoren quarantine list" in capsys.readouterr().err.replace("\n", " ")


def test_compact_verify_expire(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _dirty(tmp_path)
    assert _zhaoren(tmp_path, "lake", "compact") == ExitCode.OK
    assert _zhaoren(tmp_path, "lake", "verify") == ExitCode.OK
    assert "2 files" in capsys.readouterr().out
    for extra, gone in (("--dry-run", False), ("", True)):
        argv = ["lake", "expire", "--as-of-date", "2090-01-01", *filter(None, [extra])]
        assert _zhaoren(tmp_path, *argv) == ExitCode.OK
        assert facts(tmp_path, "utility_bills").empty is gone


def test_a_damaged_file_has_an_exit_code_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _dirty(tmp_path)
    [path] = (tmp_path / "lake").rglob("*.parquet")
    path.write_bytes(path.read_bytes()[:-1])

    assert _zhaoren(tmp_path, "lake", "verify") == ExitCode.LAKE_DAMAGED
    assert "restore it from a backup" in capsys.readouterr().err.replace("\n", " ")


def test_a_source_that_is_not_described_or_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _zhaoren(tmp_path, "sources", "pull") == ExitCode.SOURCE_NOT_READ
    assert "sources.yaml: write one" in capsys.readouterr().err.replace("\n", "")

    (tmp_path / "sources.yaml").write_text(
        "sources: [{feed: benefits, dsn: host=/nowhere, table: a.b, mark: m, overlap: 1 hour}]",
        encoding="utf-8",
    )
    assert _zhaoren(tmp_path, "sources", "pull") == ExitCode.SOURCE_NOT_READ
    assert "feed benefits: a.b cannot be read" in capsys.readouterr().err
    assert _zhaoren(tmp_path, "sources", "pull", "--feed", "visits") == ExitCode.SOURCE_NOT_READ
    assert "feed visits has no source; there is benefits" in capsys.readouterr().err
