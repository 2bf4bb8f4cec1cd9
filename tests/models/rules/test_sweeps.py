"""Sweeps on families of a few facts: both sides of each line, what nobody knows, and nothing that takes away."""

import re
from collections.abc import Mapping
from datetime import date
from typing import get_args

import ibis
import pytest

from features import parameters
from features.groups.entitlement_facts import GROUP
from models.rules.facts import FACTS
from models.rules.judging import judge
from models.rules.ladder import ladder
from models.rules.sweep_facts import AGES, SWEEP_FACTS
from models.rules.sweeping import Action
from models.rules.sweeps import all_sweeps, sweeps

DAY = date(2026, 11, 20)
NOBODY = {fact.name: 0.0 if fact.unit == "persons" else False for fact in SWEEP_FACTS}
FIGURES: Mapping[str, float | None] = {
    "near.percent": 10,
    "nursing.worst_grade": 2,
    "nursing.mind_grade": 2,
    "living.includes_edge": 0,
    "old_age.from_age": 80,
    "old_age.notice_months": 2,
    "elder_care.amount": 100,
    "utility.electricity_subsidy": 5,
    "utility.heating_subsidy": None,
}
NAMES = tuple(sweep.rule.rule_id for sweep in all_sweeps(as_of_date=DAY))


def answers(
    facts: Mapping[str, float | bool | None] | None = None,
    figures: Mapping[str, float | None] | None = None,
    *,
    on: date = DAY,
    only: tuple[str, ...] = NAMES,
) -> dict[str, str]:
    """Return the answer of every sweep, ``!`` and what is missing behind ``cannot_tell``."""
    rules = [rule for rule in sweeps(as_of_date=on) if rule.rule_id in only]
    row = {**NOBODY, **(facts or {})}
    schema = {"household_id": "string", **{fact.name: fact.dtype for fact in SWEEP_FACTS}}
    table = ibis.memtable(
        {"household_id": ["h"], **{k: [v] for k, v in row.items()}}, schema=schema
    )
    judged = judge(table, rules, parameters={**FIGURES, **(figures or {})}, as_of_date=on)
    [found] = judged.to_pyarrow().to_pylist()
    return {
        name: found[name] + (f"!{found[f'{name}_missing']}" if found[f"{name}_missing"] else "")
        for name in only
    }


def answer(rule: str, facts: Mapping[str, float | bool | None], **figures: float | None) -> str:
    named = {name.replace("__", "."): value for name, value in figures.items()}
    return answers(facts, named, only=(rule,))[rule]


def test_a_household_in_which_nobody_is_due_anything_meets_no_sweep() -> None:
    assert {name: told for name, told in answers().items() if told != "does_not"} == {}


def test_nobody_is_found_where_no_fact_is_known() -> None:
    unknown = answers(dict.fromkeys(NOBODY), {"utility.heating_subsidy": 1})

    assert {told.partition("!")[0] for told in unknown.values()} == {"cannot_tell"}


@pytest.mark.parametrize(
    ("mind_grade", "fact", "told"),
    [
        (2, "nursing_severe", "meets"),
        (2, "nursing_mind_3", "does_not"),
        (3, "nursing_mind_3", "meets"),
        (3, "nursing_mind_4", "does_not"),
        (4, "nursing_mind_4", "meets"),
        (None, "nursing_severe", "meets"),
        (None, "nursing_mind_3", "cannot_tell!parameter nursing.mind_grade"),
    ],
)
def test_nursing_by_the_grades_of_the_region(
    mind_grade: float | None, fact: str, told: str
) -> None:
    assert answer("sweep_nursing", {fact: 1}, nursing__mind_grade=mind_grade) == told


def test_nursing_pay_after_a_work_injury_excludes_as_soon_as_somebody_tells_of_it() -> None:
    assert answer("sweep_nursing", {"nursing_severe": 1, "work_injury_care": None}) == "meets"
    assert answer("sweep_nursing", {"nursing_severe": 1, "work_injury_care": 1}) == "does_not"
    assert answer("sweep_nursing", {"nursing_severe": 2, "work_injury_care": 1}) == "meets"


@pytest.mark.parametrize(
    ("includes_edge", "told"),
    [(0, "does_not"), (1, "meets"), (None, "cannot_tell!parameter living.includes_edge")],
)
def test_the_living_subsidy_reaches_the_edge_where_the_region_says_so(
    includes_edge: float | None, told: str
) -> None:
    assert answer("sweep_living", {"living_edge": 1}, living__includes_edge=includes_edge) == told
    assert (
        answer("sweep_living", {"living_dibao": 1}, living__includes_edge=includes_edge) == "meets"
    )


@pytest.mark.parametrize("from_age", AGES)
def test_the_allowance_begins_at_the_age_of_the_region(from_age: int) -> None:
    for age in AGES:
        old = {f"aged_{one}_unpaid": float(one <= age) for one in AGES}
        told = answer("sweep_old_age", old, old_age__from_age=from_age)
        assert told == ("meets" if age >= from_age else "does_not"), age


def test_an_age_between_two_counted_ones_is_between_their_counts() -> None:
    def at_75(oldest: int) -> str:
        old = {f"aged_{one}_unpaid": float(one <= oldest) for one in AGES}
        return answer("sweep_old_age", old, old_age__from_age=75)

    assert at_75(80) == "meets"
    assert at_75(70) == "cannot_tell!aged_unpaid"
    assert at_75(65) == "does_not"


def test_a_region_that_names_no_age_cannot_tell_of_elders_and_can_of_the_young() -> None:
    told = answer("sweep_old_age", {"aged_65_unpaid": 1}, old_age__from_age=None)

    assert told == "cannot_tell!parameter old_age.from_age"
    assert answer("sweep_old_age", {}, old_age__from_age=None) == "does_not"


def test_who_turns_the_age_is_told_in_advance_where_the_region_does_so() -> None:
    soon = {"turning_80_unpaid": 1}

    assert answer("sweep_old_age_notice", soon) == "meets"
    assert answer("sweep_old_age_notice", {"turning_70_unpaid": 1}) == "does_not"
    assert answer("sweep_old_age_notice", soon, old_age__notice_months=0) == "does_not"
    assert (
        answer("sweep_old_age_notice", soon, old_age__notice_months=None)
        == "cannot_tell!parameter old_age.notice_months"
    )


def test_certification_is_silent_where_records_saw_the_person() -> None:
    def told(due: float, seen: float) -> tuple[str, str]:
        both = ("sweep_old_age_silent", "sweep_old_age_certify")
        found = answers({"allowance_due": due, "allowance_due_seen": seen}, only=both)
        return found["sweep_old_age_silent"], found["sweep_old_age_certify"]

    assert told(1, 1) == ("meets", "does_not")
    assert told(1, 0) == ("does_not", "meets")
    assert told(2, 1) == ("meets", "meets")
    assert told(0, 0) == ("does_not", "does_not")


def test_a_child_of_whom_one_parent_is_told_leaves_the_other_to_ask_about() -> None:
    def child(**facts: float) -> str:
        return answer("sweep_child", facts)

    assert child(minors_both_unable=1) == "meets"
    assert child(minors_one_unable=1) == "cannot_tell!parents_whereabouts"
    assert child(minors_none_told=1) == "cannot_tell!parents_whereabouts"
    assert child(minors_one_able=2) == "does_not"
    assert child(minors_orphaned=1) == "does_not"
    assert answer("sweep_orphan", {"minors_orphaned": 1}) == "meets"


def test_no_name_of_a_child_is_put_up_in_public() -> None:
    of_children = [
        sweep
        for sweep in all_sweeps(as_of_date=DAY)
        if sweep.rule.rule_id in ("sweep_child", "sweep_orphan")
    ]

    assert [sweep.public_notice.held for sweep in of_children if sweep.public_notice] == [False] * 2
    assert all("62号" in sweep.public_notice.source for sweep in of_children if sweep.public_notice)


def test_the_later_document_on_children_counts_from_its_day() -> None:
    def documents(day: date) -> tuple[str, ...]:
        [found] = [rule for rule in sweeps(as_of_date=day) if rule.rule_id == "sweep_child"]
        return found.documents

    assert "民发〔2020〕125号" in documents(date(2020, 12, 31))
    assert "民发〔2020〕125号" not in documents(date(2020, 12, 30))


@pytest.mark.parametrize(("day", "told"), [((2019, 12, 31), "meets"), ((2019, 12, 30), "does_not")])
def test_a_sweep_not_yet_in_force_is_met_by_nobody(day: tuple[int, int, int], told: str) -> None:
    found = answers({"minors_both_unable": 1}, on=date(*day), only=("sweep_child",))

    assert found["sweep_child"] == told


def test_hard_elders_need_that_somebody_says_they_draw_nothing_yet() -> None:
    elder = {"elders_60_on_relief": 1}

    assert answer("sweep_hard_elder", {**elder, "draws_elder_subsidy": False}) == "meets"
    assert answer("sweep_hard_elder", {**elder, "draws_elder_subsidy": True}) == "does_not"
    assert (
        answer("sweep_hard_elder", {**elder, "draws_elder_subsidy": None})
        == "cannot_tell!draws_elder_subsidy"
    )
    assert (
        answer("sweep_hard_elder", elder, elder_care__amount=None)
        == "cannot_tell!parameter elder_care.amount"
    )


def test_a_tariff_is_offered_where_the_region_has_one() -> None:
    dear = {"power_without_tariff": True, "heating_without_tariff": True}

    assert answer("sweep_power", dear) == "meets"
    assert answer("sweep_power", dear, utility__electricity_subsidy=0) == "does_not"
    assert answer("sweep_heating", dear) == "cannot_tell!parameter utility.heating_subsidy"


def test_nothing_a_sweep_leads_to_ends_or_reduces_a_benefit() -> None:
    assert set(get_args(Action)) == {"offer", "tell_in_advance", "certify"}
    taking = re.compile("停发|停止|取消|减发|降低|追回|终止|退出|暂停|扣")
    for sweep in all_sweeps(as_of_date=DAY):
        assert sweep.action in get_args(Action)
        for said in (sweep.rule.title_zh, sweep.task_zh, sweep.consent_zh or "", *sweep.ask):
            assert not taking.search(said), f"{sweep.rule.rule_id}: {said}"
        assert sweep.task_zh
        assert (sweep.consent_zh is None) == (sweep.action == "certify")


def test_who_is_met_is_never_told_by_receiving_more() -> None:
    """A household that already receives everything is led to no action but certification."""
    received = {fact.name: NOBODY[fact.name] for fact in SWEEP_FACTS}
    found = answers({**received, "allowance_due": 1, "draws_elder_subsidy": True})

    assert {name for name, told in found.items() if told == "meets"} == {"sweep_old_age_certify"}


def test_every_sweep_says_what_it_rests_on_and_shows_facts_there_are() -> None:
    names = {fact.name for fact in SWEEP_FACTS}
    for sweep in all_sweeps(as_of_date=DAY):
        assert sweep.rule.documents
        assert sweep.evidence
        assert set(sweep.evidence) <= names


def test_facts_and_rules_do_not_share_a_name_with_those_of_the_ladder() -> None:
    assert not {fact.name for fact in FACTS} & {fact.name for fact in SWEEP_FACTS}
    assert not {rule.rule_id for rule in ladder(as_of_date=DAY)} & set(NAMES)
    tests = [leaf.test_id for rule in sweeps(as_of_date=DAY) for leaf in rule.tests]
    assert len(tests) == len(set(tests))


def test_every_fact_with_a_column_has_one_in_the_matrix() -> None:
    columns = {column for fact in SWEEP_FACTS for column in fact.columns}

    assert columns == {feature.name for feature in GROUP.features}


@pytest.mark.parametrize("region", ["cn.default", "cn.jiangsu.wuxi.binhu", "cn.shaanxi.baoji"])
def test_the_figures_of_a_region_are_enough_to_judge_by(region: str) -> None:
    values = {
        name: decided.value
        for name, decided in parameters.at(region=region, as_of_date=DAY).items()
    }
    told = answers({"power_without_tariff": True}, values, only=("sweep_power",))["sweep_power"]

    assert told == (
        "meets"
        if region == "cn.shaanxi.baoji"
        else "cannot_tell!parameter utility.electricity_subsidy"
    )
