"""Orphans and children whose parents cannot raise them, as far as records tell of parents.

Records tell of death, disability and illness, not of prison, custody, being missing or a guardianship taken away: where one
parent is told and the other is not, nobody can tell (:mod:`models.rules.parent_status` has all states).
"""

from datetime import date

from models.rules.judging import Rule
from models.rules.sweeping import UNREAD, PublicNotice, Sweep, some_member
from models.rules.verdicts import Quantity

CHILD_SINCE = date(2019, 12, 31)
"""民发〔2019〕62号; its day was not seen, the last day of its year is taken."""
CHILDREN = "民发〔2019〕62号 一、二"
CHILDREN_LATER = "民发〔2020〕125号"


def children_alone(*, as_of_date: date) -> tuple[Sweep, ...]:
    """Return the sweeps for children, as policy stood on a date."""
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
                documents=(f"国办发〔2010〕54号{UNREAD}",),
                since=date(2010, 11, 16),
                test=some_member("orphaned", "parents_whereabouts", orphans),
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
                test=some_member("without_carer", "parents_whereabouts", without),
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
