"""Sweeps for benefits of persons (无感申办): who seems to qualify and does not receive, and what to bring to them.

``meets`` means: seems to qualify by what is on record and receives nothing on record. It opens a task for a person, with
a consent form filled in beforehand; it decides nothing. No sweep can end, suspend or reduce anything: the only actions are
to offer, to tell in advance, and to certify so that a payment goes on.
"""

from datetime import date
from typing import Literal

import ibis
import ibis.expr.types as ir

from models.rules.judging import Rule
from models.rules.sweeping import UNREAD, Sweep, counted, region_sets, some_member
from models.rules.sweeps_by_age import old_age
from models.rules.sweeps_of_children import children_alone
from models.rules.verdicts import Is, Quantity, Terms, Test, every

DISABLED = "国发〔2015〕52号"


def sweeps(*, as_of_date: date) -> tuple[Rule, ...]:
    """Return the rules of all sweeps, as policy stood on a date; the columns are the same on every date."""
    return tuple(sweep.rule for sweep in all_sweeps(as_of_date=as_of_date))


def all_sweeps(*, as_of_date: date) -> tuple[Sweep, ...]:
    """Return all sweeps, as policy stood on a date."""
    return (
        *_disability(),
        *old_age(),
        *children_alone(as_of_date=as_of_date),
        _hard_elders(),
        *(_tariff(service) for service in ("power", "heating")),
    )


def _with_grades(terms: Terms, *, lowest: bool) -> ir.NumericValue:
    """Count who may draw the nursing subsidy under the grades of the region, less those whom another pay excludes."""
    severe, mind = terms.parameters["nursing.worst_grade"], terms.parameters["nursing.mind_grade"]
    count = terms.fact("nursing_severe")
    if severe != 2:
        # Only grades 1 and 2 together are counted.
        return ibis.null("float64")
    for grade in (3, 4):
        added = (mind is not None and mind >= grade) or (mind is None and not lowest)
        if added:
            count = count + terms.fact(f"nursing_mind_{grade}")
    # No feed tells of nursing pay after a work injury: nobody is taken to draw it, and the visitor asks.
    return count - terms.fact("work_injury_care").fill_null(0)


def _disability() -> tuple[Sweep, ...]:
    nursing = Quantity(
        label_zh="符合等级、未领护理补贴的残疾人",
        unit="人",
        at_least=lambda terms: _with_grades(terms, lowest=True),
        at_most=lambda terms: _with_grades(terms, lowest=False),
    )
    ask_both = (
        "是否在领工伤保险生活护理费（领取的不重复享受）？",
        "残疾证是否在有效期内，等级有没有变化？",
    )
    return (
        Sweep(
            rule=Rule(
                rule_id="sweep_nursing",
                title_zh="重度残疾人护理补贴",
                documents=(DISABLED, "民发〔2021〕70号"),
                since=date(2016, 1, 1),
                test=some_member(
                    "nursing_due",
                    "nursing_due",
                    nursing,
                    parameters=("nursing.worst_grade", "nursing.mind_grade"),
                ),
            ),
            action="offer",
            evidence=("nursing_severe", "nursing_mind_3", "nursing_mind_4"),
            ask=("平时是否需要别人长期照护（六个月以上）？", *ask_both),
            task_zh="家中有残疾人可能符合护理补贴条件、还没有领取。请带上预填好的申请表上门，本人或监护人同意后代为提交。",
            consent_zh="本人（监护人）同意民政部门核对残疾证和补贴发放信息，并代为申请重度残疾人护理补贴。",
        ),
        Sweep(
            rule=Rule(
                rule_id="sweep_living",
                title_zh="困难残疾人生活补贴",
                documents=(DISABLED, "民发〔2021〕70号"),
                since=date(2016, 1, 1),
                test=some_member(
                    "living_due",
                    "living_due",
                    Quantity(
                        label_zh="低保等家庭中未领生活补贴的残疾人",
                        unit="人",
                        at_least=lambda terms: _in_hardship(terms, lowest=True),
                        at_most=lambda terms: _in_hardship(terms, lowest=False),
                    ),
                    parameters=("living.includes_edge",),
                ),
            ),
            action="offer",
            evidence=("living_dibao", "living_edge"),
            ask=("家里孩子是否在领孤儿或事实无人抚养儿童基本生活费（全额领取的不重复享受）？", *ask_both),
            task_zh="困难家庭中有残疾人还没有领取生活补贴。请带上预填好的申请表上门，本人或监护人同意后代为提交。",
            consent_zh="本人（监护人）同意民政部门核对残疾证、低保和补贴发放信息，并代为申请困难残疾人生活补贴。",
        ),
    )  # fmt: skip


def _in_hardship(terms: Terms, *, lowest: bool) -> ir.NumericValue:
    edge = terms.parameters["living.includes_edge"]
    counted = edge == 1 or (edge is None and not lowest)
    dibao = terms.fact("living_dibao")
    return dibao + terms.fact("living_edge") if counted else dibao


def _hard_elders() -> Sweep:
    return Sweep(
        rule=Rule(
            rule_id="sweep_hard_elder",
            title_zh="经济困难高龄、失能老年人补贴",
            documents=(f"财社〔2014〕113号{UNREAD}",),
            since=date(2014, 9, 10),
            test=every(
                some_member(
                    "hard_elders", "elders_60_on_relief", counted("elders_60_on_relief", "困难家庭中的老人")
                ),
                Is(
                    test_id="no_elder_subsidy",
                    fact="draws_elder_subsidy",
                    label_zh="没有领取经济困难老年人补贴",
                    wanted=False,
                ),
                region_sets("elder_subsidy_here", "elder_subsidy", "elder_care.amount", "本地补贴标准"),
            ),
        ),
        action="offer",
        evidence=("elders_60_on_relief",),
        ask=("老人生活能不能自理？", "有没有在领服务补贴或护理补贴？"),
        task_zh="困难家庭中有老人可能符合经济困难老年人补贴条件。请上门了解自理情况，本人同意后代为提交。",
        consent_zh="本人同意民政部门核对低保和补贴发放信息，并代为申请老年人补贴。",
    )  # fmt: skip


def _tariff(service: Literal["power", "heating"]) -> Sweep:
    title, word, parameter = {
        "power": ("困难家庭电费补贴", "电费", "utility.electricity_subsidy"),
        "heating": ("困难家庭取暖补贴", "取暖费", "utility.heating_subsidy"),
    }[service]
    unpaid: Test = Is(
        test_id=f"{service}_unpaid",
        fact=f"{service}_without_tariff",
        label_zh=f"享受低保或特困、{word}没有减免",
    )
    return Sweep(
        rule=Rule(
            rule_id=f"sweep_{service}",
            title_zh=title,
            documents=("本地规定",),
            since=date(2012, 7, 1),
            test=every(
                unpaid,
                region_sets(f"{service}_subsidy_here", f"{service}_subsidy", parameter, "本地补贴标准"),
            ),
        ),
        action="offer",
        evidence=(f"{service}_without_tariff",),
        ask=(f"{word}的户名是谁？是不是房东的表？",),
        task_zh=f"家庭享受低保或特困，{word}账户没有减免记录。请核对户名户号，同意后代为办理。",
        consent_zh=f"本人同意民政部门把户号提供给供应单位，用于办理{word}补贴。",
    )  # fmt: skip
