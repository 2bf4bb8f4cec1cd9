"""The gate asked about Smart Check: REJECT at the pilot, cannot tell where the city suppressed groups."""

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from experiments.cli import app, main
from experiments.promotion.amsterdam import Replayed, replay
from models.gate.answers import Answer, Check
from models.gate.bars import load_bars
from models.gate.confusion_matrices import MatricesUnreadable
from models.gate.decision import Verdict

# Of the published table: gender and the suppressed or telling groups of the model after reweighing.
PUBLISHED = """stage,model,attribute,group,n,tn,fp,fn,tp
Pilot,After Reweighing,gender,M,144,23,46,26,49
Pilot,After Reweighing,gender,F,128,19,53,20,36
Pilot,After Reweighing,Age < 30,below 30,,,,,
Pilot,After Reweighing,Age < 30,above 30,236,41,82,43,70
Pilot,After Reweighing,Age < 50,below 50,208,31,74,28,75
Pilot,After Reweighing,Age < 50,above 50,64,11,25,18,10
Prepilot,After Reweighing,gender,M,693,262,82,214,135
Prepilot,After Reweighing,gender,F,560,221,52,169,118
Prepilot,After Reweighing,IsParttimeParent,Part-time parent,,,,,
Prepilot,After Reweighing,IsParttimeParent,Not part-time parent,1237,475,132,379,251
Prepilot,After Reweighing,Western,Western,1021,391,114,310,206
Prepilot,After Reweighing,Western,Not Western,199,79,19,62,39
"""

BARS = load_bars(as_of_date=date(2026, 7, 1))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "confusion_matrices.csv").write_text(PUBLISHED, "utf-8")
    return tmp_path


def stage(folder: Path, name: str) -> Replayed:
    return next(one for one in replay(folder, BARS) if one.stage == name)


def check(replayed: Replayed, name: str) -> Check:
    return next(
        one for each in replayed.decision.conditions for one in each.checks if one.name == name
    )


def test_the_pilot_is_rejected_for_a_lift_below_one(folder: Path) -> None:
    pilot = stage(folder, "Pilot")

    assert pilot.decision.verdict is Verdict.REJECT
    lift = check(pilot, "lift")
    assert lift.answer is Answer.FAILS
    assert lift.figure == pytest.approx((85 / 184) / (131 / 272))
    assert round(lift.figure or 0, 2) == 0.96
    assert lift.interval is not None
    assert lift.interval.high < 2.0


def test_at_the_pilot_the_old_were_missed_and_the_groups_were_small(folder: Path) -> None:
    pilot = stage(folder, "Pilot")

    assert check(pilot, "missed by Age < 50").answer is Answer.FAILS
    assert check(pilot, "missed by gender").answer is Answer.CANNOT_TELL
    assert check(pilot, "missed by Age < 30").answer is Answer.CANNOT_TELL


def test_before_the_pilot_suppressed_groups_cannot_be_told(folder: Path) -> None:
    before = stage(folder, "Prepilot")

    assert check(before, "missed by gender").answer is Answer.HOLDS
    assert check(before, "missed by Western").answer is Answer.HOLDS
    suppressed = check(before, "missed by IsParttimeParent")
    assert suppressed.answer is Answer.CANNOT_TELL
    assert "不可判定: Part-time parent (suppressed)" in suppressed.reason
    assert before.decision.verdict is Verdict.NOT_YET
    assert check(before, "lift").answer is Answer.CANNOT_TELL


def test_the_command_says_reject(folder: Path) -> None:
    told = CliRunner().invoke(app, ["gate", "amsterdam", "--data", str(folder)])

    assert told.exit_code == 0, told.output
    pilot = told.output.partition("Amsterdam, Pilot")[2].partition("Amsterdam, Prepilot")[0]
    assert "REJECT (fails: prospective, groups" in pilot
    assert "lift 0.959" in pilot


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "no confusion_matrices.csv"),
        ("stage,model,attribute,group,n,tn,fp,fn\n", r"column\(s\) \['tp'\] missing"),
        (PUBLISHED.replace("144,23,", "144,some,"), "must be whole numbers"),
        ("\n".join(PUBLISHED.splitlines()[:2]) + "\nPilot,After Reweighing,gender,F,,,,,\n", "suppressed group"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_in_a_sentence(
    tmp_path: Path, text: str | None, told: str
) -> None:
    if text is not None:
        (tmp_path / "confusion_matrices.csv").write_text(text, "utf-8")
    with pytest.raises(MatricesUnreadable, match=told):
        replay(tmp_path, BARS)


def test_the_command_line_refuses_with_code_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["gate", "amsterdam", "--data", str(tmp_path)]) == 2
    assert "refused: no confusion_matrices.csv" in capsys.readouterr().err
