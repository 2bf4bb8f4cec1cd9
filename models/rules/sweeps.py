"""Sweeps for benefits of persons (无感申办): who seems to qualify and does not receive, and what to bring to them.

``meets`` means: seems to qualify by what is on record and receives nothing on record. It opens a task for a person, with
a consent form filled in beforehand; it decides nothing. No sweep can end, suspend or reduce anything: the only actions are
to offer, to tell in advance, and to certify so that a payment goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import ibis
import ibis.expr.types as ir

from models.rules.judging import Rule
from models.rules.sweep_facts import AGES
from models.rules.verdicts import Compare, Is, Limit, Number, Op, Quantity, Terms, Test, every

Action = Literal["offer", "tell_in_advance", "certify"]
"""Offer a benefit; tell somebody it is near; confirm that it goes on. There is no other."""

LAW_SINCE = date(2026, 7, 1)
CHILD_SINCE = date(2019, 12, 31)
"""民发〔2019〕62号; its day was not seen, the last day of its year is taken."""
CHILDREN = "民发〔2019〕62号 一、二"
CHILDREN_LATER = "民发〔2020〕125号"
DISABLED = "国发〔2015〕52号"


@dataclass(frozen=True, kw_only=True)
class PublicNotice:
    """Whether names are put up in public before a benefit is granted, and where that is laid down."""

    held: bool
    source: str


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A rule, and what a worker does where it is met.

    ``evidence`` are the facts shown with it; ``ask`` what to find out at the door; ``task_zh`` the task with
    ``{count}`` where the number of people goes. ``public_notice`` None: the document was not read for it.
    """

    rule: Rule
    action: Action
    evidence: tuple[str, ...]
    ask: tuple[str, ...]
    task_zh: str
    consent_zh: str | None = None
    public_notice: PublicNotice | None = None


def sweeps(*, as_of_date: date) -> tuple[Rule, ...]:
    """Return the rules of all sweeps, as policy stood on a date; the columns are the same on every date."""
    return tuple(sweep.rule for sweep in all_sweeps(as_of_date=as_of_date))


def all_sweeps(*, as_of_date: date) -> tuple[Sweep, ...]:
    """Return all sweeps, as policy stood on a date."""
    return (
        *_disability(),
        *_old_age(),
        *_children(as_of_date=as_of_date),
        _hard_elders(),
        *(_tariff(service) for service in ("power", "heating")),
    )


def _of(fact: str) -> Number:
    return lambda terms: terms.fact(fact)


def _number(value: float) -> Number:
    return lambda _: ibis.literal(float(value))


def _some_member(
    test_id: str, fact: str, quantity: Quantity, *, parameters: Sequence[str] = ()
) -> Compare:
    """Return the test that the count is at least one; ``parameters`` are those the count depends on."""
    one = Limit(
        label_zh="一人", parameters=tuple(parameters), at_least=_number(1), at_most=_number(1)
    )
    return Compare(test_id=test_id, fact=fact, quantity=quantity, op=">=", limit=one)


def _known(fact: str, label_zh: str) -> Quantity:
    return Quantity(label_zh=label_zh, unit="人", at_least=_of(fact), at_most=_of(fact))


def _region_sets(test_id: str, fact: str, parameter: str, label_zh: str) -> Compare:
    """Return the test that a region has set ``parameter`` to more than nothing."""
    nothing = Quantity(label_zh=label_zh, unit="元", at_least=_number(0), at_most=_number(0))

    def line(terms: Terms) -> ir.NumericValue:
        return terms.parameter(parameter)

    limit = Limit(label_zh=label_zh, parameters=(parameter,), at_least=line, at_most=line)
    op: Op = "<"
    return Compare(test_id=test_id, fact=fact, quantity=nothing, op=op, limit=limit)


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
                test=_some_member(
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
                test=_some_member(
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


def _by_age(kind: str) -> Quantity:
    """Count members of the region's age, or about to reach it; between two ages counted, between two counts."""

    def older(terms: Terms) -> ir.NumericValue:
        from_age = terms.parameters["old_age.from_age"]
        ages = () if from_age is None else tuple(age for age in AGES if age >= from_age)
        return terms.fact(f"{kind}_{ages[0]}_unpaid") if ages else ibis.null("float64")

    def younger(terms: Terms) -> ir.NumericValue:
        from_age = terms.parameters["old_age.from_age"]
        # No allowance known begins below the first age.
        ages = AGES[:1] if from_age is None else tuple(age for age in AGES if age <= from_age)
        return terms.fact(f"{kind}_{ages[-1]}_unpaid") if ages else ibis.null("float64")

    return Quantity(label_zh="到龄未领高龄津贴的老人", unit="人", at_least=older, at_most=younger)


def _turning() -> Quantity:
    def in_time(terms: Terms) -> ir.NumericValue:
        from_age, notice = (
            terms.parameters["old_age.from_age"], terms.parameters["old_age.notice_months"],
        )  # fmt: skip
        if from_age not in AGES or notice is None:
            return ibis.null("float64")
        # Only two months ahead are counted: where a region tells people later, they are told early.
        return terms.fact(f"turning_{from_age:g}_unpaid") if notice > 0 else ibis.literal(0.0)

    def nobody(terms: Terms) -> ir.NumericValue:
        from_age = terms.parameters["old_age.from_age"]
        if from_age is None:
            return sum((terms.fact(f"turning_{age}_unpaid") for age in AGES), ibis.literal(0.0))
        if from_age in AGES and terms.parameters["old_age.notice_months"] is None:
            return terms.fact(f"turning_{from_age:g}_unpaid")
        return in_time(terms)

    return Quantity(label_zh="即将到龄的老人", unit="人", at_least=in_time, at_most=nobody)


def _old_age() -> tuple[Sweep, ...]:
    documents = ("老年人权益保障法 33", "本地高龄津贴办法")
    since = date(2013, 7, 1)
    unseen = Quantity(
        label_zh="需要上门或电话认证的老人",
        unit="人",
        at_least=lambda terms: terms.fact("allowance_due") - terms.fact("allowance_due_seen"),
        at_most=lambda terms: terms.fact("allowance_due") - terms.fact("allowance_due_seen"),
    )
    return (
        Sweep(
            rule=Rule(
                rule_id="sweep_old_age",
                title_zh="高龄津贴",
                documents=documents,
                since=since,
                test=_some_member(
                    "old_age_due", "aged_unpaid", _by_age("aged"), parameters=("old_age.from_age",)
                ),
            ),
            action="offer",
            evidence=tuple(f"aged_{age}_unpaid" for age in AGES),
            ask=("是否在户籍地或原单位领取同类津贴？", "银行卡或社保卡能不能正常使用？"),
            task_zh="家中有老人已到高龄津贴年龄、还没有领取。请上门告知，本人同意后代为提交。",
            consent_zh="本人同意民政部门使用户籍和社保卡信息，为本人办理高龄津贴。",
        ),
        Sweep(
            rule=Rule(
                rule_id="sweep_old_age_notice",
                title_zh="高龄津贴到龄提醒",
                documents=documents,
                since=since,
                test=_some_member(
                    "old_age_soon",
                    "turning_unpaid",
                    _turning(),
                    parameters=("old_age.from_age", "old_age.notice_months"),
                ),
            ),
            action="tell_in_advance",
            evidence=tuple(f"turning_{age}_unpaid" for age in AGES),
            ask=("联系电话、收款卡是否有变化？",),
            task_zh="家中有老人两个月内满高龄津贴年龄。请提前短信或上门提醒，回复“同意”即视为申请，不用再跑。",
            consent_zh="本人同意到龄后由民政部门直接办理高龄津贴。",
        ),
        Sweep(
            rule=Rule(
                rule_id="sweep_old_age_silent",
                title_zh="高龄津贴年度静默认证",
                documents=documents,
                since=since,
                test=_some_member(
                    "certified_by_records",
                    "allowance_due_seen",
                    _known("allowance_due_seen", "有就医记录、可静默认证的老人"),
                ),
            ),
            action="certify",
            evidence=("allowance_due", "allowance_due_seen"),
            ask=(),
            task_zh="近一年有就医记录，可以数据比对完成年度认证，继续发放，不用打扰老人。",
        ),
        Sweep(
            rule=Rule(
                rule_id="sweep_old_age_certify",
                title_zh="高龄津贴年度认证（需人工）",
                documents=documents,
                since=since,
                test=_some_member("certified_by_visit", "allowance_due", unseen),
            ),
            action="certify",
            evidence=("allowance_due", "allowance_due_seen"),
            ask=("老人近况如何？住在哪里？需要什么帮助？",),
            task_zh="高龄津贴一年没有认证，也没有比对到近况。请电话或上门看望，当场代为认证；认证期间照常发放。",
        ),
    )


def _children(*, as_of_date: date) -> tuple[Sweep, ...]:
    no_notice = PublicNotice(held=False, source="民发〔2019〕62号 二：保护儿童隐私，不公示")
    documents = (CHILDREN, CHILDREN_LATER) if as_of_date >= date(2020, 12, 31) else (CHILDREN,)
    # Both parents told by records; where only one is told, it depends on where the other is.
    without = Quantity(
        label_zh="父母均无法抚养的未成年人",
        unit="人",
        at_least=lambda terms: terms.fact("minors_both_unable"),
        at_most=lambda terms: (
            terms.fact("minors_both_unable")
            + terms.fact("minors_one_unable")
            + terms.fact("minors_none_told")
        ),
    )
    orphans = Quantity(
        label_zh="父母双亡的未成年人",
        unit="人",
        at_least=lambda terms: terms.fact("minors_orphaned"),
        at_most=lambda terms: (
            terms.fact("minors_orphaned")
            + terms.fact("minors_none_told")
            + terms.fact("minors_one_unable")
        ),
    )
    return (
        Sweep(
            rule=Rule(
                rule_id="sweep_orphan",
                title_zh="孤儿基本生活保障",
                documents=("国办发〔2010〕54号",),
                since=date(2010, 11, 16),
                test=_some_member("orphaned", "parents_whereabouts", orphans),
            ),
            action="offer",
            evidence=("minors_orphaned", "minors_none_told"),
            ask=("孩子现在由谁照料？", "父母的死亡证明或法院文书有没有？"),
            task_zh="家中孩子的父母可能均已去世，还没有领取孤儿基本生活费。请儿童主任上门，监护人同意后代为提交。",
            consent_zh="监护人同意民政部门核对父母情况，并为儿童申请孤儿基本生活费。",
            public_notice=no_notice,
        ),
        Sweep(
            rule=Rule(
                rule_id="sweep_child",
                title_zh="事实无人抚养儿童基本生活补贴",
                documents=documents,
                since=CHILD_SINCE,
                test=_some_member("without_carer", "parents_whereabouts", without),
            ),
            action="offer",
            evidence=("minors_both_unable", "minors_one_unable", "minors_none_told"),
            ask=(
                "父亲、母亲现在分别在哪里？多久没有联系、没有照料了？",
                "有没有服刑、强制戒毒、被撤销监护、被遣送出境等情况？有没有报警回执？",
                "父母有没有残疾证、重病诊断？",
            ),
            task_zh="家中孩子可能符合事实无人抚养儿童条件、还没有领取补贴。请儿童主任上门了解父母情况，监护人同意后代为提交。",
            consent_zh="监护人同意民政部门向公安、司法、残联、医保核对父母情况，并为儿童申请基本生活补贴。",
            public_notice=no_notice,
        ),
    )


def _hard_elders() -> Sweep:
    return Sweep(
        rule=Rule(
            rule_id="sweep_hard_elder",
            title_zh="经济困难高龄、失能老年人补贴",
            documents=("财社〔2014〕113号",),
            since=date(2014, 9, 10),
            test=every(
                _some_member(
                    "hard_elders", "elders_60_on_relief", _known("elders_60_on_relief", "困难家庭中的老人")
                ),
                Is(
                    test_id="no_elder_subsidy",
                    fact="draws_elder_subsidy",
                    label_zh="没有领取经济困难老年人补贴",
                    wanted=False,
                ),
                _region_sets("elder_subsidy_here", "elder_subsidy", "elder_care.amount", "本地补贴标准"),
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
                _region_sets(f"{service}_subsidy_here", f"{service}_subsidy", parameter, "本地补贴标准"),
            ),
        ),
        action="offer",
        evidence=(f"{service}_without_tariff",),
        ask=(f"{word}的户名是谁？是不是房东的表？",),
        task_zh=f"家庭享受低保或特困，{word}账户没有减免记录。请核对户名户号，同意后代为办理。",
        consent_zh=f"本人同意民政部门把户号提供给供应单位，用于办理{word}补贴。",
    )  # fmt: skip
