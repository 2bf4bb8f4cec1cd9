"""Names and links in the landing folder: nothing outside it is read, nothing in a name reaches a log as is."""

import os
from pathlib import Path

import pytest

from data_contracts.judgement import Judgement, Verdict
from tests.data_contracts.landing import facts, judge, land, power_bills

ODD_NAMES = {
    "line-break": "a\nfeed benefits, file x.csv: accepted.csv",
    "carriage-return": "a\rb.csv",
    "escape-sequence": "a\x1b[31m.csv",
    "right-to-left-override": "a\u202evsc.csv",
    "zero-width-space": "a\u200b.csv",
    "not-utf-8": os.fsdecode(b"a\xff\xfe.csv"),
}
PLAIN_NAMES = {
    "two-points": "..export.csv",
    "path-like": "..%2f..%2fetc%2fpasswd.csv",
    "quotation-mark": "a'; DROP TABLE deliveries; --.csv",
    "html": "<b>a.csv",
    "formula": "=cmd.csv",
    "dash-first": "-rf.csv",
    "chinese": "七月账单.csv",
    "two-hundred-letters": "a" * 200 + ".csv",
    "glob": "bills*[0-9].csv",
}


def _only(judgements: list[Judgement]) -> Judgement:
    [judgement] = judgements
    return judgement


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES)
def test_a_name_that_would_break_a_message_is_left_alone(tmp_path: Path, name: str) -> None:
    land(tmp_path, "utility_bills", power_bills(3), name=name)

    told = _only([one for one in judge(tmp_path) if "manifest" not in one.name])

    assert told.verdict is Verdict.WAITING
    assert "its name holds a line break or invisible characters" in str(told)
    assert str(told).isprintable()
    assert facts(tmp_path, "utility_bills").empty


@pytest.mark.parametrize("name", PLAIN_NAMES.values(), ids=PLAIN_NAMES)
def test_a_strange_but_plain_name_is_a_name(tmp_path: Path, name: str) -> None:
    land(tmp_path, "utility_bills", power_bills(3), name=name)

    told = _only(judge(tmp_path))

    assert told.verdict is Verdict.ACCEPTED
    assert len(facts(tmp_path, "utility_bills")) == 3


@pytest.mark.parametrize("target", ["outside.csv", "nowhere.csv"])
def test_a_link_is_not_followed(tmp_path: Path, target: str) -> None:
    path = land(tmp_path, "utility_bills", power_bills(3))
    path.rename(tmp_path / "outside.csv")
    path.symlink_to(tmp_path / target)

    told = _only(judge(tmp_path))

    assert told.verdict is Verdict.WAITING
    assert "it is a link to another file; send the file itself" in str(told)


def test_a_folder_called_like_a_file_is_no_delivery(tmp_path: Path) -> None:
    (tmp_path / "landing" / "utility_bills" / "export.csv").mkdir(parents=True)

    assert judge(tmp_path) == []


def test_a_whole_file_under_another_name_loads_nothing_twice(tmp_path: Path) -> None:
    land(tmp_path, "utility_bills", power_bills(40), name="july.csv")
    land(tmp_path, "utility_bills", power_bills(40), name="july (1).csv")

    first, second = sorted(judge(tmp_path), key=lambda one: one.accepted, reverse=True)

    assert (first.accepted, second.exact_duplicates) == (40, 40)
    assert second.verdict is Verdict.DUPLICATE


def test_the_same_rows_in_another_format_load_nothing_twice(tmp_path: Path) -> None:
    land(tmp_path, "utility_bills", power_bills(40), name="july.csv")
    land(tmp_path, "utility_bills", power_bills(40), name="july.parquet")

    first, second = sorted(judge(tmp_path), key=lambda one: one.accepted, reverse=True)

    assert (first.accepted, second.exact_duplicates) == (40, 40)
    assert "every row is already in the lake" in str(second)
