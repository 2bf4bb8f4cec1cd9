"""What another figure would do: who crosses each line, nobody left unsaid, money between a least and a most."""

from datetime import date

import pytest

from experiments.cli import main
from experiments.what_if import NothingToAsk, WhatIf, what_if
from experiments.what_if_shown import csv_of, picture, write
from features.parameters import ParameterError
from tests.tables import table

NIGHT = date(2026, 3, 9)
BINHU = "cn.jiangsu.wuxi.binhu"
# The standard is 1167 yuan on this day: inside, 33 yuan above, far above, not checked, and two in one home.
MATRIX = """
    household_id | area_id | household_size | household_members_hukou_elsewhere | rule_certain_income_month    | rule_checked_income_month | property_check_result | property_days_since_check | rule_checked_able_supporters
    -------------+---------+----------------+-----------------------------------+------------------------------+---------------------------+-----------------------+---------------------------+-----------------------------
    poor         | g1      | 1              | 0                                 | 0                            | 900                       | within_limit          | 30                        | 1
    above        | g1      | 1              | 0                                 | 0                            | 1200                      | within_limit          | 30                        | 1
    above_two    | g2      | 2              | 0                                 | 0                            | 2400                      | within_limit          | 30                        | 1
    far_above    | g2      | 1              | 0                                 | 0                            | 9000                      | within_limit          | 30                        | 1
    unchecked    | g3      | 1              | 0                                 | 1180                         | ?                         | within_limit          | 30                        | 1
    """


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("what-if")
    (folder / "matrices").mkdir()
    table(MATRIX).to_parquet(folder / "matrices" / f"{NIGHT}.parquet")
    return folder


@pytest.fixture(scope="module")
def higher(home) -> WhatIf:
    """The standard 100 yuan higher: 1267."""
    return what_if(home, as_of_date=NIGHT, region=BINHU, changes={"dibao.standard": "+100"})


def line(answer, rule_id):
    return next(one for one in answer.lines if one.rule_id == rule_id)


def test_who_comes_inside_is_told_at_least_and_at_most(higher):
    dibao = line(higher, "dibao")
    assert (dibao.inside_before, dibao.inside_after) == (1, 3)
    # Both families at 1200 a head surely; the one with 1180 on record may have more.
    assert (dibao.entering, dibao.entering_at_most) == (2, 3)
    assert (dibao.untold_before, dibao.untold_after) == (0, 1)


def test_a_line_that_only_rises_lets_nobody_out(higher):
    dibao = line(higher, "dibao")
    assert (dibao.leaving, dibao.leaving_at_most) == (0, 0)


def test_a_line_that_falls_lets_nobody_in(home):
    lower = what_if(home, as_of_date=NIGHT, region=BINHU, changes={"dibao.standard": "800"})
    dibao = line(lower, "dibao")
    assert (dibao.leaving, dibao.entering, dibao.entering_at_most) == (1, 0, 0)


def test_rules_that_do_not_read_the_figure_are_untouched(higher):
    urgent = line(higher, "urgent")
    assert urgent.untold_before == 5
    assert not urgent.is_touched
    assert (urgent.entering_at_most, urgent.leaving_at_most) == (0, 0)
    assert line(higher, "edge").is_touched


def test_every_household_stands_somewhere_before_and_after(higher):
    assert higher.tiers["households"].sum() == higher.households == 5
    moved = higher.tiers[higher.tiers["tier_after"] == "dibao"]
    assert dict(zip(moved["tier_before"], moved["households"], strict=True)) == {
        "dibao": 1,
        "edge": 2,
    }


def test_money_is_the_gap_of_those_inside_and_more_with_those_nobody_can_tell(higher):
    dibao = next(one for one in higher.spending if one.tier == "dibao")
    assert dibao.low_before == pytest.approx(1167 - 900)
    # 367 + 67 + 2 x 67; with the unchecked one 87 more at most.
    assert dibao.low_after == pytest.approx(367 + 67 + 134)
    assert dibao.high_after == pytest.approx(367 + 67 + 134 + 87)


def test_visits_are_counted_by_grid(higher):
    visits = higher.visits.set_index("area_id")
    assert visits["inside"].to_dict() == {"g1": 1, "g2": 1, "g3": 0}
    assert visits["untold"].to_dict()["g3"] == 1


def test_an_unknown_figure_moved_both_ways_is_said_to_be(home):
    given = what_if(home, as_of_date=NIGHT, region=BINHU, changes={"rigid.income_line": "50000"})
    rigid = line(given, "rigid")
    assert rigid.is_touched
    assert rigid.entering_at_most > 0


def test_a_wrong_change_gets_a_sentence(home):
    with pytest.raises(ParameterError, match=r"did you mean dibao\.standard"):
        what_if(home, as_of_date=NIGHT, region=BINHU, changes={"dibao.standrd": "+10%"})
    with pytest.raises(ParameterError, match="no change"):
        what_if(home, as_of_date=NIGHT, region=BINHU, changes={"dibao.standard": "ten"})
    with pytest.raises(NothingToAsk, match="the nearest is 2026-03-09"):
        what_if(home, as_of_date=date(2026, 4, 1), region=BINHU, changes={})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("dibao.standard", "write it as dibao.standard=+10%"),
        ("=5", "write it as dibao.standard=+10%"),
        ("dibao.standrd=+10%", "did you mean dibao.standard?"),
        ("dibao.standard=much", "is no change"),
    ],
)
def test_the_command_refuses_in_a_sentence(home, capsys, change, says):
    argv = ["what-if", "--home", str(home), "--as-of-date", str(NIGHT), "--region", BINHU]
    assert main([*argv, "--set", change]) == 2
    assert says in capsys.readouterr().err


def test_the_command_shows_and_writes(home, capsys, tmp_path):
    out = tmp_path / "page.html"
    argv = ["what-if", "--home", str(home), "--as-of-date", str(NIGHT), "--region", BINHU]
    assert main([*argv, "--set", "dibao.standard=+100", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert "dibao.standard: 1167 -> 1267" in said
    assert "assumed:" in said
    page = out.read_text(encoding="utf-8")
    assert "data:image/png;base64," in page
    assert "poor" not in page


def test_a_table_and_a_picture(higher, tmp_path):
    assert csv_of(higher).splitlines()[0].startswith("rule_id,title_zh,inside_before")
    labels = [text.get_text() for text in picture(higher).axes[0].get_yticklabels()]
    assert "dibao" in labels
    assert "urgent" not in labels
    write(higher, tmp_path / "w.png")
    assert (tmp_path / "w.png").read_bytes().startswith(b"\x89PNG")
