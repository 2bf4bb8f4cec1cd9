"""The page a policy officer checks by hand: every comparison of a rule with what it is made of."""

from datetime import date
from functools import cache

import pytest

from models.rules.explaining import explain
from models.rules.explanations import Explanation, Together
from models.rules.ladder import ladder
from tests.models.rules.one_family import DAY, family, figures, table_of


@cache
def explained(day: date = DAY, **told: object) -> dict[str, Explanation]:
    """Explain one family; names with ``__`` change a figure in force instead of a fact."""
    changed = {name: value for name, value in told.items() if "__" in name}
    facts = {name: value for name, value in told.items() if name not in changed}
    rules = ladder(as_of_date=day)
    found = explain(table_of(family(**facts)), rules, figures(day, **changed), as_of_date=day)
    return {one.rule_id: one for one in found}


def test_every_rule_is_told_once_with_its_documents() -> None:
    assert list(explained(income=1500)) == [rule.rule_id for rule in ladder(as_of_date=DAY)]
    assert "社会救助法" in explained(income=1500)["dibao"].documents[1]


def test_a_comparison_shows_what_the_family_has_and_what_the_line_is_made_of() -> None:
    of_dibao = {one.test_id: one for one in explained(income=1500)["dibao"].comparisons}
    income = of_dibao["income_below_dibao"]
    assert (income.at_least, income.at_most, income.op) == (750, 750, "<")
    assert (income.line_at_least, income.line_at_most, income.result) == (1000, 1000, True)
    assert {fact.name: fact.value for fact in income.facts} == {
        "members": 2, "income_month_at_least": 1500, "income_month_at_most": 1500,
    }  # fmt: skip
    [standard] = income.parameters
    assert (standard.name, standard.value, standard.document) == (
        "dibao.standard", 1000, "锡政发〔2025〕8号",
    )  # fmt: skip
    assert (standard.region, standard.verified) == ("cn.jiangsu.wuxi", False)


def test_a_rural_standard_is_part_of_the_line_where_there_is_one() -> None:
    told = explained(dibao__standard__rural=700.0, income=1500, is_rural=None)["dibao"]
    income = next(one for one in told.comparisons if one.test_id == "income_below_dibao")
    assert {one.name for one in income.parameters} == {"dibao.standard", "dibao.standard.rural"}
    assert (income.line_at_least, income.line_at_most, income.result) == (700, 1000, None)
    assert "is_rural" in {fact.name for fact in income.facts}


def test_the_answer_and_the_distance_are_those_of_the_night() -> None:
    told = explained(income=2100)["dibao"]
    assert (told.answer, told.distance, told.percent) == ("near", 50, 5)
    assert explained(income=2300)["dibao"].answer == "does_not"


def test_what_is_missing_says_whom_to_ask() -> None:
    told = explained(income_month_at_least=0)["dibao"]
    assert told.answer == "cannot_tell"
    [missing] = told.missing
    assert missing.name == "income"
    assert missing.label_zh == "家庭月收入（至多）"
    assert "核对" in missing.told_by


def test_a_figure_nobody_found_is_named_as_such() -> None:
    spent = {"necessary_spending_year_at_least": 20_000, "necessary_spending_year_at_most": 20_000}
    told = explained(rigid__income_line=None, income=1500, **spent)["rigid"]
    missing = next(one for one in told.missing if one.is_parameter)
    assert missing.name == "rigid.income_line"
    assert missing.told_by == "政策文件（cn.jiangsu.wuxi.binhu）"
    line = next(one for one in told.comparisons if one.test_id == "income_below_average")
    assert (line.line_at_least, line.result, line.parameters[0].value) == (None, None, None)


def test_parts_that_hold_together_keep_their_own_result() -> None:
    test = explained(income=1500, assets_within_limit=None, homes=1)["dibao"].test
    assert isinstance(test, Together)
    assert (test.needs, test.result) == ("every", None)
    assets = test.parts[-1]
    assert isinstance(assets, Together)
    assert (assets.needs, assets.result) == ("some", None)


def test_a_yes_no_fact_is_told_with_its_value() -> None:
    of_dibao = {one.test_id: one for one in explained(income=1500)["dibao"].comparisons}
    checked = of_dibao["checked_within"]
    assert (checked.op, checked.facts[0].value, checked.result) == ("is", True, True)


def test_a_recognition_of_rigid_spending_lapses_after_its_months() -> None:
    # Recognised on 2025-08-15: twelve months end on 2026-08-15, 31 days after the night.
    told = explained(income=1500, holds_rigid=True, days_since_recognised=334)["rigid"]
    clock = next(one for one in told.clocks if one.length.name == "rigid.valid_months")
    assert (clock.runs, clock.ends_on, clock.days_left) == (True, date(2026, 8, 15), 31)
    assert not any(
        one.length.name == "rigid.valid_months" for one in explained(income=1500)["rigid"].clocks
    )


def test_a_recheck_comes_again_each_year() -> None:
    # Recognised on 2024-07-15: the second year ends on the night itself, not a year later.
    told = explained(income=1500, holds_dibao=True, days_since_recognised=730)["dibao"]
    ends = {one.length.name: one.ends_on for one in told.clocks if one.runs}
    assert ends["recheck.stable_months"] == date(2026, 7, 15)
    late = explained(income=1500, holds_dibao=True, days_since_recognised=731)["dibao"]
    ends = {one.length.name: one.ends_on for one in late.clocks if one.runs}
    assert ends["recheck.stable_months"] == date(2027, 7, 14)
    assert ends["grace.max_months"] is None


def test_the_person_is_heard_before_any_cut_since_the_law() -> None:
    first = {duty.name for duty in explained(date(2026, 7, 1), income=1500)["dibao"].duties}
    before = {duty.name for duty in explained(date(2026, 6, 30), income=1500)["dibao"].duties}
    assert "hear_before_cut" in first
    assert "hear_before_cut" not in before
    assert "refuse_in_writing" in before


def test_help_comes_first_in_an_emergency() -> None:
    told = explained(sudden_events_90d=1)["urgent"]
    assert told.answer == "meets"
    assert {duty.name for duty in told.duties} == {"quick_small_aid", "urgent_first"}


def test_a_published_line_stands_for_what_it_would_be_made_of() -> None:
    told = explained(edge__line=1480.0, income=2900)["edge"]
    line = next(one for one in told.comparisons if one.test_id == "income_below_edge")
    assert [one.name for one in line.parameters] == ["edge.line"]
    assert (line.line_at_least, line.result) == (1480, True)


def test_more_than_one_household_is_refused() -> None:
    with pytest.raises(ValueError, match="found 2 rows"):
        explain(table_of(family(), family()), ladder(as_of_date=DAY), figures(), as_of_date=DAY)


def test_a_rule_not_yet_in_force_has_nothing_to_compare() -> None:
    told = explained(date(2024, 12, 31), income=1500)["rigid"]
    assert (told.answer, told.test, told.comparisons) == ("does_not", None, ())
