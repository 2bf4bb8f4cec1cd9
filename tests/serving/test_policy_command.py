"""``zhaoren policy``: what is in force, what changed, whether own files can be used."""

from serving.cli import main
from serving.refusals import ExitCode

OWN = """
region: cn.hubei.wuhan
name_zh: 武汉市
parameters:
  dibao.standard:
    unit: yuan per person and month
    values:
      - {from: 2024-04-01, value: 777, source: a page, checked: news, confidence: high, verified: false}
      - {from: 2025-04-01, value: null, note: not found}
"""


def call(capsys, *argv, **environ):
    code = main(argv, {"COLUMNS": "200"} | environ)
    return code, "".join(capsys.readouterr())


def test_an_unverified_figure_is_marked_and_a_verified_one_too(home, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    on = ("--as-of-date", "2025-07-01", "--name", "dibao.standard")

    _, wuxi = call(capsys, "policy", "show", "--region", "cn.jiangsu.wuxi.binhu", *on)
    _, shenzhen = call(capsys, "policy", "show", "--region", "cn.guangdong.shenzhen", *on)

    assert "1167" in wuxi
    assert "锡政发〔2025〕8号" in wuxi
    assert "2025-07-01" in wuxi
    assert "已核实" in wuxi
    assert "未核实" not in wuxi
    assert "1535" in shenzhen
    assert "未核实" in shenzhen


def test_a_gap_is_shown_as_not_known_with_its_reason(home, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")

    code, told = call(
        capsys, "policy", "show", "--region", "cn.jiangsu.wuxi", "--as-of-date", "2026-07-01",
        "--name", "dibao.standard",
    )  # fmt: skip

    assert code == 0
    assert "不清楚" in told
    assert "the standard of 2026 was not found" in told
    assert "社会救助法" in told


def test_the_beginning_of_a_name_shows_all_under_it(home, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")

    code, told = call(
        capsys, "policy", "show", "--region", "cn", "--as-of-date", "2025-07-01",
        "--name", "clock.rigid",
    )  # fmt: skip

    assert code == 0
    assert "clock.rigid.total" in told
    assert "clock.rigid.total_special" in told
    assert "clock.dibao" not in told


def test_a_misspelt_name_or_region_is_refused_with_the_nearest(home, capsys):
    on = ("--as-of-date", "2025-07-01")

    name, told_name = call(
        capsys, "policy", "show", "--region", "cn", *on, "--name", "edge.multipel"
    )
    region, told_region = call(capsys, "policy", "show", "--region", "cn.jiangsu.wusi", *on)

    assert (name, region) == (ExitCode.POLICY_WRONG, ExitCode.POLICY_WRONG)
    assert "did you mean edge.multiple?" in told_name
    assert "did you mean cn.jiangsu.wuxi?" in told_region


def test_changes_say_whom_they_touch_between_two_days(home, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")

    code, told = call(
        capsys, "policy", "changes", "--region", "cn.jiangsu.wuxi", "--since", "2024-07-01",
        "--until", "2024-12-31",
    )  # fmt: skip

    assert code == 0
    assert "最低生活保障标准由1095元/人·月改为1115元/人·月" in told
    assert "1167" not in told


def test_a_deployments_own_folder_is_checked_and_then_decides(home, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    file = tmp_path / "regions" / "cn.hubei.wuhan.yaml"
    file.parent.mkdir()
    file.write_text(OWN, encoding="utf-8")

    checked, told = call(capsys, "policy", "check", str(file))
    shown = call(
        capsys, "policy", "show", "--as-of-date", "2024-04-01", "--name", "dibao.standard",
        ZHAOREN_REGION="cn.hubei.wuhan", ZHAOREN_REGIONS=str(file.parent),
    )[1]  # fmt: skip

    assert checked == 0
    assert "2 dated entries, 1 gaps, 1 not verified" in told
    assert "777" in shown


def test_a_file_that_cannot_be_used_is_refused_by_line(home, tmp_path, capsys):
    file = tmp_path / "cn.hubei.wuhan.yaml"
    file.write_text(OWN.replace("source: a page, ", ""), encoding="utf-8")

    code, told = call(capsys, "policy", "check", str(file))

    assert code == ExitCode.POLICY_WRONG
    assert "cn.hubei.wuhan.yaml, dibao.standard, line 8: source is missing" in told
    assert "docs/policy_parameters.md" in told
