"""The conditions the ladder is made of: what a family has, and the line it is held against.

Each stands here once, so that a comparison shared by tiers is made once and printed alike.
"""

import ibis
import ibis.expr.types as ir

from models.rules.verdicts import Compare, Is, Limit, Op, Quantity, Terms, Test, every, some


def constant(value: float) -> Limit:
    """Return a line that is a number of the rule itself."""
    return Limit(
        label_zh=f"{value:g}",
        parameters=(),
        at_least=lambda _: ibis.literal(float(value)),
        at_most=lambda _: ibis.literal(float(value)),
    )


def exactly(name: str, label_zh: str, unit: str) -> Quantity:
    """Return a fact that is known exactly or not at all."""
    return Quantity(
        label_zh=label_zh,
        unit=unit,
        at_least=lambda terms: terms.fact(name),
        at_most=lambda terms: terms.fact(name),
    )


def _standard(terms: Terms, *, lowest: bool) -> ir.NumericValue:
    """The 低保 standard; where town and country have their own and the place is unknown, the lower or the higher."""
    town = terms.parameter("dibao.standard")
    if terms.parameters["dibao.standard.rural"] is None:
        return town
    country = terms.parameter("dibao.standard.rural")
    lower = (town <= country) if lowest else (town >= country)
    # Null where either is: the least of a number and an unknown one is unknown.
    either = ibis.cases((lower, town), (~lower, country))
    return ibis.cases(
        (terms.facts.is_rural.isnull(), either), (terms.facts.is_rural, country), else_=town
    )


def times_standard(
    label_zh: str,
    *parameters: str,
    months: float = 1,
    per_head: bool = False,
    published: str | None = None,
    cap: tuple[str, str] | None = None,
) -> Limit:
    """Return the standard times parameters, months and, where ``per_head``, members.

    ``published`` is the line in yuan as some cities print it, rounded; it stands before the product. ``cap``: see
    :class:`Limit`.
    """

    def value(terms: Terms, lowest: bool) -> ir.NumericValue:
        line = uncapped(terms, lowest)
        if cap is None or terms.parameters.get(cap[0]) != 1:
            return line
        top = terms.parameter(cap[1])
        # A top nobody found can only lower the line.
        unfound = ibis.null("float64") if lowest else line
        return ibis.cases((line <= top, line), (line > top, top), else_=unfound)

    def uncapped(terms: Terms, lowest: bool) -> ir.NumericValue:
        if published is not None and terms.parameters.get(published) is not None:
            return terms.parameter(published)
        product = _standard(terms, lowest=lowest) * months
        for name in parameters:
            product = product * terms.parameter(name)
        return product * terms.fact("members") if per_head else product

    return Limit(
        label_zh=label_zh,
        parameters=(*parameters, "dibao.standard"),
        at_least=lambda terms: value(terms, True),
        at_most=lambda terms: value(terms, False),
        published=published,
        cap=cap,
    )


def parameter_line(name: str, label_zh: str) -> Limit:
    """Return a line that is a parameter as it stands."""
    return Limit(
        label_zh=label_zh,
        parameters=(name,),
        at_least=lambda terms: terms.parameter(name),
        at_most=lambda terms: terms.parameter(name),
    )


def _per_member(terms: Terms, amount: ir.NumericValue) -> ir.NumericValue:
    return amount / terms.fact("members").nullif(0)


INCOME_PER_MONTH = Quantity(
    label_zh="人均月收入",
    unit="元/人·月",
    at_least=lambda terms: _per_member(terms, terms.fact("income_month_at_least")),
    at_most=lambda terms: _per_member(terms, terms.fact("income_month_at_most")),
)
INCOME_PER_YEAR = Quantity(
    label_zh="人均年收入",
    unit="元/人·年",
    at_least=lambda terms: _per_member(terms, terms.fact("income_month_at_least")) * 12,
    at_most=lambda terms: _per_member(terms, terms.fact("income_month_at_most")) * 12,
)
INCOME_WITHOUT_PENSION = Quantity(
    # 43号 art. 6: the basic pension of residents is not counted. Unknown, it may be all of the income, or nothing.
    label_zh="人均月收入（不计基础养老金）",
    unit="元/人·月",
    at_least=lambda terms: _per_member(
        terms,
        (terms.fact("income_month_at_least") - terms.fact("basic_pension_month"))
        .fill_null(0)
        .clip(lower=0),
    ),
    at_most=lambda terms: _per_member(
        terms, terms.fact("income_month_at_most") - terms.fact("basic_pension_month").fill_null(0)
    ),
)


def _year_of(terms: Terms, income: str) -> ir.NumericValue:
    """A year of an income of at least a yuan a month; null where unknown, which ``greatest`` would pass over."""
    month = terms.fact(income)
    return ibis.cases((month < 1, 1.0), (month >= 1, month)) * 12


SPENDING_RATIO = Quantity(
    label_zh="必要支出占家庭收入",
    unit="倍",
    # A floor of spending over a ceiling of income is the least the ratio may be; without income it has no upper end.
    at_least=lambda terms: (
        terms.fact("necessary_spending_year_at_least") / _year_of(terms, "income_month_at_most")
    ),
    at_most=lambda terms: (
        terms.fact("necessary_spending_year_at_most") / _year_of(terms, "income_month_at_least")
    ),
)


def _able(terms: Terms) -> ir.NumericValue:
    """Members able to work: 16 and 17 count among them only while the minor's age of entry is 16."""
    minors_end = terms.parameter("tekun.minor_under")
    older = terms.fact("able_members_18_59")
    minors = terms.fact("able_members_16_17")
    # One is enough to know that somebody is able, whatever is known of the others.
    both = ibis.cases((older >= 1, older), else_=older + minors)
    return ibis.cases((minors_end <= 16, both), (minors_end > 16, older))


def compare(test_id: str, fact: str, quantity: Quantity, op: Op, limit: Limit) -> Compare:
    """Return a comparison, in the order it is read."""
    return Compare(test_id=test_id, fact=fact, quantity=quantity, op=op, limit=limit)


NOBODY_ABLE = compare(
    "nobody_able",
    "able_members",
    Quantity(label_zh="有劳动能力的成员", unit="人", at_least=_able, at_most=_able),
    "<=",
    Limit(
        label_zh="没有",
        parameters=("tekun.minor_under",),
        at_least=lambda _: ibis.literal(0.0),
        at_most=lambda _: ibis.literal(0.0),
    ),
)
NO_SUPPORTER = compare(
    "no_supporter",
    "able_supporters",
    exactly("able_supporters", "有履行能力的法定义务人", "人"),
    "<=",
    constant(0),
)
HUKOU_HERE = compare(
    "hukou_here",
    "members_hukou_here",
    exactly("members_hukou_here", "本地户籍成员", "人"),
    ">=",
    constant(1),
)
INCOME_BELOW_DIBAO = compare(
    "income_below_dibao", "income", INCOME_PER_MONTH, "<", times_standard("低保标准")
)
INCOME_BELOW_TEKUN = compare(
    "income_below_tekun", "income", INCOME_WITHOUT_PENSION, "<", times_standard("低保标准")
)
INCOME_BELOW_EDGE = compare(
    "income_below_edge",
    "income",
    INCOME_PER_MONTH,
    "<",
    times_standard(
        "低保边缘标准",
        "edge.multiple",
        published="edge.line",
        # 浙江省社会救助条例 art. 13: within the local minimum wage as well.
        cap=("edge.within_minimum_wage", "minimum_wage"),
    ),
)
INCOME_BELOW_AVERAGE = compare(
    "income_below_average",
    "income",
    INCOME_PER_YEAR,
    "<",
    parameter_line("rigid.income_line", "上年度居民人均可支配收入"),
)
SPENDING_ABOVE_RATIO = compare(
    "spending_above_ratio",
    "necessary_spending",
    SPENDING_RATIO,
    ">",
    parameter_line("rigid.spending_ratio", "当地支出占比"),
)


def assets(tier: str) -> Test:
    """Return the test of money, homes, cars and capital within the limits of ``tier``, or a check that said so."""
    names = (
        ("monetary_assets", "家庭货币财产", "元", f"{tier}.monetary_assets_multiple", "货币财产上限"),
        ("homes", "住房", "套", f"{tier}.homes_max", "住房套数上限"),
        ("cars", "非生活必需机动车", "辆", f"{tier}.cars_max", "机动车上限"),
        ("business_capital", "认缴出资额", "元", f"{tier}.business_capital_max", "出资额上限"),
    )  # fmt: skip
    tests: list[Test] = []
    for name, label, unit, parameter, limit_label in names:
        limit = (
            times_standard(limit_label, parameter, months=12, per_head=True)
            if name == "monetary_assets"
            else parameter_line(parameter, limit_label)
        )
        op: Op = "<" if name in ("monetary_assets", "business_capital") else "<="
        tests.append(compare(f"{name}_{tier}", "assets", exactly(name, label, unit), op, limit))
    return some(CHECKED_WITHIN, every(*tests))


CHECKED_WITHIN = Is(
    test_id="checked_within",
    fact="assets_within_limit",
    label_zh="核对结果：财产符合规定",
    stands_for_rest=True,
)
SINGLE_ENTRY = some(
    compare(
        "severe_member",
        "single_entry_disabled",
        exactly("single_entry_disabled", "重残或三级智力、精神残疾成员", "人"),
        ">=",
        constant(1),
    ),
    compare(
        "ill_member",
        "single_entry_ill",
        exactly("single_entry_ill", "重特大疾病成员", "人"),
        ">=",
        constant(1),
    ),
)
SPECIAL_DIFFICULTY = Is(
    test_id="special_difficulty", fact="special_difficulty", label_zh="确有特殊困难的人员"
)
