"""Income on record, and what illness and rent take of it.

Income here is wages (contribution bases), pensions and unemployment benefit of the members. It is
what registers see: informal work, side income and help from relatives are missing, so it is a floor.
Relief payments are left out on purpose (see :mod:`features.groups.benefit_traces`): a reader who
doubts features derived from benefits can drop those groups and keep this one. No income on record
makes every share unknown; a missing denominator must not read as a low burden.
"""

import ibis
import ibis.expr.types as ir

from features.groups.medical_burden import bills_of_the_family
from features.households import sizes
from features.point_in_time import PointInTime, days_in_force, newest, side_by_side
from features.registry import KEYS, Feature, FeatureGroup

MONTHS_PER_DAY = 12 / 365


def income_on_record(view: PointInTime) -> ir.Table:
    """Return ``household_id, as_of_date, income_365d, income_last_wage_on``; absent if none known."""
    return view.shelf.table("income_on_record", lambda: _income_on_record(view))


def _income_on_record(view: PointInTime) -> ir.Table:
    wages = view.facts("social_insurance", days=365)
    parts = wages.select(*KEYS, amount=wages.wage_base.cast("float64"), wage_on=wages.event_date)
    for feed in ("pensions", "unemployment_benefit"):
        spells = view.facts(feed)
        amount = spells.monthly_amount * days_in_force(spells, days=365) * MONTHS_PER_DAY
        parts = parts.union(spells.select(*KEYS, amount=amount, wage_on=ibis.null("date")))
    parts = parts.filter(parts.amount > 0)
    return parts.group_by(list(KEYS)).agg(
        income_365d=parts.amount.sum(), income_last_wage_on=parts.wage_on.max()
    )


def build(view: PointInTime) -> ir.Table:
    """Return one row per household."""
    bills = bills_of_the_family(view)
    paid = bills.group_by(list(KEYS)).agg(
        self_paid=bills.self_paid.sum(), income_last_bill_on=bills.event_date.max()
    )
    leases = view.current("housing_tenure").filter(lambda lease: lease.monthly_rent > 0)
    leases = newest(leases, per=KEYS, fact_id="tenure_id").select(*KEYS, "monthly_rent")
    rows = side_by_side(view.spine, sizes(view), income_on_record(view), paid, leases)
    income = rows.income_365d
    self_paid = rows.self_paid.fill_null(0)
    return rows.mutate(
        income_not_on_record_365d=income.isnull(),
        income_per_person_month_365d=income / 12 / rows.size,
        income_med_burden_365d=self_paid / income,
        income_after_care_per_person_month_365d=(income - self_paid) / 12 / rows.size,
        income_rent_burden_365d=rows.monthly_rent * 12 / income,
    ).select(*KEYS, *GROUP.columns)


_INCOME = ("social_insurance", "pensions", "unemployment_benefit")
_UNKNOWN = "没有收入记录，无法判断负担"

GROUP = FeatureGroup(
    name="income",
    title="Income on record and what care and rent take of it",
    sensitivity="S3",
    sources=("residents", *_INCOME, "medical_settlements", "housing_tenure"),
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
            name="income_rent_burden_365d",
            unit="share",
            missing="unknown",
            sources=(*_INCOME, "housing_tenure"),
            description="Registered rent over income on record; unknown without rent or income.",
            phrase="房租占有记录收入的{value}",
            dated_by="income_last_wage_on",
        ),
    ),
    build=build,
)
