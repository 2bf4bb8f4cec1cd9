"""The facts rules speak of, and where each comes from in a feature matrix.

A rule never reads a matrix column: it reads a fact, so a policy officer can write a case without knowing features.
A fact that a matrix lacks, or that nobody reported, is null: unknown, never zero.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

Column = Callable[[ir.Table], ir.Value]


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One fact of a household.

    ``unit`` as printed; ``told_by`` is whom to ask, in plain Chinese; ``columns`` are the matrix columns
    ``of_matrix`` reads (none of them there: the fact is unknown). Yes/no facts have the unit ``yes/no``.
    """

    name: str
    unit: str
    label_zh: str
    told_by: str
    columns: tuple[str, ...] = ()
    of_matrix: Column | None = None

    @property
    def dtype(self) -> str:
        """Ibis type of the column."""
        return "boolean" if self.unit == "yes/no" else "float64"


def as_it_is(name: str) -> Column:
    """Return the column called ``name`` as it stands in the matrix."""
    return lambda matrix: matrix[name]


def _fact(name: str, unit: str, label_zh: str, told_by: str, column: str | None = None) -> Fact:
    columns = () if column is None else (column,)
    reads = None if column is None else as_it_is(column)
    return Fact(
        name=name, unit=unit, label_zh=label_zh, told_by=told_by, columns=columns, of_matrix=reads
    )


def _certain_income(matrix: ir.Table) -> ir.Value:
    """Yuan a month of the household; nobody has less than nothing, so 0 where nothing is on record."""
    return matrix.rule_certain_income_month.fill_null(0.0)


def _checked_or(known: str, otherwise: Column) -> Column:
    return lambda matrix: ibis.coalesce(matrix[known], otherwise(matrix))


def _hukou_here(matrix: ir.Table) -> ir.NumericValue:
    return matrix.household_size - matrix.household_members_hukou_elsewhere


def _checked_within_limit(matrix: ir.Table) -> ir.BooleanValue:
    result = matrix.property_check_result
    valid = matrix.property_days_since_check <= CHECK_HOLDS_DAYS
    return ibis.cases(
        (valid & (result == "within_limit"), True), (valid & (result == "above_limit"), False)
    ).cast("boolean")


CHECK_HOLDS_DAYS = 365
"""An asset check answers for so long; 民发〔2021〕57号 art. 31 has households checked again every 12 months at most."""

_REGISTER, _CHECK, _BUREAU, _VISIT = (
    "户籍与入户核对",
    "家庭经济状况核对（需授权）",
    "民政",
    "入户了解",
)

FACTS: tuple[Fact, ...] = (
    _fact("members", "persons", "共同生活人口", _REGISTER, "household_size"),
    Fact(
        name="members_hukou_here",
        unit="persons",
        label_zh="本地户籍人口",
        told_by=_REGISTER,
        columns=("household_size", "household_members_hukou_elsewhere"),
        of_matrix=_hukou_here,
    ),
    _fact("able_members_16_17", "persons", "16至17岁有劳动能力人数", _VISIT, "rule_able_members_16_17"),
    _fact("able_members_18_59", "persons", "18至59岁有劳动能力人数", _VISIT, "rule_able_members_18_59"),
    _fact("single_entry_disabled", "persons", "重残或三级智力精神残疾人数", "残联", "rule_single_entry_disabled"),
    _fact("single_entry_ill", "persons", "重特大疾病患者人数", "医保", "med_major_members_365d"),
    Fact(
        name="income_month_at_least",
        unit="yuan per month",
        label_zh="家庭月收入（至少）",
        told_by=_CHECK,
        columns=("rule_checked_income_month", "rule_certain_income_month"),
        of_matrix=_checked_or("rule_checked_income_month", _certain_income),
    ),
    _fact("income_month_at_most", "yuan per month", "家庭月收入（至多）", _CHECK, "rule_checked_income_month"),
    _fact("basic_pension_month", "yuan per month", "其中城乡居民基础养老金", "人社", "rule_basic_pension_month"),
    Fact(
        name="assets_within_limit",
        unit="yes/no",
        label_zh="核对结果：财产符合规定",
        told_by=_CHECK,
        columns=("property_check_result", "property_days_since_check"),
        of_matrix=_checked_within_limit,
    ),
    _fact("monetary_assets", "yuan", "家庭货币财产", _CHECK, "rule_checked_monetary_assets"),
    _fact("homes", "homes", "住房套数", _CHECK, "rule_checked_homes"),
    _fact("cars", "cars", "非生活必需机动车", _CHECK, "rule_checked_cars"),
    _fact("business_capital", "yuan", "认缴出资额", _CHECK, "rule_checked_business_capital"),
    _fact("able_supporters", "persons", "有履行能力的法定义务人", _VISIT, "rule_checked_able_supporters"),
    Fact(
        name="necessary_spending_year_at_least",
        unit="yuan per year",
        label_zh="必要支出（至少）",
        told_by=_CHECK,
        columns=("rule_checked_spending_year", "rule_necessary_spending_365d"),
        of_matrix=_checked_or("rule_checked_spending_year", as_it_is("rule_necessary_spending_365d")),
    ),
    _fact("necessary_spending_year_at_most", "yuan per year", "必要支出（至多）", _CHECK, "rule_checked_spending_year"),
    _fact("is_rural", "yes/no", "农村居民", _REGISTER, "rule_is_rural"),
    _fact("special_difficulty", "yes/no", "确有特殊困难", _VISIT),
    _fact("sudden_events_90d", "events", "近三个月突发事件", _VISIT, "rule_sudden_events_90d"),
    _fact("holds_tekun", "yes/no", "正在享受特困供养", _BUREAU, "rule_holds_tekun"),
    _fact("holds_dibao", "yes/no", "正在享受低保", _BUREAU, "rule_holds_dibao"),
    _fact("holds_edge", "yes/no", "已认定低保边缘", _BUREAU, "rule_holds_edge"),
    _fact("holds_rigid", "yes/no", "已认定刚性支出困难", _BUREAU, "rule_holds_rigid"),
    _fact("days_since_recognised", "days", "本次认定至今天数", _BUREAU, "rule_days_since_recognised"),
    _fact("days_since_exit", "days", "退出救助至今天数", _BUREAU, "benefit_days_since_exit"),
)  # fmt: skip


def facts_of(
    matrix: ir.Table, *, among: Sequence[Fact] = FACTS, keys: Sequence[str] = ("household_id",)
) -> ir.Table:
    """Return ``keys`` and one column per fact; unknown where the matrix has no column for it."""
    told = set(matrix.columns)

    def column(one: Fact) -> ir.Value:
        if one.of_matrix is None or not told.issuperset(one.columns):
            return ibis.null(one.dtype)
        return one.of_matrix(matrix).cast(one.dtype)

    return matrix.select(*keys, **{one.name: column(one) for one in among})
