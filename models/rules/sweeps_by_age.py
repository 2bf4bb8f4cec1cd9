"""Old-age allowances: who is old enough and draws none, who soon is, and the yearly certification.

A region says from which age; the records count the ages at which some region's allowance begins. Certification is silent
where another department saw the person; where none did, somebody looks in while the payment goes on.
"""

from datetime import date

import ibis
import ibis.expr.types as ir

from models.rules.judging import Rule
from models.rules.sweep_facts import AGES
from models.rules.sweeping import UNREAD, Sweep, counted, some_member
from models.rules.verdicts import Quantity, Terms


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


def old_age() -> tuple[Sweep, ...]:
    """Return the sweeps for old-age allowances."""
    documents = (f"老年人权益保障法 33{UNREAD}", "本地高龄津贴办法")
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
                test=some_member(
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
                test=some_member(
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
                test=some_member(
                    "certified_by_records",
                    "allowance_due_seen",
                    counted("allowance_due_seen", "有就医记录、可静默认证的老人"),
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
                test=some_member("certified_by_visit", "allowance_due", unseen),
            ),
            action="certify",
            evidence=("allowance_due", "allowance_due_seen"),
            ask=("老人近况如何？住在哪里？需要什么帮助？",),
            task_zh="高龄津贴一年没有认证，也没有比对到近况。请电话或上门看望，当场代为认证；认证期间照常发放。",
        ),
    )
