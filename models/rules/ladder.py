"""The relief ladder: 特困, 低保, 低保边缘, 刚性支出困难, 防止返贫, 临时救助, as rules with dates and documents.

Each tier is judged on its own conditions; which one a family would be given is the first it meets, from the top
(救助顺位). Where a tier above cannot be told, that is said: a lower one is then only the least it may have. Numbers
are parameters of the region; see ``docs/policy_parameters.md``.
"""

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from models.rules.conditions import (
    HUKOU_HERE,
    INCOME_BELOW_AVERAGE,
    INCOME_BELOW_DIBAO,
    INCOME_BELOW_EDGE,
    INCOME_BELOW_TEKUN,
    INCOME_PER_YEAR,
    NO_SUPPORTER,
    NOBODY_ABLE,
    SINGLE_ENTRY,
    SPECIAL_DIFFICULTY,
    SPENDING_ABOVE_RATIO,
    assets,
    compare,
    constant,
    exactly,
    parameter_line,
)
from models.rules.judging import CANNOT_TELL, MEETS, Rule
from models.rules.verdicts import Is, every, some

LAW = "社会救助法（2026-07-01起施行）"
LADDER_SINCE = date(2021, 7, 1)
"""57号 and 43号 came into force; older rules are not encoded."""

LAW_SINCE = date(2026, 7, 1)


def ladder(*, as_of_date: date) -> tuple[Rule, ...]:
    """Return the rules of the ladder from the top, as the law stood on a date.

    The columns are the same on every date; what the 社会救助法 changed (who may enter 低保 alone, whose ratio the
    line of 低保边缘 is) changes the conditions or the documents.
    """
    lawful = as_of_date >= LAW_SINCE
    alone = some(*SINGLE_ENTRY.parts, SPECIAL_DIFFICULTY) if lawful else SINGLE_ENTRY
    return (
        Rule(
            rule_id="tekun",
            title_zh="特困人员救助供养",
            documents=("民发〔2021〕43号 4-8", f"{LAW} 16" if lawful else "649号令 14"),
            since=LADDER_SINCE,
            test=every(HUKOU_HERE, NOBODY_ABLE, INCOME_BELOW_TEKUN, assets("dibao"), NO_SUPPORTER),
            line="income_below_tekun",
        ),
        Rule(
            rule_id="dibao",
            title_zh="最低生活保障",
            documents=("民发〔2021〕57号 4, 7, 13", f"{LAW} 18, 19" if lawful else "649号令 9"),
            since=LADDER_SINCE,
            test=every(HUKOU_HERE, INCOME_BELOW_DIBAO, assets("dibao")),
            line="income_below_dibao",
        ),
        Rule(
            rule_id="dibao_alone",
            title_zh="低保（单人户）",
            documents=("民发〔2021〕57号 8", f"{LAW} 21") if lawful else ("民发〔2021〕57号 8",),
            since=LADDER_SINCE,
            test=every(HUKOU_HERE, INCOME_BELOW_EDGE, assets("edge"), alone),
            line="income_below_edge",
        ),
        Rule(
            rule_id="edge",
            title_zh="低保边缘家庭",
            documents=(f"{LAW} 21",) if lawful else ("民发〔2021〕57号 8", "国办发〔2023〕39号 二"),
            since=LADDER_SINCE,
            test=every(HUKOU_HERE, INCOME_BELOW_EDGE, assets("edge")),
            line="income_below_edge",
        ),
        Rule(
            rule_id="rigid",
            title_zh="刚性支出困难家庭",
            documents=("刚性支出困难家庭认定办法 4, 5", *((f"{LAW} 22",) if lawful else ())),
            since=date(2025, 1, 1),
            test=every(HUKOU_HERE, INCOME_BELOW_AVERAGE, assets("edge"), SPENDING_ABOVE_RATIO),
            line="income_below_average",
        ),
        Rule(
            rule_id="relapse",
            title_zh="防止返贫监测对象",
            documents=("中农组发〔2021〕7号", "国办发〔2023〕39号 二"),
            since=LADDER_SINCE,
            test=every(
                Is(test_id="rural", fact="is_rural", label_zh="农村居民"),
                compare(
                    "income_below_relapse",
                    "income",
                    INCOME_PER_YEAR,
                    "<",
                    parameter_line("relapse.income_line", "防止返贫监测收入线"),
                ),
            ),
            line="income_below_relapse",
        ),
        Rule(
            rule_id="urgent",
            title_zh="临时救助（急难型）",
            documents=(
                "国发〔2014〕47号",
                "民发〔2018〕23号",
                *((f"{LAW} 37, 50",) if lawful else ()),
            ),
            since=LADDER_SINCE,
            # Means are not looked at first: help, then papers.
            test=compare(
                "sudden_event",
                "sudden_events_90d",
                exactly("sudden_events_90d", "近三个月突发事件", "件"),
                ">=",
                constant(1),
            ),
        ),
    )


def first_met(answers: ir.Table, rules: Sequence[Rule]) -> ir.StringValue:
    """Return the rule_id of the highest tier met; null if none is."""
    return ibis.cases(*((answers[rule.rule_id] == MEETS, rule.rule_id) for rule in rules))


def first_open(answers: ir.Table, rules: Sequence[Rule]) -> ir.StringValue:
    """Return the rule_id of the highest tier that is met or cannot be told; null if all are not met."""
    return ibis.cases(
        *((answers[rule.rule_id].isin((MEETS, CANNOT_TELL)), rule.rule_id) for rule in rules)
    )
