"""Policy cases as files: what is refused and how it is said, what shorthand means, and zhaoren policy test."""

from pathlib import Path

import pytest

from features.connections import open_engine
from models.rules.answering import RULE_FACTS
from models.rules.case_running import run_cases
from models.rules.cases import Case, CaseError, read_cases
from serving.cli import main

SHARED = """
region: cn.jiangsu.wuxi.binhu
as_of_date: 2025-09-01
facts: {members: 2, members_hukou_here: 2, assets_within_limit: true}
quote: "57号 4：低于标准"
"""


def cases(folder: Path, *lines: str, shared: str = SHARED) -> tuple[Case, ...]:
    (folder / "own.yaml").write_text(shared + "cases:\n" + "".join(f"  - {one}\n" for one in lines))
    return read_cases(folder, among=RULE_FACTS)


def test_a_case_takes_over_what_stands_beside_it_and_says_otherwise(tmp_path: Path) -> None:
    [one, other] = cases(
        tmp_path,
        "{name: a, facts: {income_month: 2000}, expect: {dibao: meets}}",
        "{name: b, as_of_date: 2026-01-01, facts: {assets_within_limit: unknown}, expect: {dibao: cannot_tell}}",
    )
    assert one.facts == {
        "members": 2.0,
        "members_hukou_here": 2.0,
        "assets_within_limit": True,
        "income_month_at_least": 2000.0,
        "income_month_at_most": 2000.0,
    }
    assert one.as_of_date.year == 2025
    assert other.as_of_date.year == 2026
    assert other.facts["assets_within_limit"] is None
    assert one.where == "own.yaml, line 7"


def test_a_sum_may_be_known_from_one_side(tmp_path: Path) -> None:
    [one] = cases(
        tmp_path,
        "{name: a, facts: {income_month: unknown, income_month_at_least: 900}, expect: {dibao: cannot_tell}}",
    )
    assert one.facts["income_month_at_least"] == 900
    assert one.facts["income_month_at_most"] is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{name: a, facts: {incom_month: 1}, expect: {dibao: meets}}", "line 7: unknown fact 'incom_month'; did you mean income_month?"),
        ("{name: a, facts: {members: many}, expect: {dibao: meets}}", "members is a number of persons or unknown, found 'many'"),
        ("{name: a, facts: {members: 1.5}, expect: {dibao: meets}}", "members counts whole persons, found 1.5"),
        ("{name: a, facts: {income_month: -1}, expect: {dibao: meets}}", "income_month_at_least is a number of yuan per month or unknown, found -1"),
        ("{name: a, facts: {is_rural: 1}, expect: {dibao: meets}}", "is_rural is true, false or unknown, found 1"),
        ("{name: a, facts: {income_month: 1, income_month_at_most: 2}, expect: {dibao: meets}}", "income_month_at_most is told twice"),
        ("{name: a, facts: {income_month_at_least: 2, income_month_at_most: 1}, expect: {dibao: meets}}", "income_month_at_least is 2, above its upper bound 1"),
        ("{name: a, expect: {dibao: perhaps}}", "dibao is one of meets, near, does_not, cannot_tell, found 'perhaps'"),
        ("{name: a, expect: {}}", "expect names no rule"),
        ("{name: a, expect: {dibao: meets}, missing: [income]}", "missing speaks of one rule of several"),
        ("{name: a, expect: {dibao: meets, edge: meets}, distance_yuan: 1}", "distance_yuan speaks of one rule of several"),
        ("{name: a, expect: {dibao: meets}, distance_yuan: {edge: 1}}", "distance_yuan of edge, of which nothing of that kind is expected"),
        ("{name: a, expect: {dibao: meets}, distance_yuan: far}", "distance_yuan is a number, found 'far'"),
        ("{name: a, quote: '57号', expect: {dibao: meets}}", "quote is 'document and article：what it says', found '57号'"),
        ("{name: a, as_of_date: soon, expect: {dibao: meets}}", "as_of_date must be a date such as 2026-07-01, found 'soon'"),
        ("{name: a, parameters: {near.percent: ten}, expect: {dibao: meets}}", "near.percent is a number or unknown, found 'ten'"),
        ("{name: a, fact: {members: 1}, expect: {dibao: meets}}", "unknown key 'fact'"),
        ("{name: a}", "expect is missing"),
        ("just words", "a case has keys and values"),
    ],
)  # fmt: skip
def test_what_is_not_a_case_is_refused_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(CaseError) as refused:
        cases(tmp_path, line)
    assert told in str(refused.value)
    assert str(refused.value).startswith("own.yaml")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{name: a, expect: {dibau: meets}}", "line 7: unknown rule 'dibau'; did you mean dibao?"),
        ("{name: a, expect: {dibao: cannot_tell}, missing: [incom]}", "dibao never lacks 'incom'; did you mean income?"),
        ("{name: a, region: cn.jiangsu.wuxy, expect: {dibao: meets}}", "did you mean cn.jiangsu.wuxi?"),
        ("{name: a, parameters: {dibao.standart: 1}, expect: {dibao: meets}}", "dibao.standard"),
    ],
)  # fmt: skip
def test_names_nothing_goes_by_are_refused_when_judged(
    tmp_path: Path, line: str, told: str
) -> None:
    told_cases = cases(tmp_path, line)
    with open_engine() as engine, pytest.raises(CaseError) as refused:
        run_cases(engine, told_cases)
    assert told in str(refused.value)


def test_a_missing_quote_a_second_name_and_an_empty_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="no folder with"):
        read_cases(tmp_path, among=RULE_FACTS)
    line = "{name: a, expect: {dibao: meets}}"
    with pytest.raises(CaseError, match="quote must be a text, found None"):
        cases(tmp_path, line, shared=SHARED.replace("quote:", "# quote:"))
    with pytest.raises(CaseError, match="line 8: a is also the name of own"):
        cases(tmp_path, line, line)


def test_a_case_answered_otherwise_tells_the_comparison_behind_it(tmp_path: Path) -> None:
    told = cases(
        tmp_path,
        "{name: a, facts: {income_month: 2400}, expect: {dibao: meets}, distance_yuan: -1}",
        "{name: b, facts: {income_month_at_least: 100}, expect: {dibao: cannot_tell}, missing: [members_hukou_here]}",
        "{name: c, facts: {income_month: 2400}, expect: {dibao: near}, distance_yuan: 33}",
    )
    with open_engine() as engine:
        over, open_, right = run_cases(engine, told)
    assert over.differences == (
        "expected meets, found near",
        "expected -1 from the line, found 33",
    )
    assert str(over.behind[0]) == "人均月收入 1200 < 低保标准 1167: does not hold"
    assert open_.differences == ("expected missing members_hukou_here, found income",)
    assert str(open_.behind[0]) == "人均月收入 50..? < 低保标准 1167: cannot be told"
    assert right.differences == ()


@pytest.mark.parametrize(("answer", "code"), [("meets", 0), ("does_not", 1)])
def test_the_command_passes_or_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: str, code: int
) -> None:
    cases(tmp_path, f"{{name: 甲, facts: {{income_month: 2000}}, expect: {{dibao: {answer}}}}}")
    environ = {"ZHAOREN_HOME": str(tmp_path / "home")}
    assert main(["policy", "test", str(tmp_path)], environ) == code
    said = capsys.readouterr().out
    assert ("expected does_not, found meets" in said) == (code == 1)
    assert f"1 cases: {1 - code} pass, {code} fail." in said


def test_the_command_refuses_a_wrong_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own.yaml").write_text("cases: nothing\n")
    environ = {"ZHAOREN_HOME": str(tmp_path / "home")}
    assert main(["policy", "test", str(tmp_path)], environ) == 18
    assert "own.yaml: cases must be a list" in capsys.readouterr().err
