"""The facts sweeps speak of: members who seem to be due a benefit of their own, and what decides it.

Same vocabulary class as :data:`models.rules.facts.FACTS`. What no feed tells (nursing pay after a work injury, the
subsidy of hard elders) is a fact without a column: unknown until somebody says it.
"""

from collections.abc import Iterator

from models.rules.facts import Fact, as_it_is

AGES = (65, 70, 80, 90, 100)
PARENTS = {
    "minors_orphaned": "父母双亡的未成年人",
    "minors_both_unable": "父母均无力抚养的未成年人（有记录）",
    "minors_one_unable": "父母一方无力抚养、另一方情况不明的未成年人",
    "minors_none_told": "父母情况不明的未成年人",
    "minors_one_able": "有父母一方在家抚养的未成年人",
}
"""Minors by what records tell of their parents; between them all minors without an allowance."""

_REGISTER, _BUREAU, _DISABLED, _VISIT = "户籍与入户核对", "民政", "残联", "入户了解"


def _count(name: str, label_zh: str, told_by: str, column: str | None = None) -> Fact:
    column = f"sweep_{name}" if column is None else column
    return Fact(
        name=name,
        unit="persons",
        label_zh=label_zh,
        told_by=told_by,
        columns=(column,),
        of_matrix=as_it_is(column),
    )


def _yes_no(name: str, label_zh: str, told_by: str, column: str | None = None) -> Fact:
    return Fact(
        name=name,
        unit="yes/no",
        label_zh=label_zh,
        told_by=told_by,
        columns=() if column is None else (column,),
        of_matrix=None if column is None else as_it_is(column),
    )


def _by_age() -> Iterator[Fact]:
    for age in AGES:
        yield _count(f"aged_{age}_unpaid", f"{age}岁以上本地户籍、未领高龄津贴人数", _REGISTER)
    for age in AGES:
        yield _count(
            f"turning_{age}_unpaid", f"两个月内满{age}岁、本地户籍、未领高龄津贴人数", _REGISTER
        )


SWEEP_FACTS: tuple[Fact, ...] = (
    *_by_age(),
    _count("allowance_due", "高龄津贴超过一年没有认证的人数", _BUREAU),
    _count(
        "allowance_due_seen",
        "其中近一年有就医记录的人数",
        "医保",
        "sweep_allowance_due_seen_365d",
    ),
    _count("nursing_severe", "重度残疾、未领护理补贴人数", _DISABLED),
    _count("nursing_mind_3", "三级智力或精神残疾、未领护理补贴人数", _DISABLED),
    _count("nursing_mind_4", "四级智力或精神残疾、未领护理补贴人数", _DISABLED),
    Fact(
        name="work_injury_care",
        unit="persons",
        label_zh="其中领取工伤保险生活护理费人数",
        told_by="人社",
    ),
    _count("living_dibao", "低保家庭中未领生活补贴的残疾人数", _DISABLED),
    _count("living_edge", "低保边缘家庭中未领生活补贴的残疾人数", _DISABLED),
    _count("minors_unpaid", "未领儿童基本生活费的本地户籍未成年人数", _REGISTER),
    *(_count(name, label, _VISIT, f"sweep_{name}_365d") for name, label in PARENTS.items()),
    _count("elders_60_on_relief", "低保、低保边缘家庭中60岁以上老人数", _BUREAU),
    _yes_no("draws_elder_subsidy", "已领经济困难老年人补贴", _BUREAU),
    _yes_no(
        "power_without_tariff",
        "享受低保或特困、电费未减免",
        "供电公司",
        "sweep_power_without_tariff",
    ),
    _yes_no(
        "heating_without_tariff",
        "享受低保或特困、取暖费未减免",
        "供热公司",
        "sweep_heating_without_tariff",
    ),
)
