"""A shell learns from the exit code what a command of the laboratory found."""

from pathlib import Path

import pytest
import typer

from experiments.cli import main


def test_a_table_that_cannot_be_tried_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = tmp_path / "absent.csv"

    assert main(["try", str(absent), "--unit", "id", "--label", "y"]) == 2
    assert "absent.csv" in " ".join(capsys.readouterr().err.split())


def test_help_and_a_command_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["leaks", "--help"]) == 0
    assert main(["leeks"]) == 2
    assert "leeks" in capsys.readouterr().err


def test_a_question_that_finds_nobody_to_answer_it_ends_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asking = typer.Typer()

    @asking.command()
    def ask() -> None:
        raise EOFError("EOF when reading a line")

    monkeypatch.setattr("experiments.cli.app", asking)

    assert main([]) == 1
    told = capsys.readouterr().err
    assert "EOF when reading a line" in told
    assert "in a terminal" in told
