"""`zhaoren explain` and its endpoint: a page to check by hand, and nothing a visitor may not see."""

import json
from datetime import date
from io import StringIO

import pytest
from fastapi.testclient import TestClient
from rich.console import Console

from models.rules.sweep_facts import AGES
from serving.access.places import Level
from serving.access.roles import Role
from serving.access.tokens import welcome
from serving.api.app import create_app
from serving.api.deps import the_clock
from serving.cli import main
from serving.explaining import answers as explained_module
from serving.explaining.answers import Asked, explained
from serving.explaining.pages import print_text, to_html
from serving.policy_place import Place
from serving.store import open_store
from tests.serving.village import NIGHT, TWO_O_CLOCK, ZONE, TickingClock, run
from tests.tables import table

BINHU = "cn.jiangsu.wuxi.binhu"
# On 2026-03-09 the standard of Wuxi is 1167 yuan a person and month.
MATRIX = """
    household_id | area_id | household_size | household_members_hukou_elsewhere | rule_certain_income_month    | rule_checked_income_month | med_major_members_365d | property_check_result | property_days_since_check
    -------------+---------+----------------+-----------------------------------+------------------------------+---------------------------+------------------------+-----------------------+--------------------------
    zhao_debts   | g1      | 2              | 0                                 | 700                          | 2000                      | 1                      | within_limit          | 30
    qian_debts   | g1      | 1              | 0                                 | ?                            | 1200                      | 0                      | within_limit          | 30
    """


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explain")
    run(folder)
    elders = {f"sweep_aged_{age}_unpaid": 0 for age in AGES}
    table(MATRIX).assign(**elders).to_parquet(folder / "matrices" / f"{NIGHT}.parquet")
    return folder


@pytest.fixture(scope="module")
def told(home):
    """What is told of two households, in full."""
    place = Place(region=BINHU)
    return {
        household: explained(asked(home, household), place)
        for household in ("zhao_debts", "qian_debts")
    }


def asked(home, household):
    matrix = home / "matrices" / f"{NIGHT}.parquet"
    return Asked(matrix=matrix, household_id=household, as_of_date=NIGHT)


def rule(content, name):
    return next(one for one in content["rules"] if one["rule_id"] == name)


def comparisons(step):
    parts = step.get("parts")
    return [step] if parts is None else [one for part in parts for one in comparisons(part)]


def comparison(content, rule_id, test_id):
    found = comparisons(rule(content, rule_id)["test"])
    return next(one for one in found if one["test_id"] == test_id)


def test_the_answer_can_be_reckoned_from_what_is_shown(told):
    dibao = rule(told["zhao_debts"], "dibao")
    income = comparison(told["zhao_debts"], "dibao", "income_below_dibao")
    assert dibao["answer"]["code"] == "meets"
    assert (income["has"], income["operator"], income["line"]["text"]) == (
        "1,000 元/人·月",
        "低于",
        "1,167 元/人·月",
    )
    assert income["result"]["word"] == "是"
    assert [fact["text"] for fact in income["facts"] if fact["name"] == "members"] == ["2人"]


def test_a_figure_tells_its_document_region_and_since_when(told):
    [standard] = comparison(told["zhao_debts"], "dibao", "income_below_dibao")["parameters"]
    assert standard["document"] == "锡政发〔2025〕8号"
    assert (standard["region"], standard["since"]) == ("cn.jiangsu.wuxi", "2025-07-01")
    assert "2025-07-01起" in standard["text"]


def test_near_the_line_tells_how_far(told):
    dibao = rule(told["qian_debts"], "dibao")
    assert dibao["answer"]["word"] == "接近，差一点"
    assert dibao["distance"]["text"] == "已知部分高于低保标准 33 元/人·月（2.8%）"


def test_a_benefit_of_persons_not_due_is_not_called_unmet(told):
    words = {one["title"]: one["answer"]["word"] for one in told["zhao_debts"]["rules"]}
    assert words["最低生活保障"] == "按已知情况看来符合"
    assert words["高龄津贴"] == "按已知情况没有要办的"


def test_what_is_unknown_is_said_and_whom_to_ask(told):
    supporters = comparison(told["zhao_debts"], "tekun", "no_supporter")
    assert supporters["has"] == "未知"
    assert supporters["facts"][0]["ask"] == "入户了解"
    missing = [one["text"] for one in rule(told["zhao_debts"], "tekun")["missing"]]
    assert any(text.startswith("有履行能力的法定义务人：问") for text in missing)


def test_an_unread_figure_is_marked(told):
    ends = comparison(told["zhao_debts"], "tekun", "nobody_able")["parameters"][0]
    assert ends["verified"] is False
    assert "（未核实）" in ends["text"]


def test_the_page_escapes_and_the_terminal_shows_every_rule(told):
    content = told["zhao_debts"] | {"household_id": "<b>h</b>"}
    page = to_html(content)
    assert "&lt;b&gt;h&lt;/b&gt;" in page
    assert "<b>h</b>" not in page
    out = Console(file=StringIO(), width=160)
    print_text(content, out)
    text = out.file.getvalue()
    assert all(one["title"] in text for one in content["rules"])
    assert "1,000 元/人·月 低于 低保标准 1,167 元/人·月 → 是" in text


def command(home, capsys, *argv):
    code = main(
        ["explain", *argv], {"ZHAOREN_HOME": str(home), "ZHAOREN_REGION": BINHU, "COLUMNS": "200"}
    )
    return code, capsys.readouterr()


def test_the_command_prints_json_of_the_last_night(home, capsys):
    code, said = command(home, capsys, "zhao_debts", "--format", "json")
    content = json.loads(said.out)
    assert code == 0
    assert (content["as_of_date"], content["region"]) == ("2026-03-09", BINHU)
    assert rule(content, "dibao")["answer"]["code"] == "meets"


def test_a_night_that_is_not_there_names_the_nearest(home, capsys):
    code, said = command(home, capsys, "zhao_debts", "--as-of-date", "2026-05-01")
    assert code == 23
    assert "no night of 2026-05-01 is published" in said.err
    assert "The nearest night is 2026-03-09" in said.err


def test_a_household_the_night_did_not_know_is_refused_without_repeating_its_number(home, capsys):
    code, said = command(home, capsys, "nobody_at_all")
    assert code == 23
    assert "did not know this household" in said.err
    assert "nobody_at_all" not in said.err


def test_a_household_of_another_night_is_sent_there(home, tmp_path, capsys):
    folder = tmp_path / "matrices"
    folder.mkdir()
    both = table(MATRIX)
    both.to_parquet(folder / "2026-03-01.parquet")
    both[both.household_id != "zhao_debts"].to_parquet(folder / "2026-03-09.parquet")
    code, said = command(tmp_path, capsys, "zhao_debts")
    assert code == 23
    assert "The nearest night that did is 2026-03-01" in said.err


def test_a_region_nobody_knows_names_the_nearest(home, capsys):
    code = main(
        ["explain", "zhao_debts"],
        {"ZHAOREN_HOME": str(home), "ZHAOREN_REGION": "cn.jiangsu.wuxi.binhuu"},
    )
    assert code == 18
    assert "did you mean cn.jiangsu.wuxi.binhu?" in capsys.readouterr().err


@pytest.fixture
def ask(home):
    """Ask the endpoint as somebody."""
    store, clock = open_store(home), TickingClock(TWO_O_CLOCK)
    app = create_app(store, zone=ZONE, home=home, place=Place(region=BINHU))
    app.dependency_overrides[the_clock] = lambda: clock
    client = TestClient(app, raise_server_exceptions=False)

    def get(household, scope="g1", role=Role.SUPERVISOR, query=""):
        with store.write() as work:
            token = welcome(
                work,
                worker_id=f"{role} of {scope}",
                role=role,
                level=Level.GRID,
                place_id=scope,
                now=clock(),
                expires_at=clock().replace(year=2027),
            )
        headers = {"Authorization": f"Bearer {token.secret}"}
        return client.get(f"/v1/households/{household}/explain{query}", headers=headers)

    yield get
    store.close()


def test_the_endpoint_withholds_what_has_no_words_for_a_visitor(ask, told):
    answer = ask("zhao_debts")
    assert answer.status_code == 200
    ill = comparison(answer.json(), "dibao_alone", "ill_member")
    assert (ill["has"], ill["result"], ill["facts"][0]["value"]) == (
        "不在此显示",
        {"value": None, "word": "不在此显示"},
        None,
    )
    assert comparison(told["zhao_debts"], "dibao_alone", "ill_member")["facts"][0]["value"] == 1
    old = comparison(answer.json(), "dibao", "checked_within")
    assert (old["withheld"], comparison(told["zhao_debts"], "dibao", "checked_within")["has"]) == (
        True,
        "是",
    )


def test_the_endpoint_reaches_as_far_as_the_caller_does(ask):
    assert ask("zhao_debts", scope="g2").status_code == 404
    assert ask("zhao_debts", role=Role.STREET_OFFICER).status_code == 404
    assert ask("zhao_debts", query="?as_of_date=2026-03-08").status_code == 404
    assert ask("zhao_debts", query="?as_of_date=2026-03-09").status_code == 200


def test_a_night_whose_matrix_is_gone_is_no_such_thing(ask, home, monkeypatch):
    (home / "matrices" / f"{NIGHT}.parquet").rename(home / "matrices" / "aside")
    try:
        assert ask("zhao_debts").status_code == 404
    finally:
        (home / "matrices" / "aside").rename(home / "matrices" / f"{NIGHT}.parquet")


def test_facts_only_rules_may_use_are_withheld():
    from features.registry import Feature, FeatureGroup

    asks = Feature(
        name="rule_checked_cars", unit="cars", missing="unknown", description="Cars.",
        purpose="decide_rules",
    )  # fmt: skip
    group = FeatureGroup(
        name="x", title="X", sensitivity="S2", sources=(), features=(asks,), build=lambda view: view
    )
    assert explained_module.withheld_facts([group]) == {"cars"}


def test_nights_are_told_from_other_files(tmp_path):
    folder = tmp_path / "matrices"
    folder.mkdir()
    for name in ("2026-03-09.parquet", "2026-03-09.entitlements.parquet", "notes.parquet"):
        (folder / name).touch()
    assert explained_module.known_nights(tmp_path) == [date(2026, 3, 9)]
