"""Income on record, and what illness, school and rent take of it.

Income here is wages (contribution bases), pensions and unemployment benefit of the members. It is
what registers see: informal work, side income and help from relatives are missing, so it is a floor.
Relief payments are left out on purpose (see :mod:`features.groups.benefit_traces`): a reader who
doubts features derived from benefits can drop those groups and keep this one. No income on record
makes every share unknown; a missing denominator must not read as a low burden.
"""

import ibis
import ibis.expr.types as ir

from features.groups.medical_burden import care_of_families
from features.households import sizes
from features.persons import summed
from features.point_in_time import PointInTime, days_in_force, newest, side_by_side
from features.policy import in_force_on
from features.registry import KEYS, Feature, FeatureGroup
from features.windows import SCALE, total
from features.work_on_record import contributors

MONTHS_PER_DAY = 12 / 365


def income_on_record(view: PointInTime) -> ir.Table:
    """Return what each household had on record in 365 days; absent if nothing.

    Columns: ``household_id, as_of_date``; ``income_365d`` and the part that is pensions,
    ``pensions_365d``, in yuan; ``earners``, the members with any; ``income_last_wage_on``.
    """
    return view.shelf.table("income_on_record", lambda: _income_on_record(view))


def _income_on_record(view: PointInTime) -> ir.Table:
    paid = contributors(view)
    parts = paid.select(
        *KEYS, "person_id", amount=paid.wages, pension=ibis.literal(0.0), wage_on=paid.last_on
    )
    for feed in ("pensions", "unemployment_benefit"):
        spells = view.facts(feed)
        amount = spells.monthly_amount * days_in_force(spells, days=365) * MONTHS_PER_DAY
        pension = amount if feed == "pensions" else ibis.literal(0.0)
        parts = parts.union(
            spells.select(
                *KEYS, "person_id", amount=amount, pension=pension, wage_on=ibis.null("date")
            )
        )
    parts = parts.filter(parts.amount > 0)
    persons = parts.group_by([*KEYS, "person_id"]).agg(
        amount=summed(parts.amount),
        pension=summed(parts.pension),
        wage_on=parts.wage_on.max(),
    )
    found = persons.group_by(list(KEYS)).agg(
        amount=persons.amount.sum(),
        pension=persons.pension.sum(),
        earners=persons.count(),
        income_last_wage_on=persons.wage_on.max(),
    )
    return found.mutate(income_365d=found.amount / SCALE, pensions_365d=found.pension / SCALE).drop(
        "amount", "pension"
    )


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    care = care_of_families(view).select(
        *KEYS, "care_paid_90d", "care_paid_365d", income_last_bill_on="care_last_on"
    )
    school = view.windowed(
        "education",
        fees=total(lambda year: ibis.greatest(year.fee_due - year.aid_amount, 0), days=365),
    )
    leases = view.current("housing_tenure").filter(lambda lease: lease.monthly_rent > 0)
    leases = newest(leases, per=KEYS, fact_id="tenure_id").select(*KEYS, "monthly_rent")
    rows = side_by_side(view.spine, sizes(view), income_on_record(view), care, school, leases)
    income, day = rows.income_365d, rows.as_of_date
    self_paid = rows.care_paid_365d.fill_null(0)
    rent = rows.monthly_rent.fill_null(0) * 12
    left = (income - self_paid) / 12 / rows.size
    monthly, line = income / 12 / rows.size, in_force_on("dibao_line", day)
    necessary = (self_paid + rows.fees.fill_null(0) + rent) / income
    ordinary = in_force_on("disposable_income_line", day)
    rigid = in_force_on("rigid_spending_percent", day) / 100
    return rows.mutate(
        income_not_on_record_365d=income.isnull(),
        income_per_person_month_365d=monthly,
        income_mouths_per_earner_365d=rows.size / rows.earners,
        income_med_burden_90d=rows.care_paid_90d.fill_null(0) / (income / 4),
        income_med_burden_365d=self_paid / income,
        income_after_care_per_person_month_365d=left,
        income_care_takes_below_line_365d=(monthly >= line) & (left < line),
        income_rent_burden_365d=rows.monthly_rent * 12 / income,
        income_necessary_spending_share_365d=necessary,
        income_is_rigid_spending_365d=(income / rows.size < ordinary) & (necessary > rigid),
    ).select(*KEYS, *GROUP.columns)


_INCOME = ("social_insurance", "pensions", "unemployment_benefit")
_SPENDING = ("medical_settlements", "education", "housing_tenure")
_UNKNOWN = "没有收入记录，无法判断负担"

GROUP = FeatureGroup(
    name="income",
    title="Income on record and what care, school and rent take of it",
    sensitivity="S3",
    sources=("residents", *_INCOME, *_SPENDING),
    evidence=("income_last_wage_on", "income_last_bill_on"),
    features=(
        Feature(
            name="income_not_on_record_365d",
            unit="yes/no",
            dtype="boolean",
            missing="zero",
            sources=_INCOME,
            description="No wage, pension or unemployment benefit of any member is on record.",
            phrase="近一年没有任何收入记录",
        ),
        Feature(
            name="income_per_person_month_365d",
            unit="yuan per month",
            missing="unknown",
            sources=_INCOME,
            description="Income on record per member and month. Wage bases have a legal floor.",
            phrase="有记录的人均月收入{value}元",
            phrase_unknown="没有收入记录",
            dated_by="income_last_wage_on",
            worrying="low",
        ),
        Feature(
            name="income_mouths_per_earner_365d",
            unit="members per earner",
            missing="unknown",
            sources=("residents", *_INCOME),
            description="Members over those with any income on record; unknown without any.",
            phrase="家里每个有收入记录的人要养{value}口人",
            dated_by="income_last_wage_on",
        ),
        Feature(
            name="income_med_burden_90d",
            unit="share",
            monotone=1,
            missing="unknown",
            sources=(*_INCOME, "medical_settlements"),
            description="Self-paid care of 90 days over a quarter of the income of the year: illness that struck now.",
            phrase="近三个月自付医疗费占同期有记录收入的{value}",
            phrase_unknown=_UNKNOWN,
            dated_by="income_last_bill_on",
        ),
        Feature(
            name="income_med_burden_365d",
            unit="share",
            missing="unknown",
            sources=(*_INCOME, "medical_settlements"),
            monotone=1,
            description="Self-paid care over income on record; unknown without income on record.",
            phrase="近一年自付医疗费占有记录收入的{value}",
            phrase_unknown=_UNKNOWN,
            dated_by="income_last_bill_on",
        ),
        Feature(
            name="income_after_care_per_person_month_365d",
            unit="yuan per month",
            missing="unknown",
            sources=(*_INCOME, "medical_settlements"),
            monotone=-1,
            description="What is left per member and month after self-paid care; may be negative.",
            phrase="扣除自付医疗费后人均月收入{value}元",
            phrase_unknown=_UNKNOWN,
            dated_by="income_last_bill_on",
            worrying="low",
        ),
        Feature(
            name="income_care_takes_below_line_365d",
            unit="yes/no",
            dtype="boolean",
            missing="unknown",
            sources=("residents", *_INCOME, "medical_settlements"),
            description="Per member at or above the dibao line before self-paid care, below it after: illness makes"
            " poor. Unknown without income on record.",
            phrase="扣除自付医疗费后人均收入低于低保标准",
            dated_by="income_last_bill_on",
        ),
        Feature(
            name="income_rent_burden_365d",
            unit="share",
            missing="unknown",
            sources=(*_INCOME, "housing_tenure"),
            description="Rent of the newest lease of a member over income on record; unknown without rent or"
            " income.",
            phrase="房租占有记录收入的{value}",
            dated_by="income_last_wage_on",
        ),
        Feature(
            name="income_necessary_spending_share_365d",
            unit="share",
            monotone=1,
            missing="unknown",
            sources=(*_INCOME, *_SPENDING),
            description="Self-paid care, school fees after aid and registered rent over income on record. Food,"
            " rehabilitation and unregistered rent are missing: a floor.",
            phrase="医疗、上学和房租占有记录收入的{value}",
            phrase_unknown=_UNKNOWN,
            dated_by="income_last_bill_on",
        ),
        Feature(
            name="income_is_rigid_spending_365d",
            unit="yes/no",
            dtype="boolean",
            missing="unknown",
            sources=("residents", *_INCOME, *_SPENDING),
            description="Income per member below last year's disposable income per head (``disposable_income_line``) and"
            " that share above the line of rigid spending (``rigid_spending_percent``). A sign to look,"
            " not a decision: assets are not looked at.",
            phrase="必要支出占收入比例高，可核对刚性支出困难条件",
            dated_by="income_last_bill_on",
        ),
    ),
    build=build,
)
