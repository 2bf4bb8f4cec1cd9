"""Rules of three answers on small families: both sides of each line, and what is missing to decide."""

from collections.abc import Mapping
from datetime import date

import ibis
import pandas as pd
import pytest

from models.rules.facts import FACTS
from models.rules.judging import judge
from models.rules.ladder import first_met, first_open, ladder

DAY = date(2026, 7, 15)
PARAMETERS: Mapping[str, float | None] = {
    "dibao.standard": 1000,
    "dibao.standard.rural": None,
    "dibao.monetary_assets_multiple": 2,
    "dibao.homes_max": 1,
    "dibao.cars_max": 0,
    "dibao.business_capital_max": 100_000,
    "edge.multiple": 1.5,
    "edge.monetary_assets_multiple": 3,
    "edge.homes_max": 1,
    "edge.cars_max": 0,
    "edge.business_capital_max": 200_000,
    "tekun.minor_under": 18,
    "rigid.income_line": 40_000,
    "rigid.spending_ratio": 0.6,
    "relapse.income_line": None,
    "near.percent": 10,
}
FAMILY: Mapping[str, object] = {
    "members": 2,
    "members_hukou_here": 2,
    "able_members_16_17": 0,
    "able_members_18_59": 1,
    "single_entry_disabled": 0,
    "single_entry_ill": 0,
    "special_difficulty": False,
    "assets_within_limit": True,
    "able_supporters": 1,
    "necessary_spending_year_at_least": 0,
    "necessary_spending_year_at_most": 0,
    "is_rural": False,
    "sudden_events_90d": 0,
}


def answers(
    *, as_of_date: date = DAY, parameters: Mapping[str, float | None] = PARAMETERS, **told: object
) -> pd.Series:
    """Judge one family of two; ``income`` sets both bounds of its month."""
    income = told.pop("income", None)
    facts = {**FAMILY, "income_month_at_least": income, "income_month_at_most": income, **told}
    row = {"household_id": "h1", **{one.name: facts.get(one.name) for one in FACTS}}
    schema = {"household_id": "string", **{one.name: one.dtype for one in FACTS}}
    rules = ladder(as_of_date=as_of_date)
    judged = judge(
        ibis.memtable([row], schema=schema), rules, parameters=parameters, as_of_date=as_of_date
    )
    judged = judged.mutate(tier=first_met(judged, rules), open=first_open(judged, rules))
    return judged.execute().iloc[0]


@pytest.mark.parametrize(
    ("income", "answer", "over"),
    [
        (1_998, "meets", -1.0),
        (2_000, "near", 0.0),
        (2_198, "near", 99.0),
        (2_200, "does_not", 100.0),
    ],
)
def test_the_line_itself_is_not_below_the_line(income: float, answer: str, over: float) -> None:
    judged = answers(income=income)
    assert (judged.dibao, judged.dibao_distance_yuan) == (answer, over)
    assert judged.dibao_distance_percent == pytest.approx(over / 10)


def test_income_on_record_above_the_line_is_enough_to_say_no() -> None:
    judged = answers(income_month_at_least=3_100, income_month_at_most=None)
    assert (judged.dibao, judged.edge) == ("does_not", "does_not")


def test_income_on_record_below_the_line_is_not_enough_to_say_yes() -> None:
    judged = answers(income_month_at_least=500, income_month_at_most=None)
    assert (judged.dibao, judged.dibao_missing) == ("cannot_tell", "income")
    assert pd.isna(judged.tier)
    assert judged.open == "dibao"


def test_nothing_is_missing_where_another_comparison_already_decides() -> None:
    judged = answers(income=9_000, assets_within_limit=None)
    assert (judged.dibao, judged.dibao_missing) == ("does_not", "")


def test_an_asset_check_or_all_four_amounts_decide_the_assets() -> None:
    unknown = answers(income=1_500, assets_within_limit=None)
    assert (unknown.dibao, unknown.dibao_missing) == ("cannot_tell", "assets_within_limit,assets")
    amounts = {"monetary_assets": 47_999, "homes": 1, "cars": 0, "business_capital": 0}
    assert answers(income=1_500, assets_within_limit=None, **amounts).dibao == "meets"
    rich = {**amounts, "monetary_assets": 48_000}
    assert answers(income=1_500, assets_within_limit=False, **rich).dibao == "does_not"


def test_a_number_nobody_found_is_said_by_name() -> None:
    gap = {**PARAMETERS, "edge.multiple": None}
    judged = answers(income=2_500, parameters=gap)
    assert (judged.edge, judged.edge_missing) == ("cannot_tell", "parameter edge.multiple")
    assert judged.dibao == "does_not"


def test_town_and_country_have_their_own_line_where_the_region_says_so() -> None:
    two = {**PARAMETERS, "dibao.standard.rural": 800}
    assert answers(income=1_700, parameters=two, is_rural=False).dibao == "meets"
    assert answers(income=1_700, parameters=two, is_rural=True).dibao == "near"
    unknown = answers(income=1_700, parameters=two, is_rural=None)
    assert (unknown.dibao, unknown.dibao_missing) == ("cannot_tell", "income")
    assert answers(income=1_500, parameters=two, is_rural=None).dibao == "meets"


def test_sixteen_and_seventeen_are_minors_from_the_law_on() -> None:
    alone = {"income": 0, "able_members_18_59": 0, "able_members_16_17": 1, "able_supporters": 0}
    before = {**PARAMETERS, "tekun.minor_under": 16}
    assert answers(**alone, as_of_date=date(2026, 6, 30), parameters=before).tekun == "does_not"
    assert answers(**alone, as_of_date=date(2026, 7, 1)).tekun == "meets"


def test_special_difficulty_counts_from_the_law_on() -> None:
    hard = {"income": 2_500, "special_difficulty": True}
    assert answers(**hard, as_of_date=date(2026, 6, 30)).dibao_alone == "does_not"
    assert answers(**hard, as_of_date=date(2026, 7, 1)).dibao_alone == "meets"


def test_rigid_spending_needs_the_ratio_and_no_rule_works_before_its_day() -> None:
    spends = {
        "income": 4_000,
        "necessary_spending_year_at_least": 28_801,
        "necessary_spending_year_at_most": 28_801,
    }
    assert answers(**spends).rigid == "meets"
    exactly = {
        **spends,
        "necessary_spending_year_at_least": 28_800,
        "necessary_spending_year_at_most": 28_800,
    }
    assert answers(**exactly).rigid == "does_not"
    assert answers(**spends, as_of_date=date(2024, 12, 31)).rigid == "does_not"


def test_the_highest_tier_met_is_the_tier() -> None:
    assert answers(income=1_500).tier == "dibao"
    assert answers(income=2_500).tier == "edge"
    assert answers(income=2_500, single_entry_disabled=1).tier == "dibao_alone"


def test_where_a_province_says_so_the_edge_ends_at_the_minimum_wage() -> None:
    capped = {**PARAMETERS, "edge.within_minimum_wage": 1, "minimum_wage": 1_200}
    assert answers(income=2_398, parameters=capped).edge == "meets"
    assert answers(income=2_400, parameters=capped).edge == "near"
    assert (
        answers(income=2_400, parameters={**capped, "edge.within_minimum_wage": None}).edge
        == "meets"
    )
    unfound = answers(income=2_400, parameters={**capped, "minimum_wage": None})
    assert (unfound.edge, unfound.edge_missing) == ("cannot_tell", "parameter minimum_wage")
